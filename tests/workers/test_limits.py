"""Limits of jobs on disk, memory, time and steps, and workers that run out of disk space."""

import errno
import math
import os
import subprocess
import sys
import threading
import time
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from apps.toolchain.contracts import Claim, EventKind, Fault, fault_of
from tests.conftest import wait_until
from workers.ml import disk, memory, supervisor
from workers.ml.attempt import Attempt
from workers.ml.child import Child
from workers.ml.disk import DiskGuard, folder_usage
from workers.ml.faults import JobFault, PlatformFault, TimeLimitExceeded, UserFault
from workers.ml.folder import JobFolder, job_folder, remove_tree
from workers.ml.hardware import queue_of
from workers.ml.memory import MemoryGuard, kill_all, processes_of_home
from workers.ml.runner import shortage
from workers.ml.sandbox import ROOT, grant_access, runner_command, runner_environment, sandbox_check
from workers.ml.settings import default_memory
from workers.ml.supervisor import Outcome, cleanup, free_disk_space
from workers.ml.transfer import check_disk_space

from .samples import a_spec, write_csv
from .samples import sentences as some_sentences
from .test_sandbox import alive_with, instead_of_runner, settings_with

MIB, GIB = 1024**2, 1024**3
DiskUsage = namedtuple("Room", "total used free")


def a_guard(folder: Path, **limits: int) -> DiskGuard:
    return DiskGuard(folder, **{"limit_bytes": 8 * MIB, "reserve_bytes": 0, **limits})


def fill(file: Path, size: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(os.urandom(size))
    return file


# disk


def test_all_of_a_jobs_folder_counts_wherever_it_lies(tmp_path):
    guard = a_guard(tmp_path)
    for place in ("inputs/model", "run/cache/deep/er", "run/checkpoints", "run/tmp", "transfer"):
        fill(tmp_path / place / "data", 1 * MIB)
    guard.check_now()

    fill(tmp_path / "run" / "home" / ".hidden", 4 * MIB)

    with pytest.raises(UserFault) as refused:
        guard.check_now()
    assert refused.value.code == "disk_exceeded"
    assert ("9 MiB" in refused.value.message, "8 MiB" in refused.value.message) == (True, True)


def test_a_file_with_holes_counts_what_it_takes_and_links_lead_nowhere(tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(10 * GIB)
    (tmp_path / "elsewhere").symlink_to("/usr")

    used, entries = folder_usage(tmp_path)

    assert used < MIB
    assert entries == 2


def test_too_many_files_are_too_much_however_small(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "FILES_LIMIT", 50)
    for number in range(60):
        (tmp_path / str(number)).touch()

    with pytest.raises(UserFault) as refused:
        a_guard(tmp_path).check_now()

    assert refused.value.code == "disk_exceeded"


@pytest.mark.parametrize(("fair", "code"), [(4 * MIB, "disk_exceeded"), (10 * GIB, "disk_full")])
def test_a_full_disk_is_the_workers_fault_unless_the_job_filled_a_fair_share_itself(
    tmp_path, monkeypatch, fair, code
):
    monkeypatch.setattr(disk, "FAIR_BYTES", fair)
    free = [100 * MIB]
    monkeypatch.setattr(disk, "disk_usage", lambda folder: DiskUsage(1000 * MIB, 0, free[0]))
    guard = a_guard(tmp_path, limit_bytes=GIB, reserve_bytes=92 * MIB)
    fill(tmp_path / "some", 1 * MIB)
    guard.check_now()

    free[0] = 91 * MIB
    with pytest.raises(PlatformFault) as others:
        guard.check_now()
    fill(tmp_path / "more", 7 * MIB)
    with pytest.raises(JobFault) as own:
        guard.check_now()

    assert (others.value.code, own.value.code) == ("disk_full", code)


def test_looking_takes_no_part_of_the_time_that_matters(tmp_path, monkeypatch):
    looks = []
    guard = a_guard(tmp_path)
    monkeypatch.setattr(guard, "check_now", lambda: looks.append(time.monotonic()))

    for _ in range(1000):
        guard.check()

    assert len(looks) == 1


def test_what_a_job_hid_goes_with_its_folder(tmp_path):
    hidden = fill(tmp_path / "job" / "run" / "a" / "b" / "c" / "file", 10).parent
    for folder in (hidden, hidden.parent, hidden.parent.parent):
        folder.chmod(0)

    remove_tree(tmp_path / "job")

    assert not (tmp_path / "job").exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (
            RuntimeError(
                "Error while serializing: I/O error: Os { code: 28, kind: StorageFull, "
                'message: "No space left on device" }'
            ),
            "disk_full",
        ),
        (ValueError("[Errno 28] Error writing bytes to file"), "disk_full"),
        (OSError(errno.EFBIG, "File too large"), "disk_exceeded"),
        (MemoryError(), "memory_exceeded"),
        (
            RuntimeError(
                "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000000000 bytes."
            ),
            "memory_exceeded",
        ),
        (ValueError("something else, 28 times"), None),
    ],
)
def test_a_want_of_disk_or_memory_is_known_however_a_library_wraps_it(error, code):
    try:
        try:
            raise error
        except type(error) as cause:
            raise UserFault("dataset_unreadable", "The dataset could not be read.") from cause
    except UserFault as wrapped:
        found = shortage(wrapped)

    assert (found and found[0]) == code


