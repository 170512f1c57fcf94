"""Workers that cannot isolate jobs get jobs of administrators only; without other workers, users get none."""

import pytest

from apps.toolchain.contracts import ClaimRequest
from apps.toolchain.jobs.errors import NotIsolated, UntrustedJobs
from apps.toolchain.jobs.models import Job, JobEvent
from apps.toolchain.jobs.services import cancel_job, retry_job
from tests.job_makers import HARDWARE, a_claim, a_job, a_running_job, a_worker, expire_lease


def lines_of(job: Job) -> list[str]:
    return [event.data["line"] for event in JobEvent.objects.filter(job=job, kind="log").order_by("pk")]


def test_a_worker_without_isolation_leaves_a_job_queued_and_logs_why(cast):
    job = a_job(cast.owner)

    for _again in range(2):
        with pytest.raises(NotIsolated):
            a_claim(job, cast.staff, "bare", takes_untrusted=False)

    job.refresh_from_db()
    assert (job.state, job.attempt, job.tries) == ("queued", 0, 0)
    [line] = lines_of(job)
    assert "bare" in line
    assert a_claim(job, cast.staff, "walled").is_trusted is False


def test_a_worker_without_isolation_gets_an_administrators_job(cast):
    assert a_claim(a_job(cast.staff), cast.staff, takes_untrusted=False).is_trusted is True


def test_a_worker_without_isolation_does_not_get_a_lost_job(cast):
    job, _claim = a_running_job(cast.owner, cast.staff)
    expire_lease(job)

    with pytest.raises(NotIsolated):
        a_claim(job, cast.staff, "bare", takes_untrusted=False)

    job.refresh_from_db()
    assert (job.state, job.attempt, lines_of(job)) == ("running", 1, [])


@pytest.mark.parametrize("facts", [{}, {"takes_untrusted": False}])
def test_a_worker_that_does_not_declare_isolation_gets_409(cast, client, facts):
    job = a_job(cast.owner)
    body = {"worker": "old", "hardware": HARDWARE.to_json(), "versions": {}, **facts}
    headers = {"Authorization": f"Bearer {a_worker(cast.staff)}"}

    answer = client.post(
        f"/api/v1/jobs/{job.id}/claim", body, content_type="application/json", headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "NotIsolated")
    assert ClaimRequest.from_json(body).takes_untrusted is False


def test_where_jobs_cannot_be_isolated_only_administrators_order_them(cast, settings):
    before = a_job(cast.owner)
    cancel_job(actor=cast.owner.actor, job_id=before.pk)
    settings.UNTRUSTED_JOBS = False

    with pytest.raises(UntrustedJobs):
        a_job(cast.owner)
    with pytest.raises(UntrustedJobs):
        retry_job(actor=cast.owner.actor, job_id=before.pk)

    assert a_job(cast.staff).state == "queued"
    assert Job.objects.filter(submitted_by=cast.owner.user, state="queued").count() == 0
