"""The worker asks for jobs when it is woken and at intervals, and tells how it is."""

import threading
from collections import namedtuple
from dataclasses import replace

import pytest

from apps.toolchain.contracts import Claim, NextJob, WorkerTerms, fingerprints
from tests.conftest import wait_until
from workers.ml import inventory, loop
from workers.ml.folder import job_folder
from workers.ml.hub import HubRefusal, HubUnreachable
from workers.ml.loop import JobLoop

from .samples import a_spec
from .test_sandbox import settings_with

DiskUsage = namedtuple("DiskUsage", "total used free")


class HubStandIn:
    """Answers by a script: a claim, None, or an exception to raise; then it has no job."""

    def __init__(self, *script) -> None:
        self.script, self.greetings, self.requests = list(script), [], []

    def hello(self, hello) -> WorkerTerms:
        self.greetings.append(hello)
        return WorkerTerms(f"worker-{len(self.greetings)}", 5)

    def next_job(self, worker_id, request) -> NextJob:
        self.requests.append((worker_id, request))
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        return NextJob(step, "ready")


@pytest.fixture
def stopping(monkeypatch):
    event = threading.Event()
    monkeypatch.setattr(loop, "stopping", event)
    yield event
    event.set()


@pytest.fixture
def a_loop(tmp_path, stopping, monkeypatch):
    """Make a loop that notes the ids of the jobs that it runs."""

    def make(hub, **extra: str) -> tuple[JobLoop, list[str]]:
        done: list[str] = []
        monkeypatch.setattr(loop, "Hub", lambda url, token: hub)
        settings = settings_with(tmp_path, BANYAN_ISOLATION="off", **extra)
        return JobLoop(settings, lambda _hub, claim: done.append(claim.spec.id)), done

    return make


def a_claim(name: str) -> Claim:
    return Claim(replace(a_spec(), id=name), "hf_key", 1, lease_seconds=5, heartbeat_seconds=0.6)


def test_one_message_is_enough_for_all_jobs_that_wait(a_loop):
    jobs, done = a_loop(hub := HubStandIn(a_claim("one"), a_claim("two")))

    jobs.run_available()

    assert done == ["one", "two"]
    assert [worker for worker, _request in hub.requests] == ["worker-1"] * 3
    assert hub.greetings[0].recipes == fingerprints()


def test_a_lost_message_costs_no_more_than_the_time_until_it_asks_by_itself(a_loop, monkeypatch):
    monkeypatch.setattr(loop, "POLL_SECONDS", 0.05)
    jobs, done = a_loop(HubStandIn(None, None, a_claim("one")))

    jobs.start()

    wait_until(lambda: done == ["one"], seconds=5, what="the job")


def test_a_worker_that_the_hub_has_forgotten_says_hello_again(a_loop):
    jobs, done = a_loop(hub := HubStandIn(HubRefusal(404, "Worker not found."), a_claim("one")))

    jobs.run_available()

    assert (done, len(hub.greetings)) == (["one"], 2)
    assert [worker for worker, _request in hub.requests] == ["worker-1", "worker-2", "worker-2"]


@pytest.mark.parametrize(
    "error", [HubUnreachable("away"), HubRefusal(401, "no"), HubRefusal(409, "outdated")]
)
def test_a_hub_that_does_not_answer_or_refuses_ends_nothing(a_loop, error):
    jobs, done = a_loop(HubStandIn(error, a_claim("one")))

    jobs.run_available()
    jobs.run_available()

    assert done == ["one"]


def test_a_worker_that_stops_asks_no_more(a_loop, stopping):
    jobs, done = a_loop(hub := HubStandIn(a_claim("one")))
    stopping.set()

    jobs.run_available()

    assert (done, hub.requests) == ([], [])


def test_a_full_disk_and_a_full_memory_are_told_before_a_job_is_given(a_loop, monkeypatch):
    jobs, _done = a_loop(hub := HubStandIn())
    monkeypatch.setattr(inventory, "disk_usage", lambda folder: DiskUsage(10, 10, 0))
    monkeypatch.setattr(inventory, "LEAST_MEMORY_BYTES", 2**62)

    jobs.run_available()

    (_worker, request) = hub.requests[0]
    assert request.problems == ("The disk is full.", "The machine is out of memory.")
    assert request.disk_bytes == 0


def test_it_tells_which_jobs_and_inputs_it_has(a_loop, tmp_path):
    jobs, _done = a_loop(hub := HubStandIn())
    for name in ("empty", "held"):
        with job_folder(tmp_path / "jobs", name) as folder:
            folder.prepare()
    (folder.checkpoints / "checkpoint-5").mkdir()
    inventory.remember_commits(tmp_path, ["a" * 40])
    inventory.remember_commits(tmp_path, ["b" * 40, "a" * 40])

    jobs.run_available()

    request = hub.requests[0][1]
    assert (request.held_jobs, request.cached_commits) == (("held",), ("b" * 40, "a" * 40))
    assert request.disk_bytes > 0


@pytest.mark.parametrize("text", ["{", '{"a": 1}', '["' + "x" * 100 + '"]'])
def test_a_list_of_commits_that_is_broken_is_no_harm(tmp_path, text):
    (tmp_path / inventory.COMMITS_FILE).write_text(text)

    assert all(len(one) <= 64 for one in inventory.known_commits(tmp_path))


def test_workers_of_several_gpus_of_a_machine_have_names_of_their_own(tmp_path):
    names = {settings_with(tmp_path, CUDA_VISIBLE_DEVICES=place).name for place in ("", "0", "1")}

    assert len(names) == 3
