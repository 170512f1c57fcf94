"""Pages of jobs and receipts without scripts."""

import itertools
import json
import re

import pytest
from django.test import Client
from django.utils import timezone

from apps.toolchain.contracts import EventKind, OutputRepo
from apps.toolchain.jobs.models import Job
from apps.toolchain.jobs.services import adopt_output, update_repo_address
from apps.toolchain.receipts.services import record_result
from tests.job_makers import (
    DATASET,
    MODEL,
    a_claim,
    a_job,
    a_result,
    a_running_job,
    an_event,
    key_actor,
    report,
)


def browser_of(person) -> Client:
    browser = Client()
    browser.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def has_attributes(answer, **attributes: str) -> bool:
    """Return whether one element of a page has all these data- attributes."""
    wanted = [f'data-{name.replace("_", "-")}="{value}"' for name, value in attributes.items()]
    return any(all(part in tag for part in wanted) for tag in re.findall(r"<[^>]+>", answer.content.decode()))


@pytest.fixture
def receipt(cast):
    _, claim = a_running_job(cast.owner, cast.staff, kind="evaluate")
    found = record_result(actor=key_actor(claim), job_id=claim.spec.id, result=a_result(claim))
    report(claim, an_event(2, EventKind.STATE, state="succeeded"))
    return found


def test_the_list_shows_public_jobs_to_everybody_and_own_ones_to_their_person(cast, client):
    public, private = a_job(cast.owner), a_job(cast.owner, is_public=False)

    everybody = client.get("/jobs").content.decode()
    own = browser_of(cast.owner).get("/jobs").content.decode()
    others = browser_of(cast.stranger).get("/jobs").content.decode()

    assert str(public.id) in everybody
    assert str(private.id) not in everybody
    assert str(public.id) in own
    assert str(private.id) in own
    assert str(public.id) not in others
    assert str(public.id) in browser_of(cast.stranger).get("/jobs?who=all").content.decode()


def test_the_list_narrows_by_kind_and_state(cast, client):
    tune, evaluation = a_job(cast.owner), a_job(cast.owner, kind="evaluate")

    found = client.get("/jobs?kind=evaluate&state=queued").content.decode()

    assert str(evaluation.id) in found
    assert str(tune.id) not in found


def test_the_list_turns_pages(cast, client, settings):
    settings.USAGE_LIMITS = {}
    for _ in range(31):
        a_job(cast.owner)

    first = client.get("/jobs").content.decode()
    following = re.search(r'rel="next" href="(\?[^"]+)"', first).group(1).replace("&amp;", "&")
    second = client.get(f"/jobs{following}").content.decode()

    ids = [set(re.findall(r"/jobs/([0-9a-f-]{36})", page)) for page in (first, second)]
    assert (len(ids[0]), len(ids[1])) == (30, 1)
    assert not ids[0] & ids[1]


def test_a_list_takes_few_queries(cast, client, django_assert_max_num_queries):
    for _ in range(8):
        a_job(cast.owner)

    with django_assert_max_num_queries(12):
        client.get("/jobs")


def test_a_jobs_page_shows_state_curves_log_and_what_it_reads(cast, client):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(
        claim,
        an_event(2, EventKind.METRIC, step=10, values={"loss": 0.4321}),
        an_event(3, EventKind.LOG, level="warning", line="<b>watch out</b>"),
        an_event(4, EventKind.PROGRESS, step=10, total=40, phase="training"),
        an_event(5, EventKind.CHECKPOINT, step=10),
    )

    page = client.get(f"/jobs/{job.id}")

    text = page.content.decode()
    assert "0.4321" in text
    assert "&lt;b&gt;watch out&lt;/b&gt;" in text
    assert has_attributes(page, event="checkpoint")
    assert has_attributes(page, state="running")
    assert "Model · aaaaaaa" in text
    assert f"/api/v1/jobs/{job.id}/stream?after=" in text


