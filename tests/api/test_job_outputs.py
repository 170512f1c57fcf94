"""A job's output: its name belongs to one active job, and nobody else's repository is written."""

import threading

import pytest
from django.db import connection

from apps.core.actor import Need
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import Forbidden
from apps.registry.repos.services.create import create_repo
from apps.toolchain.contracts import EventKind, OutputRepo
from apps.toolchain.jobs.errors import InvalidOrder, OutputTaken
from apps.toolchain.jobs.models import Job
from apps.toolchain.jobs.services import cancel_job, retry_job
from tests.api.problems import pointers
from tests.job_makers import a_claim, a_job, a_running_job, an_event, end_backoff, key_actor, report
from tests.makers import Person, a_repo, the_cast

TUNED = Address(RepoKind.MODEL, "owner", "tuned")


def test_a_name_that_an_active_job_will_create_is_taken(cast):
    first = a_job(cast.owner)

    with pytest.raises(InvalidOrder) as refusal:
        a_job(cast.owner, output=OutputRepo("model", "owner/TUNED"))
    cancel_job(actor=cast.owner.actor, job_id=first.pk)
    second = a_job(cast.owner, output=OutputRepo("model", "owner/tuned"))
    with pytest.raises(OutputTaken):
        retry_job(actor=cast.owner.actor, job_id=first.pk)

    assert set(refusal.value.facts["fields"]) == {"output"}
    assert [str(job.state) for job in (Job.objects.get(pk=first.pk), second)] == ["cancelled", "queued"]


@pytest.mark.django_db(transaction=True)
def test_of_two_orders_at_once_for_one_name_one_is_accepted():
    people = the_cast()
    start, made, refused = threading.Barrier(4), [], []

    def order(person: Person, name: str) -> None:
        start.wait()
        try:
            made.append(a_job(person, output=OutputRepo("model", f"{people.organization.name}/{name}")))
        except InvalidOrder:
            refused.append(name)
        finally:
            connection.close()

    orders = [(person, name) for person in (people.owner, people.member) for name in ("tuned", "Tuned")]
    threads = [threading.Thread(target=order, args=one) for one in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(made), len(refused)) == (1, 3)


def test_a_job_writes_the_repository_that_it_made_in_later_attempts_too(cast):
    job, first = a_running_job(cast.owner, cast.staff)
    create_repo(actor=key_actor(first), address=TUNED)
    fault = {"state": "failed", "fault": "ours", "code": "worker_stopped", "message": ""}
    report(first, an_event(2, EventKind.STATE, **fault))
    second = a_claim(end_backoff(job), cast.staff)

    assert repo_for(key_actor(second), TUNED, Need.WRITE).address.id == "owner/tuned"


def test_a_job_does_not_write_a_repository_that_has_taken_its_name(cast):
    _job, claim = a_running_job(cast.owner, cast.staff)
    a_repo(cast.owner, "tuned")

    with pytest.raises(Forbidden) as refusal:
        repo_for(key_actor(claim), TUNED, Need.WRITE)

    assert "owner/tuned" in refusal.value.words
    assert repo_for(key_actor(claim), TUNED).address.id == "owner/tuned"


def test_after_a_refusal_another_name_is_published_by_a_retry(client, cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    a_repo(cast.owner, "taken")
    facts = {"state": "failed", "fault": "yours", "code": "output_refused", "message": "It exists."}
    put = {"content_type": "application/json", "headers": cast.owner.headers}
    path = f"/api/v1/jobs/{job.id}/output"
    too_early = client.put(path, {"full_name": "owner/tuned-2"}, **put)
    report(claim, an_event(2, EventKind.STATE, **facts))

    taken = client.put(path, {"full_name": "owner/taken"}, **put)
    elsewhere = client.put(path, {"full_name": f"{cast.organization.name}/tuned-2"}, **put)
    renamed = client.put(path, {"full_name": "owner/tuned-2", "is_private": True}, **put)

    assert [one.status_code for one in (too_early, taken, elsewhere, renamed)] == [409, 422, 422, 200]
    assert renamed.json()["output"]["full_name"] == "owner/tuned-2"
    assert not renamed.json()["is_public"]
    assert pointers(taken) == pointers(elsewhere) == ["#/full_name"]
    assert retry_job(actor=cast.owner.actor, job_id=job.pk).output_repo.address == "owner/tuned-2"


def test_the_page_of_a_refused_output_asks_for_another_name(client, cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    facts = {"state": "failed", "fault": "yours", "code": "output_refused", "message": "It exists."}
    report(claim, an_event(2, EventKind.STATE, **facts))
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(f"/jobs/{job.id}").content.decode()
    client.post(f"/jobs/{job.id}/output", {"name": "tuned-3"})

    assert f'action="/jobs/{job.id}/output"' in page
    again = Job.objects.get()
    assert (again.state, again.output_repo.address) == ("queued", "owner/tuned-3")


def test_strangers_do_not_name_outputs(client, cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(claim, an_event(2, EventKind.STATE, state="failed", fault="yours", code="output_refused"))

    refused = client.put(
        f"/api/v1/jobs/{job.id}/output",
        {"full_name": "stranger/tuned"},
        content_type="application/json",
        headers=cast.stranger.headers,
    )

    assert refused.status_code == 403
    assert Job.objects.get().output_repo.address == "owner/tuned"
