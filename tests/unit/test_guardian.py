"""The children of a killed parent end, whatever user runs it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from ecosystem.services import guardian
from ecosystem.services.guardian import Guardian, groups_left
from tests.conftest import ROOT, wait_until
from tests.guardian import processes_of

# A parent with three children, one of which ended and was unregistered.
PARENT = """
import subprocess, sys, time
from functools import partial
from guardian import Guardian
guard = Guardian()
def child(code, grace):
    return subprocess.Popen([sys.executable, "-c", code, "child"], start_new_session=True,
        preexec_fn=partial(guard.register_self, grace))
polite = child("import time; time.sleep(600)", 30)
stubborn = child('''
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", code])
time.sleep(600)
''', 1)
ended = child("", 30)
ended.wait()
guard.forget(ended.pid)
time.sleep(1)
print(polite.pid, stubborn.pid, guard.process.pid, flush=True)
time.sleep(600)
"""


def is_there(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def place():
    """A folder that every user may read, with only the guardian's module."""
    folder = Path(tempfile.mkdtemp(prefix="guardian-"))
    folder.chmod(0o755)
    shutil.copy(guardian.__file__, folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=["", "nobody"])
def run_as(request):
    """Process arguments for our own user, and as root also for an ordinary user."""
    if not request.param:
        return {}
    if os.geteuid() != 0:
        pytest.skip("only root may become another user")
    return {"user": request.param, "extra_groups": []}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_children_end_with_a_parent_that_is_killed(place, run_as, number):
    python = os.path.realpath(sys.executable)
    parent = subprocess.Popen(
        [python, "-c", PARENT],
        cwd=place,
        env={"PYTHONPATH": str(place)},
        stdout=subprocess.PIPE,
        text=True,
        **run_as,
    )
    while len(line := parent.stdout.readline().split()) != 3:
        assert parent.poll() is None
    polite, stubborn, keeper = map(int, line)
    family = [polite, stubborn, *(one.pid for one in psutil.Process(stubborn).children())]
    assert len(family) == 3
    assert all(map(is_there, family))

    parent.send_signal(number)
    parent.wait(10)

    wait_until(lambda: not any(map(is_there, family)), seconds=10, what="the end of the children")
    wait_until(lambda: not is_there(keeper), seconds=10, what="the end of the guardian")


TOOL = """
import os, subprocess, sys, time
from tests.guardian import guarded_folder
with guarded_folder("banyan-tool-") as folder:
    named = [sys.executable, "-c", "import time; time.sleep(600)", str(folder)]
    subprocess.Popen(named, start_new_session=True)
    subprocess.Popen(["sleep", "600"], env={"DATA_DIR": str(folder / "d")}, start_new_session=True)
    subprocess.Popen(["sleep", "600"], env={}, start_new_session=True)
    print(folder, flush=True)
    time.sleep(600)
"""


def test_a_killed_tool_ends_its_own_processes_and_removes_its_folder():
    tool = subprocess.Popen([sys.executable, "-c", TOOL], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    folder = tool.stdout.readline().strip()

    def strangers() -> list[psutil.Process]:
        # a child that has not yet become its program still shows the tool's command line
        children = psutil.Process(tool.pid).children()
        return [one for one in children if one.cmdline() == ["sleep", "600"] and not one.environ()]

    wait_until(strangers, seconds=20, what="the start of the stranger")
    [stranger] = strangers()
    wait_until(lambda: len(processes_of({folder})) == 2, seconds=20, what="the start of the processes")

    tool.kill()
    tool.wait()

    wait_until(lambda: not processes_of({folder}), seconds=20, what="the end of the processes")
    wait_until(lambda: not os.path.exists(folder), seconds=20, what="the end of the folder")
    assert is_there(stranger.pid)
    stranger.kill()


def test_what_ended_in_order_is_left_alone():
    lines = ["start 10 5", "start 11 2.5", "end 10", "start 12 1", "end 13"]

    assert groups_left(lines) == {11: 2.5, 12: 1.0}


def test_a_guardian_that_is_closed_ends_what_is_registered_and_then_itself():
    guard = Guardian()
    child = subprocess.Popen(
        ["sleep", "60"], start_new_session=True, preexec_fn=lambda: guard.register_self(10)
    )
    assert child.poll() is None

    os.close(guard.pipe)

    assert child.wait(10) == -signal.SIGTERM
    assert guard.process.wait(10) == 0


def test_a_killed_guardian_is_replaced():
    guard = Guardian()
    guard.process.kill()
    guard.process.wait()

    guard.register(os.getpid(), 1)

    assert not guard.is_alive()
    guard.close()