def test_inputs_that_do_not_fit_are_not_fetched(tmp_path):
    with pytest.raises(UserFault) as large:
        check_disk_space(3 * GIB, tmp_path, {"disk_bytes": GIB, "reserve_bytes": 0}, kind="dataset")
    with pytest.raises(PlatformFault) as full:
        check_disk_space(MIB, tmp_path, {"disk_bytes": GIB, "reserve_bytes": 2**60}, kind="model")

    assert (large.value.code, full.value.code) == ("dataset_too_large", "disk_full")
    assert "3.0 GiB" in large.value.message


def test_a_worker_without_room_gives_up_what_old_jobs_left(tmp_path):
    settings = settings_with(tmp_path, BANYAN_DISK_RESERVE_MIB=str(2**40))
    with job_folder(settings.jobs_dir, "old") as folder:
        folder.prepare()

    free_disk_space(settings)

    assert not (settings.jobs_dir / "old").exists()


# memory


def a_family(code: str, *arguments: object, home: Path | None = None) -> subprocess.Popen:
    environment = {"PATH": os.environ["PATH"], **({"HOME": str(home)} if home else {})}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def test_memory_of_children_counts_and_shared_pages_count_once():
    code = f"""
import os, sys, time
held = b"x" * {64 * MIB}
for _ in range(3):
    if os.fork() == 0:
        time.sleep(60)
print("ready", flush=True); time.sleep(60)
"""
    process = a_family(code)
    try:
        process.stdout.readline()
        MemoryGuard(process.pid, limit_bytes=150 * MIB).check()
        with pytest.raises(UserFault) as refused:
            MemoryGuard(process.pid, limit_bytes=40 * MIB).check()
    finally:
        kill_all([*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)])
        process.wait()

    assert refused.value.code == "memory_exceeded"


def test_memory_that_may_not_be_looked_at_closely_counts_in_full(monkeypatch):
    def denied(process: psutil.Process) -> None:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "memory_full_info", denied)
    own = psutil.Process()

    assert memory.proportional_bytes([own, own]) >= memory.resident_bytes([own]) > 0


def test_a_process_that_left_the_tree_is_found_by_its_jobs_home_counted_and_ended(tmp_path):
    leave = f"""
import os, subprocess, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    held = b"x" * {80 * MIB}
    print("ready", flush=True); time.sleep(60)
time.sleep(60)
"""
    process = a_family(leave, home=tmp_path)
    try:
        process.stdout.readline()
        assert len(processes_of_home(tmp_path)) >= 2
        MemoryGuard(process.pid, limit_bytes=60 * MIB).check()
        with pytest.raises(UserFault):
            MemoryGuard(process.pid, limit_bytes=60 * MIB, home=tmp_path).check()
    finally:
        kill_all(processes_of_home(tmp_path))
        process.wait()

    wait_until(lambda: not processes_of_home(tmp_path), what="the end of all")


def test_a_machine_with_next_to_no_memory_left_is_the_workers_fault(monkeypatch):
    monkeypatch.setattr(memory, "RESERVE_BYTES", 2**60)

    with pytest.raises(PlatformFault) as refused:
        MemoryGuard(os.getpid(), limit_bytes=2**60).check()

    assert refused.value.code == "memory_full"