def test_a_jobs_page_takes_few_queries(cast, client, django_assert_max_num_queries):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(claim, *[an_event(number, EventKind.LOG, line="x") for number in range(2, 60)])

    with django_assert_max_num_queries(12):
        client.get(f"/jobs/{job.id}")


def test_cancel_and_retry_are_forms_of_those_who_may(cast, client):
    job = a_job(cast.owner)
    browser = browser_of(cast.owner)
    assert "/cancel" in browser.get(f"/jobs/{job.id}").content.decode()
    assert "/cancel" not in client.get(f"/jobs/{job.id}").content.decode()

    cancelled = browser.post(f"/jobs/{job.id}/cancel", follow=True)
    assert Job.objects.get().state == "cancelled"
    assert "/retry" in cancelled.content.decode()
    browser.post(f"/jobs/{job.id}/retry")

    assert Job.objects.get().state == "queued"


@pytest.mark.parametrize("act", ["cancel", "retry"])
def test_acts_are_posts(cast, act):
    job = a_job(cast.owner)

    assert browser_of(cast.owner).get(f"/jobs/{job.id}/{act}").status_code == 405


def test_a_failure_is_attributed_to_user_or_platform(cast, client):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(
        claim,
        an_event(
            2,
            EventKind.STATE,
            state="failed",
            fault="yours",
            code="column_missing",
            message="no column 'text'",
        ),
    )

    page = client.get(f"/jobs/{job.id}")

    assert has_attributes(page, code="column_missing", fault="yours")
    assert "no column &#x27;text&#x27;" in page.content.decode()


@pytest.mark.parametrize(("fault", "is_offered"), [("yours", True), ("ours", False)])
def test_a_new_job_is_offered_only_after_a_users_own_fault(cast, fault, is_offered):
    job, _claim = a_running_job(cast.owner, cast.staff)
    Job.objects.update(state="failed", fault=fault, code="column_missing", finished_at=timezone.now())

    page = browser_of(cast.owner).get(f"/jobs/{job.id}")

    assert has_attributes(page, act="retry")
    assert has_attributes(page, act="new") is is_offered
    assert ("/owner/base/fine-tune?dataset=owner%2Freviews" in page.content.decode()) is is_offered


def progress_of(answer) -> str:
    return re.search(r'<div id="job-progress".*?</div>\s*</div>', answer.content.decode(), re.S).group()


def test_progress_before_the_first_report_is_that_of_the_jobs_state(cast, client):
    job = a_job(cast.owner)
    labels = [progress_of(client.get(f"/jobs/{job.id}"))]
    claim = a_claim(job, cast.staff)
    labels.append(progress_of(client.get(f"/jobs/{job.id}")))
    report(claim, an_event(1, EventKind.STATE, state="running"))
    labels.append(progress_of(client.get(f"/jobs/{job.id}")))

    assert len(set(labels)) == 3


def test_a_cancelled_job_has_no_progress_bar(cast, client):
    job, claim = a_running_job(cast.owner, cast.staff)
    running = client.get(f"/jobs/{job.id}").content.decode()
    report(claim, an_event(2, EventKind.STATE, state="cancelled"))
    cancelled = client.get(f"/jobs/{job.id}").content.decode()

    assert "<progress" in running
    assert "<progress" not in cancelled
    assert re.search(r'<div id="job-progress"[^>]* hidden>', cancelled)


def test_headings_of_a_jobs_page_skip_no_level(cast, client):
    job, _claim = a_running_job(cast.owner, cast.staff)

    levels = [
        int(level) for level in re.findall(r"<h([1-6])", client.get(f"/jobs/{job.id}").content.decode())
    ]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_a_hidden_job_is_not_found_for_strangers_and_anonymous(cast, client):
    job = a_job(cast.owner, is_public=False)

    assert client.get(f"/jobs/{job.id}")["Location"].startswith("/login?next=")
    assert browser_of(cast.stranger).get(f"/jobs/{job.id}").status_code == 404


