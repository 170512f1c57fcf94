"""Which job a worker gets next: fair shares, priority, affinity, limits, and workers that are sick."""

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.errors import Forbidden
from apps.toolchain.contracts import (
    PROTOCOL,
    EventKind,
    NextRequest,
    WorkerHello,
    fingerprints,
)
from apps.toolchain.fleet.errors import WorkerNotFound, WorkerOutdated
from apps.toolchain.fleet.services import greet_worker, next_job, set_worker_state
from apps.toolchain.jobs.errors import InvalidOrder
from apps.toolchain.jobs.models import Job, Priority, Worker, WorkerState
from apps.toolchain.jobs.services.choose import CHECKPOINT_HOLD
from apps.toolchain.jobs.services.retries import QUARANTINE_AFTER
from tests.job_makers import DATASET, GPU, HARDWARE, MODEL, a_job, an_event, end_backoff, report
from tests.makers import the_cast
from tests.worker_makers import a_greeting, a_site_worker, an_own_worker

STATE = EventKind.STATE


def end(claim, state: str = "succeeded", **facts) -> None:
    report(claim, an_event(1, STATE, state=state, **facts))


def fail(claim, code: str = "child_died") -> None:
    end(claim, "failed", fault="ours", code=code, message="Gone.")


def jobs_of(person, count: int, **facts) -> list[Job]:
    return [a_job(person, **facts) for _ in range(count)]


def test_a_worker_gets_the_oldest_job_and_then_none(cast):
    job = a_job(cast.owner)
    worker = a_site_worker(cast)

    answer = worker.next()

    assert (answer.claim.spec.id, answer.claim.attempt) == (str(job.pk), 1)
    assert Job.objects.get().operator == "site"
    assert (worker.next().claim, worker.next().reason) == (None, "")


def test_of_two_people_the_second_waits_only_for_the_jobs_that_run(cast):
    jobs_of(cast.owner, 6)
    workers = [a_site_worker(cast, name) for name in ("one", "two")]
    running = [worker.next().claim for worker in workers]
    late = {str(job.pk) for job in jobs_of(cast.stranger, 2)}

    for claim in running:
        end(claim)
    following = {worker.next().claim.spec.id for worker in workers}

    assert following == late


def test_the_share_of_a_namespace_is_its_time_of_the_last_hour(cast):
    busy, idle = a_job(cast.owner), a_job(cast.stranger)
    done = a_job(cast.stranger)
    Job.objects.filter(pk=done.pk).update(state="succeeded", finished_at=timezone.now(), ran_seconds=600)

    first = a_site_worker(cast).next().claim.spec.id
    Job.objects.filter(pk=busy.pk).update(state="queued", worker=None)
    Job.objects.filter(pk=done.pk).update(finished_at=timezone.now() - timedelta(hours=2))
    Job.objects.filter(pk=idle.pk).update(queued_at=timezone.now() - timedelta(hours=1))

    assert first == str(busy.pk)
    assert a_site_worker(cast, "two").next().claim.spec.id == str(idle.pk)


def test_priority_comes_before_the_share_and_only_administrators_raise_it(cast):
    usual = a_job(cast.owner)
    low = a_job(cast.stranger, priority=Priority.LOW)
    high = a_job(cast.staff, priority=Priority.HIGH)
    worker = a_site_worker(cast)

    order = [worker.next().claim.spec.id for _ in range(3)]

    assert order == [str(high.pk), str(usual.pk), str(low.pk)]
    with pytest.raises(InvalidOrder) as refused:
        a_job(cast.owner, priority=Priority.HIGH)
    assert set(refused.value.facts["fields"]) == {"priority"}


def test_a_worker_prefers_jobs_whose_inputs_it_has(cast):
    a_job(cast.owner)
    other = replace(MODEL, commit="c" * 40)
    known = a_job(cast.owner, inputs={"model": other, "dataset": DATASET})

    claim = a_site_worker(cast).next(cached_commits=("c" * 40,)).claim

    assert claim.spec.id == str(known.pk)


def test_a_job_is_left_for_a_while_to_the_worker_that_has_its_checkpoint(cast):
    job = a_job(cast.owner)
    holder, other = a_site_worker(cast, "holder"), a_site_worker(cast, "other")
    claim = holder.next().claim
    report(claim, an_event(1, EventKind.CHECKPOINT, step=10))
    report(claim, an_event(2, STATE, state="failed", fault="ours", code="worker_stopped", message="Stopped."))
    set_worker_state(actor=cast.staff.actor, worker_id=holder.id, state=WorkerState.DRAINING)
    holder.next(held_jobs=(str(job.pk),))
    set_worker_state(actor=cast.staff.actor, worker_id=holder.id, state=WorkerState.READY)

    assert other.next().claim is None
    Job.objects.update(queued_at=timezone.now() - CHECKPOINT_HOLD)
    assert other.next().claim.spec.id == str(job.pk)


