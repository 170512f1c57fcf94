"""A test run that is killed leaves nothing behind: no process, no folder."""

import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT, wait_until
from tests.guardian import processes_of

pytestmark = pytest.mark.slow
EXECUTABLES = ("gunicorn", "caddy", "postgres", "valkey-server", "celery")
GONE_SECONDS = 60


def running_executables(folders: set[str]) -> set[str]:
    lines = [" ".join(process.cmdline()) for process in processes_of(folders)]
    return {name for name in EXECUTABLES if any(name in line for line in lines)}


@pytest.mark.parametrize(
    ("number", "options"),
    [(signal.SIGKILL, []), (signal.SIGTERM, []), (signal.SIGKILL, ["-n", "1"])],
    ids=["killed", "terminated", "controller-killed"],
)
def test_a_killed_run_leaves_nothing_behind(tmp_path, number, options):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    ready, log = tmp_path / "ready", tmp_path / "run.log"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    with log.open("wb") as out:
        run = subprocess.Popen(
            [*command, "tests/system/killed_run.py"],
            cwd=ROOT,
            env={**kept, "READY_FILE": str(ready)},
            stdout=out,
            stderr=out,
        )
    wait_until(lambda: ready.exists() or run.poll() is not None, seconds=150, what="the run")
    assert run.poll() is None, log.read_text()
    own, whole = ready.read_text().split()
    folders = {own, whole}
    assert {"gunicorn", "postgres", "valkey-server"} <= running_executables({own})
    assert running_executables(folders) == set(EXECUTABLES)

    run.send_signal(number)
    run.wait(30)

    wait_until(lambda: not processes_of(folders), seconds=GONE_SECONDS, what="the end of all processes")
    wait_until(
        lambda: not any(map(os.path.exists, folders)), seconds=GONE_SECONDS, what="the end of all folders"
    )