def test_a_repositorys_page_can_fetch_its_jobs_and_receipts(cast, client, receipt):
    tune = a_job(cast.owner)

    jobs = client.get(f"/fragments/jobs?repo_key={MODEL.key}").content.decode()
    receipts = client.get(f"/fragments/receipts?repo_key={MODEL.key}").content.decode()

    assert str(tune.id) in jobs
    assert str(receipt.id) in receipts
    assert "<html" not in jobs + receipts
    assert client.get("/fragments/jobs?repo_key=nonsense").status_code == 400


def test_a_receipt_reads_as_a_document(cast, client, receipt):
    page = client.get(f"/receipts/{receipt.id}")

    assert has_attributes(page, signature="valid")
    assert has_attributes(page, metric="accuracy")
    assert "87.0" in page.content.decode()
    assert "owner/reviews" in page.content.decode()


def test_a_receipt_changed_in_the_database_is_reported(cast, client, receipt):
    receipt.document = receipt.document.replace("0.87", "0.97")
    receipt.save()

    assert has_attributes(client.get(f"/receipts/{receipt.id}"), signature="invalid")


def test_the_verify_page_distinguishes_valid_changed_and_unreadable(client, receipt):
    good = json.dumps(receipt.envelope())
    texts = {"valid": good, "invalid": good.replace("0.87", "0.97"), "unreadable": "{"}

    for signature, text in texts.items():
        assert has_attributes(client.post("/verify", {"receipt": text}), signature=signature)
    assert client.post("/verify", {}).status_code == 422
    assert client.get("/verify").status_code == 200


def test_the_verify_page_takes_a_file_and_another_sites_key(client, receipt, tmp_path):
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(receipt.envelope()))

    with path.open("rb") as file:
        answer = client.post("/verify", {"file": file, "key": receipt.signing_key.public_key})
    wrong = client.post("/verify", {"receipt": path.read_text(), "key": "A" * 43 + "="})

    assert has_attributes(answer, signature="valid")
    assert wrong.status_code == 422


def test_public_keys_have_a_fixed_url(client, receipt):
    keys = client.get("/.well-known/banyan-keys.json").json()

    assert keys["keys"][0]["key_id"] == receipt.signing_key_id
    assert keys["keys"] == client.get("/api/v1/receipt-keys").json()["items"]


def test_what_a_job_made_is_drawn_back_to_what_it_was_made_from(cast):
    from uuid import uuid4

    from apps.toolchain.jobs.selectors import lineage_for

    job, claim = a_running_job(cast.owner, cast.staff, output=OutputRepo("model", "owner/tuned"))
    tuned = uuid4()
    adopt_output(job.id, kind="model", address="owner/tuned", repo_key=tuned, is_public=True)
    report(claim, an_event(2, EventKind.OUTPUT, kind="model", address="owner/tuned", commit="d" * 40))
    again = a_job(
        cast.owner,
        inputs={"model": MODEL.__class__("model", "owner/tuned", "d" * 40, str(tuned)), "dataset": DATASET},
    )
    last = a_claim(again, cast.staff)
    report(last, an_event(1, EventKind.OUTPUT, kind="model", address="owner/twice", commit="e" * 40))

    graph = lineage_for(tuned)

    labels = {node.label for node in graph.nodes}
    assert {"owner/base", "owner/reviews", "owner/tuned", "owner/twice"} <= labels
    assert (f"job:{job.id}", f"repo:{tuned}") in graph.edges
    assert (f"repo:{tuned}", f"job:{again.id}") in graph.edges


def test_a_job_follows_a_repository_that_is_renamed(cast):
    job, claim = a_running_job(cast.owner, cast.staff)

    update_repo_address(DATASET.key, "owner/renamed")

    job.refresh_from_db()
    assert job.pins["dataset"].address == "owner/renamed"
    assert {grant.target for grant in key_actor(claim).scope.grants} >= {
        "dataset:owner/renamed",
        "model:owner/base",
    }