def test_a_worker_gets_only_recipes_that_it_declares_as_the_site_does(cast):
    a_job(cast.owner)
    changed = dict.fromkeys(fingerprints(), "0" * 16)
    old, lacking = a_site_worker(cast, "old", recipes=changed), a_site_worker(cast, "lacking", recipes={})

    assert (old.next().claim, lacking.next().claim) == (None, None)
    assert a_site_worker(cast).next().claim is not None


def test_a_worker_of_another_protocol_is_told_so(cast, client):
    hello = {**a_greeting("old").to_json(), "protocol": PROTOCOL + 1}

    answer = client.post(
        "/api/v1/workers/hello",
        hello,
        content_type="application/json",
        headers={"authorization": f"Bearer {a_site_worker(cast).token}"},
    )

    assert (answer.status_code, answer.json()["code"]) == (409, WorkerOutdated.code)
    assert answer.json()["protocol"] == PROTOCOL
    assert not Worker.objects.filter(name="old").exists()


def test_what_needs_a_larger_worker_waits_for_it_if_there_is_one(cast):
    large = a_job(cast.owner, estimates={"cpu": {"memory_bytes": 32 << 30}})
    small, big = (a_site_worker(cast, name, memory_bytes=size << 30) for name, size in (("s", 8), ("b", 16)))

    assert small.next().claim is None
    assert big.next().claim.spec.id == str(large.pk)


def test_a_disk_that_is_nearly_full_is_for_small_jobs(cast):
    a_job(cast.owner, estimates={"cpu": {"disk_bytes": 8 << 30}})
    full, empty = a_site_worker(cast, "full"), a_site_worker(cast, "empty")
    empty.next(disk_bytes=0, problems=("not yet",))
    Worker.objects.filter(name="empty").update(disk_bytes=100 << 30, state="ready")

    assert full.next(disk_bytes=1 << 30).claim is None
    assert empty.next(disk_bytes=100 << 30).claim is not None


def test_jobs_that_may_run_anywhere_are_left_to_the_gpus_of_the_site(cast):
    job = a_job(cast.owner)
    plain, fast = a_site_worker(cast, "plain"), a_site_worker(cast, "fast", hardware=GPU)

    assert plain.next().claim is None
    assert fast.next().claim.spec.id == str(job.pk)


def test_a_worker_whose_check_finds_a_problem_gets_no_job_until_it_is_gone(cast):
    a_job(cast.owner)
    worker = a_site_worker(cast)

    sick = worker.next(problems=("The disk is full.",))

    assert (sick.claim, sick.state, sick.reason) == (None, "quarantined", "The disk is full.")
    assert worker.next().claim is not None


def test_a_worker_that_fails_often_is_quarantined_while_another_is_there(cast):
    a_site_worker(cast, "well")
    sick = a_site_worker(cast, "sick")
    for job in jobs_of(cast.owner, QUARANTINE_AFTER):
        Worker.objects.update(rests_until=None)
        fail(sick.next().claim, "disk_full")
        Job.objects.filter(pk=job.pk).update(not_before=timezone.now() + timedelta(hours=1))

    answer = sick.next()

    assert (answer.state, Worker.objects.get(name="sick").failure_count) == ("quarantined", QUARANTINE_AFTER)
    assert "disk_full" in answer.reason
    set_worker_state(actor=cast.staff.actor, worker_id=sick.id, state=WorkerState.READY)
    assert sick.next().state == "ready"


def test_the_only_worker_rests_but_is_not_quarantined(cast):
    worker = a_site_worker(cast)
    for job in jobs_of(cast.owner, QUARANTINE_AFTER):
        Worker.objects.update(rests_until=None)
        fail(worker.next().claim, "disk_full")
        Job.objects.filter(pk=job.pk).update(not_before=timezone.now() + timedelta(hours=1))

    assert worker.next().state == "resting"


def test_a_job_goes_to_another_worker_than_the_one_that_failed_it(cast):
    job = a_job(cast.owner)
    sick, well = a_site_worker(cast, "sick"), a_site_worker(cast, "well")
    fail(sick.next().claim)
    end_backoff(job)

    assert sick.next().claim is None
    assert well.next().claim.spec.id == str(job.pk)


def test_a_draining_worker_finishes_its_job_and_gets_no_other(cast):
    jobs_of(cast.owner, 2)
    worker = a_site_worker(cast)
    claim = worker.next().claim
    set_worker_state(
        actor=cast.staff.actor, worker_id=worker.id, state=WorkerState.DRAINING, reason="A new disk."
    )

    answer = worker.next()
    end(claim)

    assert (answer.claim, answer.state, answer.reason) == (None, "draining", "A new disk.")
    assert Job.objects.filter(state="succeeded").count() == 1
    assert worker.greet().id == str(worker.id)
    assert worker.next().state == "draining"