def test_a_job_gets_less_memory_where_it_shares_the_machine(monkeypatch):
    monkeypatch.setattr("workers.ml.settings.memory_bytes", lambda: 8 * GIB)

    assert default_memory(0) == 8 * GIB * 9 // 10
    assert default_memory(2 * GIB) == 6 * GIB
    assert default_memory(7 * GIB) == 4 * GIB


def test_a_killed_child_takes_along_what_left_its_group():
    code = """
import subprocess, time
print(subprocess.Popen(["sleep", "60"], start_new_session=True).pid, flush=True)
time.sleep(60)
"""
    lines: list[str] = []
    with Child([sys.executable, "-u", "-c", code], {"PATH": os.environ["PATH"]}, Path("/"), lines.append):
        wait_until(lambda: lines, what="the number of the process")

    wait_until(lambda: not is_running(int(lines[0])), what="the end of the process")


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


# whole attempts


class Reports:
    """Stands in for a reporter and records its events."""

    def __init__(self) -> None:
        self.sent: list[tuple[EventKind, dict]] = []

    def send(self, kind: EventKind, data: dict) -> None:
        self.sent.append((kind, data))

    def line(self, text: str, level: str = "info") -> None:
        self.sent.append((EventKind.LOG, {"line": text}))

    def check(self) -> None:
        return


def an_attempt(
    tmp_path: Path,
    runner: str,
    *,
    transfer: str = 'print(\'{"kind": "done", "data": {}}\')',
    seconds: float = 0,
    **limits,
) -> Attempt:
    """Return an attempt without a sandbox and inputs, whose runner and transfer are other programs."""
    settings = replace(settings_with(tmp_path, BANYAN_ISOLATION="off"), **{"reserve_bytes": 0, **limits})
    folder = JobFolder(settings.jobs_dir / "one")
    attempt = Attempt(
        Hub,
        Claim(a_spec(), "hf_key", 1, 5, 1, seconds_left=seconds),
        Reports(),
        folder,
        settings,
        threading.Event(),
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder.run / "home")}

    def child_of(code: str) -> Child:
        return Child([sys.executable, "-u", "-c", code], environment, folder.run, lambda line: None)

    def run_transfer(order):
        with child_of(transfer) as child:
            return attempt._follow(child, attempt._watch(child), {})

    attempt._start_runner = lambda isolated: child_of(runner)
    attempt._transfer = run_transfer
    attempt._restore_checkpoint = lambda: None
    return attempt


class Hub:
    url = "http://127.0.0.1"


def ended(attempt: Attempt) -> JobFault:
    with pytest.raises(JobFault) as fault:
        attempt.run()
    return fault.value


POLITE = """
import json, sys
sys.stdin.readline(); sys.stdin.readline()
print(json.dumps({"kind": "checkpoint", "data": {"step": 7}}))
"""
SPREAD = """
import os, time
for number in range(2000):
    with open(f"cache/{number}", "wb") as file:
        file.write(os.urandom(1 << 20))
    time.sleep(0.01)
time.sleep(60)
"""
LEAVES = """
import subprocess, sys, time
code = "import os, time; os.setsid(); held = b'x' * (200 << 20); time.sleep(60)"
subprocess.Popen([sys.executable, "-c", f"import os; os.fork() or exec({code!r})"])
time.sleep(60)
"""


def test_at_its_deadline_a_job_keeps_a_checkpoint_and_is_over(tmp_path):
    attempt = an_attempt(tmp_path, POLITE, seconds=3)

    fault = ended(attempt)

    assert isinstance(fault, TimeLimitExceeded)
    assert (fault.code, fault_of(fault.code)) == ("time_exceeded", Fault.USER)
    assert (EventKind.CHECKPOINT, {"step": 7}) in attempt.reporter.sent


def test_a_transfer_that_hangs_ends_at_the_deadline(tmp_path):
    attempt = an_attempt(
        tmp_path, "import time; time.sleep(60)", transfer="import time; time.sleep(60)", seconds=2
    )
    began = time.monotonic()

    fault = ended(attempt)

    assert fault.code == "time_exceeded"
    assert time.monotonic() - began < 45


def test_a_job_without_a_limit_of_time_has_no_deadline(tmp_path):
    assert an_attempt(tmp_path, POLITE).deadline == math.inf


