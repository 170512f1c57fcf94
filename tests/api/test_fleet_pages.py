"""Pages and REST API of workers: the fleet for the staff, and one's own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.audit.models import AuditEntry
from apps.toolchain.jobs.models import Job, Worker
from apps.users.accounts.models import AccessToken
from tests.api.matrix import session_of
from tests.job_makers import a_job, report
from tests.pages import data_of
from tests.worker_makers import a_site_worker, an_own_worker

FLEET, OWN = "/site/workers", "/settings/workers"


def content(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def as_staff(cast):
    return session_of(cast.staff)


def test_the_fleet_shows_what_each_worker_does(cast, as_staff):
    a_job(cast.owner), a_job(cast.owner)
    busy = a_site_worker(cast, "busy")
    claim = busy.next().claim
    a_site_worker(cast, "idle")
    an_own_worker(cast.stranger, name="desk")

    page = as_staff.get(FLEET)

    rows = {row.worker.name: row for row in page.context["rows"]}
    assert sorted(rows) == ["busy", "desk", "idle"]
    assert [str(job.pk) for job, _title in rows["busy"].running] == [claim.spec.id]
    assert data_of(content(page), "queued") == ["1"]
    assert (rows["idle"].running, rows["desk"].worker.namespace.name) == ([], "stranger")


def test_use_and_ends_are_those_of_a_day(cast, as_staff):
    a_site_worker(cast)
    worker, now = Worker.objects.get(), timezone.now()
    for state, hours in (("succeeded", 2), ("failed", 1), ("succeeded", 30)):
        ended = now - timedelta(hours=hours)
        job = a_job(cast.owner)
        Job.objects.filter(pk=job.pk).update(
            state=state, worker=worker, claimed_at=ended - timedelta(hours=6), finished_at=ended
        )

    (row,) = as_staff.get(FLEET).context["rows"]

    assert (row.succeeded, row.failed, row.use_percent) == (1, 1, 50)


def test_a_page_of_many_workers_takes_few_queries(cast, as_staff, django_assert_max_num_queries):
    for number in range(8):
        worker = a_site_worker(cast, f"worker-{number:02}")
        a_job(cast.owner)
        worker.next()
    as_staff.get(FLEET)

    with django_assert_max_num_queries(12):
        content(as_staff.get(FLEET))


def test_the_operator_drains_a_sick_worker_and_makes_it_ready_again(cast, as_staff):
    worker = a_site_worker(cast)
    path = f"{FLEET}/{worker.id}/state"

    answer = as_staff.post(path, {"state": "draining", "reason": "New disk."})

    assert (answer.status_code, answer["Location"]) == (302, FLEET)
    assert (worker.next().state, worker.next().reason) == ("draining", "New disk.")
    assert as_staff.get(FLEET).context["rows"][0].is_drained
    as_staff.post(path, {"state": "ready"})
    assert worker.next().state == "ready"
    states = AuditEntry.objects.filter(action="worker.state_changed").order_by("pk")
    assert [entry.facts["state"] for entry in states] == ["draining", "ready"]
    assert as_staff.post(path, {"state": "broken"}).status_code == 400


def test_a_worker_with_a_job_is_not_removed(cast, as_staff):
    a_job(cast.owner)
    worker = a_site_worker(cast)
    worker.next()
    path = f"{FLEET}/{worker.id}/remove"

    as_staff.post(path)
    assert Worker.objects.exists()

    Job.objects.update(state="succeeded")
    as_staff.post(path)
    assert not Worker.objects.exists()


def test_others_see_only_their_own_workers(cast):
    own = an_own_worker(cast.owner)
    other, site = an_own_worker(cast.stranger, name="other"), a_site_worker(cast, "site")
    browser = session_of(cast.owner)

    page = browser.get(OWN)

    assert data_of(content(page), "worker") == ["worker-1"]
    assert [owner for _token, owner in page.context["tokens"]] == ["owner"]
    assert browser.get(FLEET).status_code == 404
    for worker in (other, site):
        assert browser.post(f"{FLEET}/{worker.id}/state", {"state": "draining"}).status_code == 404
    drained = browser.post(f"{FLEET}/{own.id}/state", {"state": "draining", "own": "1"})
    assert (drained["Location"], own.next().state) == (OWN, "draining")


def test_a_token_is_shown_once_with_the_command_that_uses_it(cast):
    browser = session_of(cast.owner)
    form = browser.get(f"{OWN}/new").context["form"]

    made = content(browser.post(f"{OWN}/new", {"name": "desk", "owner": "grove", "expires_in_days": "90"}))

    assert [name for name, _label in form.fields["owner"].choices] == ["owner", "grove"]
    token = AccessToken.objects.get(name="desk")
    assert token.grants == [{"target": f"worker:{cast.organization.pk}", "need": 0}]
    assert "workers.ml" in made
    assert token.hint[-4:] in made
    assert [owner for _token, owner in browser.get(OWN).context["tokens"]] == ["grove"]
    browser.post(f"{OWN}/tokens/{token.public_id}/revoke")
    assert browser.get(OWN).context["tokens"] == []


@pytest.mark.parametrize("owner", ["", "stranger", "nobody"])
def test_a_token_for_others_is_refused(cast, owner):
    answer = session_of(cast.owner).post(f"{OWN}/new", {"name": "x", "owner": owner, "expires_in_days": ""})

    assert answer.status_code == 422
    assert not AccessToken.objects.filter(name="x").exists()


def test_the_api_manages_workers_as_the_pages_do(cast, client):
    worker = an_own_worker(cast.owner)
    path, headers = f"/api/v1/workers/{worker.id}", cast.owner.headers

    listed = client.get("/api/v1/workers", headers=headers).json()["items"]
    patched = client.patch(
        path,
        {"state": "quarantined", "state_reason": "Too hot."},
        content_type="application/json",
        headers=headers,
    )

    assert [(one["id"], one["operator"], one["state"]) for one in listed] == [
        (str(worker.id), "person:owner", "ready")
    ]
    assert (patched.json()["state"], patched.json()["state_reason"]) == ("quarantined", "Too hot.")
    assert patched["ETag"] == client.get(path, headers=headers)["ETag"]
    assert client.get(path, headers=cast.stranger.headers).status_code == 404
    assert client.delete(path, headers=headers).status_code == 204
    assert client.get(path, headers=headers).status_code == 404


def test_the_api_makes_and_revokes_tokens_in_a_session(cast):
    browser = session_of(cast.owner)
    body = {"name": "desk", "owner": "owner", "expires_in_days": 30}

    made = browser.post("/api/v1/worker-tokens", body, content_type="application/json")

    assert made.status_code == 201, made.content
    facts = made.json()
    assert (facts["owner"], facts["token"][:3], made["Cache-Control"]) == ("owner", "hf_", "no-store")
    one = browser.get(made["Location"]).json()
    assert (one["owner"], "token" in one) == ("owner", False)
    assert [item["id"] for item in browser.get("/api/v1/worker-tokens").json()["items"]] == [facts["id"]]
    assert browser.delete(made["Location"]).status_code == 204
    assert browser.get(made["Location"]).status_code == 404


def test_a_job_says_who_runs_it_and_where_it_may_run(cast, client):
    job = a_job(cast.owner, runs_on="own")
    an_own_worker(cast.owner).next()

    facts = client.get(f"/api/v1/jobs/{job.pk}", headers=cast.owner.headers).json()

    assert (facts["runs_on"], facts["operator"], facts["priority"]) == ("own", "person:owner", "normal")


def test_workers_of_a_person_do_not_hide_that_the_others_have_none(cast, client):
    an_own_worker(cast.stranger)
    job = a_job(cast.owner, device="cpu")

    facts = client.get(f"/api/v1/jobs/{job.pk}", headers=cast.owner.headers).json()
    an_own_worker(cast.owner)
    again = client.get(f"/api/v1/jobs/{job.pk}", headers=cast.owner.headers).json()

    assert (facts["waiting_for"], again["waiting_for"]) == ("cpu_worker", None)


def test_a_report_shows_in_the_time_of_the_worker(cast):
    a_job(cast.owner)
    claim = a_site_worker(cast).next().claim
    Job.objects.update(claimed_at=timezone.now() - timedelta(seconds=100))
    from apps.toolchain.contracts import EventKind
    from tests.job_makers import an_event

    report(claim, an_event(1, EventKind.STATE, state="succeeded"))

    worker = Worker.objects.get()
    assert (worker.attempt_count, worker.failure_count) == (1, 0)
    assert 100 <= worker.busy_seconds <= 110