def test_a_lost_job_is_given_to_the_next_worker_that_asks(cast):
    job = a_job(cast.owner)
    a_site_worker(cast, "lost").next()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    claim = a_site_worker(cast, "next").next().claim

    assert (claim.spec.id, claim.attempt) == (str(job.pk), 2)


def test_a_worker_that_cannot_isolate_gets_administrators_jobs_and_the_others_log_why_they_wait(cast):
    waiting, own = a_job(cast.owner), a_job(cast.staff)
    bare = a_site_worker(cast, "bare", takes_untrusted=False)

    claim = bare.next().claim
    again = [bare.next().claim, bare.next().claim]

    assert (claim.spec.id, again) == (str(own.pk), [None, None])
    lines = waiting.events.filter(kind="log").values_list("data__line", flat=True)
    assert [line.split(".")[0] for line in lines] == ["Worker bare cannot isolate jobs"]


def test_a_worker_of_another_token_cannot_ask_in_its_name(cast):
    worker, other = a_site_worker(cast), an_own_worker(cast.owner)

    with pytest.raises(WorkerNotFound):
        next_job(actor=other.actor, worker_id=worker.id, request=NextRequest())
    with pytest.raises(Forbidden):
        greet_worker(actor=cast.owner.actor, hello=a_greeting("worker-1"))


HARD = {"hardware": HARDWARE.to_json(), "recipes": {}}


@pytest.mark.parametrize(
    "body",
    [
        {**HARD, "worker": "", "protocol": PROTOCOL},
        {**HARD, "worker": "x", "protocol": "1"},
        {"worker": "x", "protocol": PROTOCOL},
        {**HARD, "worker": "x", "protocol": PROTOCOL, "recipes": []},
        {**HARD, "worker": "x", "protocol": PROTOCOL, "recipes": {"a": 1}},
        {**HARD, "worker": "a\nb", "protocol": PROTOCOL},
        {**HARD, "worker": "x", "protocol": PROTOCOL, "memory_bytes": -1},
        [],
    ],
)
def test_a_greeting_that_makes_no_sense_is_refused(cast, client, body):
    headers = {"authorization": f"Bearer {a_site_worker(cast).token}"}

    answer = client.post("/api/v1/workers/hello", body, content_type="application/json", headers=headers)

    assert answer.status_code == 422
    assert Worker.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [{"problems": "all"}, {"held_jobs": ["x" * 65]}, {"cached_commits": ["x"] * 501}, {"disk_bytes": 2**63}],
)
def test_a_request_for_a_job_that_makes_no_sense_is_refused(cast, client, body):
    worker = a_site_worker(cast)
    path = f"/api/v1/workers/{worker.id}/next"
    headers = {"authorization": f"Bearer {worker.token}"}

    assert client.post(path, body, content_type="application/json", headers=headers).status_code == 422


def test_texts_of_a_worker_may_hold_any_character(cast, client):
    worker = a_site_worker(cast)
    path = f"/api/v1/workers/{worker.id}/next"
    headers = {"authorization": f"Bearer {worker.token}"}

    answer = client.post(
        path, {"problems": ["a\x00b\ud800"]}, content_type="application/json", headers=headers
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "quarantined")


@pytest.mark.django_db(transaction=True)
def test_workers_that_ask_at_once_get_different_jobs(transactional_db):
    cast = the_cast()
    jobs_of(cast.owner, 5)
    workers = [a_site_worker(cast, f"worker-{number}") for number in range(6)]
    start, found = threading.Barrier(len(workers)), []

    def ask(worker) -> None:
        start.wait()
        try:
            claim = worker.next().claim
            found.append(claim and claim.spec.id)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({one for one in found if one}) == 5
    assert found.count(None) == 1


def test_a_claim_among_thousands_of_jobs_takes_few_queries(cast, django_assert_max_num_queries):
    job = a_job(cast.owner)
    copies = []
    for number in range(3000):
        copy = Job.objects.get(pk=job.pk)
        copy.pk, copy.output = None, None
        copy._state.adding = True
        copy.id = uuid4()
        copy.queued_at = timezone.now() + timedelta(milliseconds=number)
        copies.append(copy)
    Job.objects.bulk_create(copies)
    worker = a_site_worker(cast)

    with django_assert_max_num_queries(30):
        assert worker.next().claim.spec.id == str(job.pk)


def test_hello_is_stored_as_it_was_said(cast):
    worker = a_site_worker(cast, "box-1", memory_bytes=4 << 30)

    row = Worker.objects.get()

    assert (row.name, row.memory_bytes, row.namespace, row.is_isolating) == ("box-1", 4 << 30, None, True)
    assert isinstance(WorkerHello.from_json(worker.hello.to_json()), WorkerHello)
