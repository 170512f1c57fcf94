"""Jobs from submission to end: claims, events, cancellation, retries and lost workers."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.business.usage.meters import Meter
from apps.business.usage.models import UsageEvent
from apps.core.errors import BadToken, Conflict, Forbidden, NotFound, OverQuota
from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.errors import InvalidOrder, NotClaimable, StaleAttempt
from apps.toolchain.jobs.models import Direction, Job, JobEvent, JobState, Lineage
from apps.toolchain.jobs.services import cancel_job, reap_expired, resend_waiting, retry_job
from apps.toolchain.jobs.services.reap import pause
from apps.toolchain.jobs.services.retries import TRIES_LIMIT
from tests.job_makers import (
    DATASET,
    MODEL,
    a_claim,
    a_job,
    a_running_job,
    an_event,
    end_backoff,
    expire_lease,
    key_actor,
    report,
)
from tests.makers import a_token

LOG, METRIC, STATE = EventKind.LOG, EventKind.METRIC, EventKind.STATE


@pytest.fixture
def sent(monkeypatch):
    """Return the messages sent since the last call, each as (task, arguments, queue)."""
    messages = []

    def enqueue(task, *arguments, queue):
        messages.append((task, [str(argument) for argument in arguments], str(queue)))

    monkeypatch.setattr("apps.toolchain.jobs.services.moves.enqueue", enqueue)
    return lambda: [messages.pop(0) for _ in range(len(messages))]


def test_an_order_is_queued_with_all_defaults_and_sent_to_the_queue(cast, sent):
    job = a_job(cast.owner, params={"epochs": 1})

    assert job.state == "queued"
    assert job.params["epochs"] == 1
    assert job.params["batch_size"] == 16
    assert sent() == [("ml.run_job", [str(job.id)], "cpu"), ("ml.run_job", [str(job.id)], "gpu")]


def test_an_order_for_a_gpu_goes_to_its_queue(cast, sent):
    job = a_job(cast.owner, device="gpu")

    assert sent() == [("ml.run_job", [str(job.id)], "gpu")]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"params": {"epochs": "many"}}, "epochs"),
        ({"params": {"colour": "red"}}, "colour"),
        ({"inputs": {"model": MODEL}}, "dataset"),
        ({"inputs": {"model": MODEL, "dataset": MODEL}}, "dataset"),
        ({"output": None}, "output"),
        ({"device": "abacus"}, "device"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_wrong_order_is_refused_by_field_and_nothing_is_kept(cast, facts, field):
    with pytest.raises(InvalidOrder) as refused:
        a_job(cast.owner, **facts)

    assert field in refused.value.facts["fields"]
    assert not Job.objects.exists()


def test_a_job_cannot_be_started_under_another_name(cast):
    with pytest.raises(Forbidden):
        from apps.toolchain.contracts import OutputRepo

        a_job(cast.stranger, output=OutputRepo("model", "owner/mine"))

    assert not Job.objects.exists()


def test_a_person_has_a_limit_of_jobs_at_one_time(cast, settings):
    settings.USAGE_LIMITS = {"active_jobs": 2}
    a_job(cast.owner)
    a_job(cast.owner)

    with pytest.raises(OverQuota) as refused:
        a_job(cast.owner)

    assert refused.value.facts["limit"] == 2
    assert Job.objects.count() == 2


def test_a_claim_gives_the_order_and_a_key_for_its_repositories_alone(cast):
    job = a_job(cast.owner, params={"seed": 7})

    claim = a_claim(job, cast.staff)

    assert claim.spec.inputs == {"model": MODEL, "dataset": DATASET}
    assert (claim.spec.seed, claim.spec.submitted_by, claim.attempt) == (7, "owner", 1)
    grants = {(grant.target, int(grant.need)) for grant in key_actor(claim).scope.grants}
    assert grants == {("model:owner/base", 1), ("dataset:owner/reviews", 1), ("model:owner/tuned", 3)}


def test_a_claimed_job_cannot_be_claimed_again(cast):
    job = a_job(cast.owner)
    a_claim(job, cast.staff)

    with pytest.raises(NotClaimable):
        a_claim(job, cast.staff, "worker-2")

    assert Job.objects.get().attempt == 1


def test_a_person_cannot_claim(cast, client):
    job = a_job(cast.owner)

    answer = client.post(
        f"/api/v1/jobs/{job.id}/claim", {}, content_type="application/json", headers=cast.owner.headers
    )

    assert answer.status_code == 403
    assert Job.objects.get().state == "queued"


@pytest.mark.django_db(transaction=True)
def test_of_workers_that_claim_at_once_one_gets_the_job(live_db_cast):
    job = a_job(live_db_cast.owner)
    start, won, lost = threading.Barrier(6), [], []

    def claim(name: str) -> None:
        start.wait()
        try:
            won.append(a_claim(job, live_db_cast.staff, name))
        except NotClaimable:
            lost.append(name)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(f"worker-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(won), len(lost)) == (1, 5)
    assert Job.objects.get().attempt == 1


@pytest.fixture
def live_db_cast(transactional_db):
    from tests.makers import the_cast

    return the_cast()


def test_events_are_kept_once_however_often_they_are_sent(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    lines = [an_event(number, LOG, level="info", line=f"line {number}") for number in (2, 3)]

    first = report(claim, *lines)
    again = report(claim, *lines, an_event(4, LOG, level="info", line="line 4"))

    assert (first.accepted, again.accepted) == (3, 4)
    assert [event.data["line"] for event in job.events.filter(kind="log").order_by("id")] == [
        "line 2",
        "line 3",
        "line 4",
    ]


def test_a_gap_ends_the_batch_so_that_the_worker_sends_from_there(cast):
    job, claim = a_running_job(cast.owner, cast.staff)

    answer = report(claim, an_event(2, LOG, line="here"), an_event(4, LOG, line="too early"))

    assert answer.accepted == 2
    assert job.events.filter(kind="log").count() == 1


def test_an_older_attempt_is_refused_and_changes_nothing(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    expire_lease(job)
    reap_expired()
    second = a_claim(job, cast.staff, "worker-2")

    with pytest.raises(BadToken):
        key_actor(claim)
    with pytest.raises(StaleAttempt):
        report(second, an_event(1, LOG, line="from the past"), attempt=claim.attempt)

    assert not job.events.filter(kind="log", data__line="from the past").exists()


def test_a_heartbeat_renews_the_lease(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() + timedelta(seconds=1))

    report(claim)

    assert Job.objects.get().lease_until > timezone.now() + timedelta(seconds=20)


def test_a_job_that_ends_well_closes_its_key_counts_its_time_and_keeps_what_it_made(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    Job.objects.filter(pk=job.pk).update(claimed_at=timezone.now() - timedelta(seconds=100))

    report(
        claim,
        an_event(2, EventKind.OUTPUT, kind="model", address="owner/tuned", commit="d" * 40),
        an_event(3, STATE, state="succeeded"),
    )

    job.refresh_from_db()
    assert (job.state, job.lease_until) == ("succeeded", None)
    with pytest.raises(BadToken):
        key_actor(claim)
    used = UsageEvent.objects.get()
    assert (used.meter, used.namespace.name) == (Meter.CPU_SECONDS, "owner")
    assert 200 <= used.amount <= 210
    made = Lineage.objects.get(direction=Direction.OUTPUT)
    assert (made.address, made.commit) == ("owner/tuned", "d" * 40)


def test_your_fault_is_shown_and_rests(cast, sent):
    job, claim = a_running_job(cast.owner, cast.staff)
    sent()

    report(
        claim,
        an_event(2, STATE, state="failed", fault="yours", code="column_missing", message="no column text"),
    )

    job.refresh_from_db()
    assert (job.state, job.fault, job.code, job.message) == (
        "failed",
        "yours",
        "column_missing",
        "no column text",
    )
    assert sent() == []


def test_our_fault_is_tried_again_and_ends_after_some_attempts(cast):
    job = a_job(cast.owner)
    for attempt in range(TRIES_LIMIT):
        assert Job.objects.get().state == "queued"
        claim = a_claim(end_backoff(job), cast.staff)
        assert claim.attempt == attempt + 1
        report(
            claim,
            an_event(
                1,
                STATE,
                state="failed",
                fault="ours",
                code="worker_error",
                message=f"Broken {'abc'[attempt]}.",
            ),
        )

    job.refresh_from_db()
    assert (job.state, job.fault) == ("failed", "ours")


def test_a_graceful_worker_stop_costs_no_attempt(cast):
    job = a_job(cast.owner)
    for _ in range(TRIES_LIMIT + 2):
        claim = a_claim(job, cast.staff)
        report(
            claim, an_event(1, STATE, state="failed", fault="ours", code="worker_stopped", message="Stopped.")
        )

    assert Job.objects.get().state == "queued"


def test_tries_begin_anew_once_a_job_comes_further(cast):
    job = a_job(cast.owner)
    for attempt in range(TRIES_LIMIT + 2):
        claim = a_claim(job, cast.staff)
        report(claim, an_event(1, EventKind.CHECKPOINT, step=10 * (attempt + 1)))
        expire_lease(job)
        reap_expired()

    assert Job.objects.get().state == "queued"


def test_a_job_that_is_queued_again_shows_no_old_failure(cast):
    job, claim = a_running_job(cast.owner, cast.staff)

    report(claim, an_event(2, STATE, state="failed", fault="ours", code="worker_error", message="Broken."))

    job.refresh_from_db()
    assert (job.state, job.fault, job.code, job.message) == ("queued", "", "", "")


def test_a_queued_job_is_cancelled_at_once(cast):
    job = a_job(cast.owner)

    cancel_job(actor=cast.owner.actor, job_id=job.pk)

    assert Job.objects.get().state == "cancelled"
    with pytest.raises(NotClaimable):
        a_claim(job, cast.staff)


def test_a_running_job_learns_of_its_cancellation_at_the_next_report(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    assert report(claim).cancel is False

    cancel_job(actor=cast.owner.actor, job_id=job.pk)

    assert report(claim).cancel is True
    report(claim, an_event(2, STATE, state="cancelled"))
    assert Job.objects.get().state == "cancelled"


def test_a_cancelled_job_whose_worker_died_is_cancelled_by_the_sweep(cast):
    job, _ = a_running_job(cast.owner, cast.staff)
    cancel_job(actor=cast.owner.actor, job_id=job.pk)
    expire_lease(job)

    reap_expired()

    assert Job.objects.get().state == "cancelled"


def test_a_finished_job_cannot_be_cancelled(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(claim, an_event(2, STATE, state="succeeded"))

    with pytest.raises(Conflict):
        cancel_job(actor=cast.owner.actor, job_id=job.pk)


@pytest.mark.parametrize("who", ["stranger", "anonymous"])
def test_others_can_neither_cancel_nor_retry(cast, who):
    job = a_job(cast.owner)

    for act in (cancel_job, retry_job):
        with pytest.raises((Forbidden, NotFound, Exception)) as refused:
            act(actor=getattr(cast, who).actor, job_id=job.pk)
        assert refused.value.status in (401, 403)

    assert Job.objects.get().cancel_requested_at is None


def test_a_reading_token_cannot_cancel(cast, client):
    job = a_job(cast.owner)
    token = a_token(cast.owner.user, role="read")

    answer = client.post(f"/api/v1/jobs/{job.id}/cancel", headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 403
    assert Job.objects.get().state == "queued"


def test_a_job_of_a_lost_worker_is_continued_by_another(cast, sent):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(claim, an_event(2, EventKind.CHECKPOINT, step=40))
    expire_lease(job)
    sent()

    assert reap_expired() == 1
    assert reap_expired() == 0

    job.refresh_from_db()
    assert (job.state, job.checkpoint_step) == ("queued", 40)
    assert sent() == [("ml.run_job", [str(job.id)], "cpu")]
    assert a_claim(job, cast.staff, "worker-2").attempt == 2


def test_a_lost_job_is_claimed_without_waiting_for_the_sweep(cast):
    job, _ = a_running_job(cast.owner, cast.staff)
    expire_lease(job)

    assert a_claim(job, cast.staff, "worker-2").attempt == 2


def test_a_job_that_is_lost_too_often_fails(cast):
    job = a_job(cast.owner)
    for _ in range(TRIES_LIMIT):
        a_claim(end_backoff(job), cast.staff)
        expire_lease(job)
        reap_expired()

    job.refresh_from_db()
    assert (job.state, job.fault, job.code) == ("failed", "ours", "worker_lost")


def test_time_of_a_cancelled_attempt_counts_until_its_last_sign_of_life(cast, settings):
    settings.JOB_LEASE_SECONDS = 30
    job, _ = a_running_job(cast.owner, cast.staff)
    cancel_job(actor=cast.owner.actor, job_id=job.pk)
    Job.objects.filter(pk=job.pk).update(claimed_at=timezone.now() - timedelta(seconds=1090))
    expire_lease(job, seconds=60)

    reap_expired()

    assert 1995 <= UsageEvent.objects.get().amount <= 2005


def test_what_a_failure_on_our_side_cost_is_not_counted(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    Job.objects.filter(pk=job.pk).update(claimed_at=timezone.now() - timedelta(seconds=1000))

    report(claim, an_event(2, STATE, state="failed", fault="ours", code="disk_full", message="Full."))

    assert not UsageEvent.objects.exists()
    assert Job.objects.get().ran_seconds == pytest.approx(1000, abs=30)


def test_of_an_attempt_that_failed_on_our_side_the_work_that_was_kept_is_counted(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(claim, an_event(2, EventKind.CHECKPOINT, step=40))
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(claimed_at=now - timedelta(seconds=1000))
    JobEvent.objects.filter(kind="checkpoint").update(at=now - timedelta(seconds=400))

    report(claim, an_event(3, STATE, state="failed", fault="ours", code="child_died", message="Gone."))

    assert UsageEvent.objects.get().amount == pytest.approx(1200, abs=2)


def test_a_lost_message_is_sent_again_to_both_queues_and_then_ever_more_seldom(cast, sent):
    job = a_job(cast.owner)
    sent()
    assert resend_waiting() == 0
    Job.objects.update(sent_at=timezone.now() - timedelta(seconds=31))

    assert resend_waiting() == 1
    assert resend_waiting() == 0

    assert [(queue, arguments) for _, arguments, queue in sent()] == [
        ("cpu", [str(job.id)]),
        ("gpu", [str(job.id)]),
    ]
    assert [pause(sends).total_seconds() for sends in (1, 2, 3, 99)] == [30, 60, 120, 900]


def test_a_failed_job_can_be_tried_again_with_fresh_tries(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(claim, an_event(2, STATE, state="failed", fault="yours", code="x", message="No."))

    retry_job(actor=cast.owner.actor, job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.fault, job.message, job.tries) == ("queued", "", "", 0)
    assert a_claim(job, cast.staff).attempt == 2


def test_a_job_that_runs_cannot_be_tried_again_and_nothing_is_noted(cast):
    job, _ = a_running_job(cast.owner, cast.staff)
    before = JobEvent.objects.count()

    with pytest.raises(Conflict):
        retry_job(actor=cast.owner.actor, job_id=job.pk)

    assert JobEvent.objects.count() == before


def test_jobs_follow_a_person_to_a_new_name(cast):
    from apps.users.accounts.services import rename_namespace

    job, claim = a_running_job(cast.owner, cast.staff)

    rename_namespace(actor=cast.owner.actor, name="owner", new_name="gardener")

    job.refresh_from_db()
    assert (job.pins["model"].address, job.output_repo.address) == ("gardener/base", "gardener/tuned")
    assert set(Lineage.objects.values_list("address", flat=True)) == {"gardener/base", "gardener/reviews"}
    assert {grant.target for grant in key_actor(claim).scope.grants} >= {
        "model:gardener/base",
        "model:gardener/tuned",
    }


def test_a_person_leaves_once_the_jobs_are_over_and_takes_them_along(cast):
    from apps.users.accounts.services import remove_person

    job, claim = a_running_job(cast.owner, cast.staff)
    with pytest.raises(Conflict):
        remove_person(actor=cast.owner.actor)
    report(claim, an_event(2, STATE, state="succeeded"))
    cast.organization.memberships.filter(user=cast.member.user).update(role=4)

    remove_person(actor=cast.owner.actor)

    assert not Job.objects.filter(pk=job.pk).exists()
    assert not UsageEvent.objects.exists()


def test_a_job_of_a_person_who_is_gone_does_not_wait_for_ever(cast):
    job = a_job(cast.owner)
    Job.objects.update(submitted_by=None)

    reap_expired()

    assert Job.objects.get(pk=job.pk).state == "cancelled"


def test_progress_is_not_kept_when_the_job_is_over(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    steps = [
        an_event(number, EventKind.PROGRESS, step=number, total=9, phase="training") for number in (2, 3, 4)
    ]

    report(claim, *steps)

    job.refresh_from_db()
    assert job.progress == {"step": 4, "total": 9, "phase": "training"}
    assert job.events.filter(kind="progress").count() == 1
    report(claim, an_event(5, STATE, state="succeeded"))
    assert job.events.filter(kind="progress").count() == 0
    assert Job.objects.get().state == JobState.SUCCEEDED