def test_checkpoints_of_a_job_that_ran_out_of_time_stay_for_a_while(tmp_path):
    folder = JobFolder(tmp_path / "one")
    folder.prepare()
    (folder.checkpoints / "checkpoint-7").mkdir()

    cleanup(folder, Outcome(supervisor.RunState.FAILED, Fault.USER, "time_exceeded"))

    assert (folder.checkpoints / "checkpoint-7").is_dir()
    assert not folder.inputs.exists()


def test_a_job_that_spreads_over_the_disk_is_ended_and_says_how_much_it_took(tmp_path):
    fault = ended(an_attempt(tmp_path, SPREAD, disk_bytes=24 * MIB))

    assert fault.code == "disk_exceeded"
    assert "24 MiB" in fault.message


def test_a_job_cannot_hide_memory_in_a_process_that_left_and_nothing_of_it_stays(tmp_path):
    attempt = an_attempt(tmp_path, LEAVES, memory_bytes=150 * MIB)

    fault = ended(attempt)

    assert fault.code == "memory_exceeded"
    wait_until(lambda: not processes_of_home(attempt.folder.run / "home"), what="the end of all")


@pytest.mark.parametrize("code", ["worker_stopped", "hub_unreachable", "not_isolated"])
def test_a_runner_cannot_say_what_only_the_supervisor_knows(tmp_path, code):
    said = f"""print('{{"kind": "fault", "data": {{"code": "{code}", "message": "Try me again."}}}}')"""

    fault = ended(an_attempt(tmp_path, said))

    assert (fault.code, fault.message) == ("worker_error", "Try me again.")


def test_a_full_disk_that_the_job_itself_filled_is_named_so(tmp_path):
    said = """
open("cache/large", "wb").write(b"x" * (30 << 20))
print('{"kind": "fault", "data": {"code": "disk_full", "message": "Full."}}')
"""

    assert ended(an_attempt(tmp_path, said, disk_bytes=24 * MIB)).code == "disk_exceeded"


# recipes


def test_a_training_of_too_many_steps_is_refused_before_it_begins(recipes, tiny_bert, tmp_path):
    data = write_csv(tmp_path / "d" / "train.csv", some_sentences(100)).parent
    spec = replace(a_spec(epochs=1000, batch_size=1), steps_limit=10_000)

    outcome = recipes.run(tmp_path / "job", spec, model=tiny_bert, dataset=data)

    assert outcome.fault["code"] == "steps_exceeded"
    assert ("90,000" in outcome.fault["message"], "10,000" in outcome.fault["message"]) == (True, True)
    assert not outcome.said("metric")


def test_a_worker_listens_to_the_queue_that_its_machine_can_serve():
    from apps.toolchain.contracts import Hardware

    assert queue_of(Hardware("cpu", "x", 1, 1)) == "cpu"
    assert queue_of(Hardware("cuda", "x", 1, 1, 1)) == "gpu"


# limits of the kernel


def test_a_runner_that_asks_for_far_too_much_memory_at_once_gets_none():
    code = """
from workers.ml.process_limits import limit_resources
limit_resources(file_bytes=2**20, data_bytes=600 * 2**20)
try:
    bytearray(2**30)
except MemoryError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.stdout == "refused\n", done.stderr


def test_a_runner_goes_first_when_the_machine_has_no_memory_left():
    code = """
from workers.ml.process_limits import prefer_oom_kill
prefer_oom_kill()
print(open("/proc/self/oom_score_adj").read())
"""

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.stdout.strip() == "1000"


LEAVES_AND_HOLDS = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    held = b"x" * (200 << 20)
    open("held", "w").close()
time.sleep(60)
"""


def test_in_the_sandbox_nothing_leaves_the_family(tmp_path):
    settings = settings_with(tmp_path)
    bubblewrap = sandbox_check(settings).executable
    if not bubblewrap:
        pytest.skip("bubblewrap does not work on this machine")
    folder = JobFolder(settings.jobs_dir / "one")
    folder.prepare()
    grant_access(folder)
    command = instead_of_runner(runner_command(folder, bubblewrap=bubblewrap), LEAVES_AND_HOLDS)
    with Child(command, runner_environment(folder, {}), folder.run, lambda line: None) as child:
        wait_until((folder.run / "held").exists, what="the memory")

        with pytest.raises(UserFault) as refused:
            MemoryGuard(child.process.pid, limit_bytes=150 * MIB).check()

    assert refused.value.code == "memory_exceeded"
    wait_until(lambda: not alive_with(str(folder.run)), what="the end of all")
