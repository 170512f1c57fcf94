"""Limits of jobs: hardware, retries, time and steps, and cancellation by staff."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.business.usage.models import UsageEvent
from apps.core.audit.models import AuditEntry
from apps.core.errors import BadToken, Conflict
from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.errors import InvalidOrder, NotClaimable, UnfitWorker
from apps.toolchain.jobs.models import Job, JobEvent, Worker
from apps.toolchain.jobs.services import cancel_job, reap_expired, resend_waiting, retry_job
from apps.toolchain.jobs.services.moves import BUSY_GPU_SEEN_WITHIN
from apps.toolchain.jobs.services.retries import (
    AVOID_WORKER_FOR,
    SEEN_WITHIN,
    TRANSIENT_TRIES_LIMIT,
    reason_of,
)
from apps.toolchain.receipts.services import record_result
from apps.users.accounts.models import AccessToken, TokenRole
from tests.job_makers import (
    GPU,
    MODEL,
    a_claim,
    a_job,
    a_result,
    a_running_job,
    a_worker,
    an_event,
    end_backoff,
    expire_lease,
    key_actor,
    report,
)
from tests.makers import a_token

STATE = EventKind.STATE
DAY = 24 * 3600


@pytest.fixture
def sent(monkeypatch):
    """Return the queues of the messages sent since the last call."""
    messages = []
    monkeypatch.setattr(
        "apps.toolchain.jobs.services.moves.enqueue",
        lambda task, *arguments, queue: messages.append(str(queue)),
    )
    return lambda: [messages.pop(0) for _ in range(len(messages))]


def fail(claim, code: str = "child_died", message: str = "Gone.", seq: int = 1) -> None:
    report(claim, an_event(seq, STATE, state="failed", fault="ours", code=code, message=message))


def seconds_until(moment) -> float:
    return (moment - timezone.now()).total_seconds()


# hardware


def test_a_gpu_job_is_never_claimed_by_a_cpu_worker(cast):
    job = a_job(cast.owner, device="gpu")

    with pytest.raises(UnfitWorker):
        a_claim(job, cast.staff)

    assert (Job.objects.get().state, Job.objects.get().attempt) == ("queued", 0)
    assert a_claim(end_backoff(job), cast.staff, "gpu-1", GPU).attempt == 1


def test_a_cpu_job_is_never_claimed_by_a_gpu_worker(cast):
    job = a_job(cast.owner, device="cpu")

    with pytest.raises(UnfitWorker):
        a_claim(job, cast.staff, "gpu-1", GPU)

    assert a_claim(job, cast.staff).attempt == 1


def test_an_ineligible_worker_gets_the_same_refusal_as_for_a_missing_job(cast, client):
    job = a_job(cast.owner, device="gpu")
    body = {
        "worker": "w",
        "hardware": {"device": "cpu", "name": "x", "cores": 1, "memory_bytes": 1},
        "takes_untrusted": True,
    }

    answer = client.post(
        f"/api/v1/jobs/{job.pk}/claim",
        body,
        content_type="application/json",
        headers={"authorization": f"Bearer {a_worker(cast.staff)}"},
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "UnfitWorker")


def test_a_job_that_may_run_anywhere_waits_for_a_busy_gpu_and_no_longer_for_one_that_is_gone(cast, sent):
    a_claim(a_job(cast.owner), cast.staff, "gpu-1", GPU)
    sent()
    a_job(cast.owner)
    assert sent() == ["gpu"]

    Job.objects.update(sent_at=timezone.now() - timedelta(seconds=31))
    resend_waiting()
    assert sent() == ["gpu"]

    Worker.objects.update(last_seen_at=timezone.now() - BUSY_GPU_SEEN_WITHIN - timedelta(seconds=1))
    Job.objects.update(sent_at=timezone.now() - timedelta(minutes=5))
    resend_waiting()
    assert sent() == ["cpu", "gpu"]


def test_a_job_without_cpu_workers_is_offered_to_an_unknown_gpu_worker(cast, sent):
    a_claim(a_job(cast.owner), cast.staff)
    sent()
    a_job(cast.owner)
    first = sent()

    Job.objects.update(sent_at=timezone.now() - timedelta(seconds=31))
    resend_waiting()

    assert (first, sent()) == (["cpu"], ["cpu", "gpu"])


def test_a_report_is_a_sign_of_life_of_the_worker(cast):
    _job, claim = a_running_job(cast.owner, cast.staff)
    Worker.objects.update(last_seen_at=timezone.now() - timedelta(hours=2))

    report(claim)

    assert seconds_until(Worker.objects.get().last_seen_at) > -60


@pytest.mark.parametrize("device", ["gpu", "cpu"])
def test_the_page_reports_a_missing_kind_of_worker(cast, client, device):
    job = a_job(cast.owner, device=device)
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    without = client.get(job.get_absolute_url()).content.decode()

    a_claim(a_job(cast.owner), cast.staff, "other", GPU)
    a_claim(a_job(cast.owner), cast.staff)
    with_worker = client.get(job.get_absolute_url()).content.decode()

    notice = f'data-missing-worker="{device}"'
    assert notice in without
    assert notice not in with_worker


# delays between tries


def test_a_failed_attempt_waits_longer_each_time_and_the_sweep_sends_it_then(cast, sent):
    job = a_job(cast.owner)
    waits = []
    for attempt in range(TRANSIENT_TRIES_LIMIT - 1):
        claim = a_claim(end_backoff(job), cast.staff, f"worker-{attempt}")
        sent()
        fail(claim, "disk_full")
        job.refresh_from_db()
        waits.append(round(seconds_until(job.not_before), -1))
        assert sent() == []
        assert resend_waiting() == 0
        end_backoff(job)
        assert resend_waiting() == 1
        assert sent() == ["cpu"]

    assert waits == [10, 60, 300, 900]
    fail(a_claim(job, cast.staff), "disk_full")
    assert Job.objects.get().state == "failed"


def test_a_job_that_waits_is_not_claimed(cast):
    job = a_job(cast.owner)
    fail(a_claim(job, cast.staff))

    with pytest.raises(NotClaimable):
        a_claim(job, cast.staff, "worker-2")

    assert Job.objects.get().attempt == 1


def test_the_api_returns_the_time_of_the_next_attempt(cast, client):
    job = a_job(cast.owner)
    fail(a_claim(job, cast.staff))

    data = client.get(f"/api/v1/jobs/{job.pk}", headers=cast.owner.headers).json()

    assert data["state"] == "queued"
    assert data["retry_at"]


def test_a_failed_attempt_is_not_tried_on_the_same_worker_while_another_lives(cast):
    job = a_job(cast.owner)
    a_claim(a_job(cast.owner), cast.staff, "worker-2")
    fail(a_claim(job, cast.staff))

    with pytest.raises(UnfitWorker):
        a_claim(end_backoff(job), cast.staff)

    assert a_claim(job, cast.staff, "worker-2").attempt == 2


def test_the_same_worker_may_try_again_where_no_other_lives_that_could(cast):
    job = a_job(cast.owner, device="cpu")
    a_claim(a_job(cast.owner), cast.staff, "gpu-1", GPU)
    a_claim(a_job(cast.owner), cast.staff, "worker-2")
    fail(a_claim(job, cast.staff))
    Worker.objects.filter(name="worker-2").update(
        last_seen_at=timezone.now() - SEEN_WITHIN - timedelta(seconds=1)
    )

    assert a_claim(end_backoff(job), cast.staff).attempt == 2


def test_a_job_does_not_wait_for_another_worker_for_ever(cast):
    job = a_job(cast.owner)
    a_claim(a_job(cast.owner), cast.staff, "worker-2")
    fail(a_claim(job, cast.staff))
    Job.objects.filter(pk=job.pk).update(queued_at=timezone.now() - AVOID_WORKER_FOR - timedelta(seconds=1))

    assert a_claim(end_backoff(job), cast.staff).attempt == 2


def test_a_worker_that_fails_job_after_job_rests_and_the_queue_outlives_it(cast):
    jobs = [a_job(cast.owner) for _ in range(5)]
    for job in jobs[:3]:
        fail(a_claim(job, cast.staff, "sick"), "disk_full")

    with pytest.raises(UnfitWorker):
        a_claim(jobs[3], cast.staff, "sick")
    claim = a_claim(jobs[4], cast.staff, "well")

    assert Job.objects.filter(state="failed").count() == 0
    assert claim.attempt == 1
    assert 50 < seconds_until(Worker.objects.get(name="sick").rests_until) <= 60
    assert a_claim(jobs[3], cast.staff, "well").attempt == 1


@pytest.mark.parametrize(
    "end", [{"state": "succeeded"}, {"state": "failed", "fault": "yours", "code": "column_missing"}]
)
def test_a_worker_that_does_its_work_has_no_failures_in_a_row(cast, end):
    for _ in range(2):
        fail(a_claim(a_job(cast.owner), cast.staff))
    claim = a_claim(a_job(cast.owner), cast.staff)

    report(claim, an_event(1, STATE, **end))

    assert Worker.objects.get().failures_in_row == 0


def test_a_worker_that_is_not_to_have_a_job_does_not_shorten_its_wait(cast):
    job = a_job(cast.owner)
    a_claim(a_job(cast.owner), cast.staff, "worker-2")
    fail(a_claim(job, cast.staff))

    with pytest.raises(NotClaimable):
        a_claim(job, cast.staff)

    assert seconds_until(Job.objects.get(pk=job.pk).not_before) > 6


def test_a_worker_whose_token_was_revoked_costs_a_job_no_try(cast, client):
    job = a_job(cast.owner)
    token = a_worker(cast.staff)
    AccessToken.objects.filter(role=TokenRole.WORKER).update(revoked_at=timezone.now())
    body = {"worker": "w", "hardware": {"device": "cpu", "name": "x", "cores": 1, "memory_bytes": 1}}

    answer = client.post(
        f"/api/v1/jobs/{job.pk}/claim",
        body,
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )

    job.refresh_from_db()
    assert answer.status_code == 401
    assert (job.state, job.attempt, job.tries) == ("queued", 0, 0)


# repeated failures


@pytest.mark.parametrize("code", ["worker_error", "child_died"])
def test_the_same_failure_twice_is_not_tried_a_third_time(cast, code):
    job = a_job(cast.owner)
    fail(a_claim(job, cast.staff), code, "KeyError: 1 in /srv/one/tmp1/x.py at 0x7f01")
    assert Job.objects.get().state == "queued"

    fail(
        a_claim(end_backoff(job), cast.staff, "worker-2"),
        code,
        "KeyError: 22 in /srv/two/tmp9/x.py at 0x7fa2",
    )

    job.refresh_from_db()
    assert (job.state, job.fault, job.attempt) == ("failed", "ours", 2)


def test_another_failure_or_one_after_progress_is_tried_again(cast):
    job = a_job(cast.owner)
    fail(a_claim(job, cast.staff), "worker_error", "KeyError: 'a'")
    second = a_claim(end_backoff(job), cast.staff)
    report(second, an_event(1, EventKind.CHECKPOINT, step=10))
    fail(second, "worker_error", "KeyError: 'a'", seq=2)
    assert Job.objects.get().state == "queued"

    fail(a_claim(end_backoff(job), cast.staff), "worker_error", "KeyError: 'b'")

    assert Job.objects.get().state == "queued"


def test_a_reason_leaves_out_paths_numbers_and_addresses():
    one = reason_of("OSError: /tmp/a1/b.py line 12, object at 0x7FFF: cannot read model.bin")

    assert one == reason_of("OSError: /var/c line 99, object at 0x1a: cannot read model.bin")
    assert "cannot read model.bin" in one


def test_a_person_who_tries_again_begins_anew(cast):
    job = a_job(cast.owner)
    for name in ("one", "two"):
        fail(a_claim(end_backoff(job), cast.staff, name))

    retry_job(actor=cast.owner.actor, job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.failures, job.not_before) == ("queued", [], None)


# time


def test_a_claim_says_how_long_the_job_may_run_over_all_its_attempts(cast, settings):
    settings.JOB_SECONDS_LIMIT = DAY
    job = a_job(cast.owner)
    first = a_claim(job, cast.staff)
    Job.objects.update(claimed_at=timezone.now() - timedelta(hours=20))
    fail(first)

    second = a_claim(end_backoff(job), cast.staff)

    assert first.seconds_left == pytest.approx(DAY, abs=60)
    assert second.seconds_left == pytest.approx(4 * 3600, abs=60)


def test_without_a_limit_a_job_may_run_for_ever(cast, settings):
    settings.JOB_SECONDS_LIMIT = 0

    claim = a_claim(a_job(cast.owner), cast.staff)

    assert claim.seconds_left == 0
    assert Job.objects.get().deadline is None


def test_a_person_may_cap_the_time_of_a_job_below_that_of_the_site(cast, settings):
    settings.JOB_SECONDS_LIMIT = DAY
    capped, generous = a_job(cast.owner, max_seconds=600), a_job(cast.owner, max_seconds=2 * DAY)

    first, second = a_claim(capped, cast.staff), a_claim(generous, cast.staff)

    assert (first.spec.max_seconds, first.seconds_left) == (600, pytest.approx(600, abs=60))
    assert second.seconds_left == pytest.approx(DAY, abs=60)
    with pytest.raises(InvalidOrder) as refused:
        a_job(cast.owner, max_seconds=5)
    assert set(refused.value.facts["fields"]) == {"max_seconds"}


def test_a_job_that_reached_its_cap_says_so(cast, settings):
    settings.JOB_SECONDS_LIMIT = 0
    job = a_job(cast.owner, max_seconds=600)
    claim = a_claim(job, cast.staff)
    Job.objects.update(claimed_at=timezone.now() - timedelta(minutes=11))

    fail(claim)

    job.refresh_from_db()
    assert (job.state, job.code, "600" in job.message) == ("failed", "time_exceeded", True)


def test_a_job_whose_time_is_used_up_is_not_tried_again(cast, settings):
    settings.JOB_SECONDS_LIMIT = DAY
    job = a_job(cast.owner)
    claim = a_claim(job, cast.staff)
    Job.objects.update(claimed_at=timezone.now() - timedelta(hours=25))

    fail(claim)

    job.refresh_from_db()
    assert (job.state, job.fault, job.code) == ("failed", "yours", "time_exceeded")
    with pytest.raises(Conflict):
        retry_job(actor=cast.owner.actor, job_id=job.pk)


def test_a_worker_that_lets_the_deadline_pass_loses_the_job(cast, settings):
    settings.JOB_SECONDS_LIMIT = 3600
    job, claim = a_running_job(cast.owner, cast.staff)
    Job.objects.update(deadline=timezone.now() - timedelta(seconds=30))
    reap_expired()
    assert Job.objects.get().state == "running"

    Job.objects.update(deadline=timezone.now() - timedelta(minutes=3))
    reap_expired()

    job.refresh_from_db()
    assert (job.state, job.fault, job.code, job.deadline) == ("failed", "yours", "time_exceeded", None)
    assert UsageEvent.objects.exists()
    with pytest.raises(BadToken):
        key_actor(claim)


def test_a_lost_job_does_not_get_a_fresh_day(cast, settings):
    settings.JOB_SECONDS_LIMIT = DAY
    job = a_job(cast.owner)
    a_claim(job, cast.staff)
    Job.objects.update(claimed_at=timezone.now() - timedelta(hours=30))
    expire_lease(job)

    reap_expired()

    assert Job.objects.get().code == "time_exceeded"


# steps


def test_an_order_of_more_steps_than_the_site_allows_is_refused(cast, settings):
    settings.JOB_STEPS_LIMIT = 1000

    with pytest.raises(InvalidOrder) as refused:
        a_job(cast.owner, params={"max_steps": 1001})

    assert set(refused.value.facts["fields"]) == {"max_steps"}
    assert a_job(cast.owner, params={"max_steps": 1000}).state == "queued"


def test_the_claim_has_the_step_limit(cast, settings):
    settings.JOB_STEPS_LIMIT = 1234

    assert a_claim(a_job(cast.owner), cast.staff).spec.steps_limit == 1234


# staff


@pytest.mark.parametrize("is_public", [True, False])
def test_staff_cancels_any_job_and_it_is_audited(cast, client, is_public):
    job = a_job(cast.owner, is_public=is_public)
    client.force_login(cast.staff.user, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(job.get_absolute_url())
    listed = client.get("/api/v1/jobs", headers=cast.staff.headers).json()["items"]
    client.post(f"{job.get_absolute_url()}/cancel")

    assert page.status_code == 200
    assert f'action="{job.get_absolute_url()}/cancel"' in page.content.decode()
    assert [one["id"] for one in listed] == [str(job.pk)]
    assert Job.objects.get().state == "cancelled"
    entry = AuditEntry.objects.get(action="job.cancelled")
    assert (entry.actor_name, entry.object, entry.facts["ordered_by"]) == (
        cast.staff.name,
        str(job.pk),
        "owner",
    )


def test_staff_cancels_a_running_job_by_token_and_a_reading_token_only_looks(cast, client):
    job, claim = a_running_job(cast.owner, cast.staff, is_public=False)
    reading = {"authorization": f"Bearer {a_token(cast.staff.user, role='read')}"}

    looked = client.get(f"/api/v1/jobs/{job.pk}", headers=reading)
    refused = client.post(f"/api/v1/jobs/{job.pk}/cancel", headers=reading)
    assert Job.objects.get().cancel_requested_at is None
    done = client.post(f"/api/v1/jobs/{job.pk}/cancel", headers=cast.staff.headers)

    assert (looked.status_code, refused.status_code, done.status_code) == (200, 403, 200)
    assert report(claim).cancel is True


def test_staff_does_not_try_somebody_elses_job_again(cast, client):
    job = a_job(cast.owner)
    cancel_job(actor=cast.staff.actor, job_id=job.pk)

    answer = client.post(f"/api/v1/jobs/{job.pk}/retry", headers=cast.staff.headers)

    assert answer.status_code == 403
    assert Job.objects.get().state == "cancelled"


def test_staff_sees_a_private_evaluation_but_not_its_receipt(cast, client):
    claim = a_claim(a_job(cast.owner, "evaluate", is_public=False), cast.staff)
    report(claim, an_event(1, STATE, state="running"))
    receipt = record_result(actor=key_actor(claim), job_id=claim.spec.id, result=a_result(claim))
    client.force_login(cast.staff.user, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(f"/jobs/{claim.spec.id}")
    answer = client.get(f"/api/v1/receipts/{receipt.pk}", headers=cast.staff.headers)
    listed = client.get(f"/api/v1/receipts?repo={MODEL.address}", headers=cast.staff.headers).json()["items"]

    assert page.status_code == 200
    assert str(receipt.pk) not in page.content.decode()
    assert (answer.status_code, listed) == (404, [])


@pytest.mark.parametrize("role", [TokenRole.WORKER, TokenRole.FINE_GRAINED])
def test_a_token_of_staff_that_is_made_for_something_else_opens_no_private_job(cast, client, role):
    job = a_job(cast.owner, is_public=False)
    grants = [{"target": "namespace:warden", "need": 4}] if role == TokenRole.FINE_GRAINED else []
    headers = {"authorization": f"Bearer {a_token(cast.staff.user, role=role, grants=grants)}"}

    answers = [
        client.get(f"/api/v1/jobs/{job.pk}", headers=headers),
        client.post(f"/api/v1/jobs/{job.pk}/cancel", headers=headers),
    ]

    assert not {answer.status_code for answer in answers} & {200, 302}
    assert Job.objects.get().cancel_requested_at is None


def test_the_operator_cancels_a_job_by_command(cast, capsys):
    job = a_job(cast.owner)

    call_command("cancel_job", str(job.pk))

    assert Job.objects.get().state == "cancelled"
    assert AuditEntry.objects.get(action="job.cancelled").actor_name == "operator"
    assert JobEvent.objects.filter(kind="log", data__line__icontains="operator").exists()
    with pytest.raises(CommandError):
        call_command("cancel_job", "5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e")
