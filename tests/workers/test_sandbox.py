"""What a child in the sandbox can reach, how it dies, and what a worker without bubblewrap says."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import wait_until
from workers.ml.attempt import Attempt, fault_named
from workers.ml.child import Child
from workers.ml.faults import Cancelled, OurFault, YourFault
from workers.ml.folder import JobFolder
from workers.ml.sandbox import ROOT, bubblewrap_works, is_isolated, runner_command, runner_environment
from workers.ml.settings import Isolation, read_settings

needs_bubblewrap = pytest.mark.skipif(not bubblewrap_works(), reason="bubblewrap does not work on this machine")
PROBE = (
    """
import json, os, socket, sys
def tried(act):
    try: act()
    except OSError as error: return type(error).__name__
    return "done"
inputs, run, other, secret, port = sys.argv[1:]
print(json.dumps({
    "network": tried(lambda: socket.create_connection(("127.0.0.1", int(port)), 2)),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "read inputs": tried(lambda: open(inputs + "/order.json").read()),
    "write inputs": tried(lambda: open(inputs + "/mine", "w")),
    "write run": tried(lambda: open(run + "/mine", "w")),
    "other job": tried(lambda: open(other).read()),
    "secret": tried(lambda: open(secret).read()),
    "code": tried(lambda: open("%s/workers/ml/runner.py", "a")),
    "names": sorted(os.environ), "processes": [name for name in os.listdir("/proc") if name.isdigit()],
}))
"""
    % ROOT
)


@pytest.fixture
def folder(tmp_path) -> JobFolder:
    folder = JobFolder(tmp_path / "jobs" / "one")
    folder.prepare()
    folder.order.write_text("{}")
    return folder


def instead_of_runner(command: list[str], code: str, *arguments: object) -> list[str]:
    """Return the sandboxed command with other code in place of the runner."""
    return [*command[: command.index("-m")], "-c", code, *map(str, arguments)]


@needs_bubblewrap
def test_the_child_reaches_neither_network_nor_other_jobs_nor_secrets(folder, tmp_path):
    other, secret = tmp_path / "jobs" / "two.txt", ROOT / "pyproject.toml"
    other.write_text("another job's")
    sandbox = runner_command(folder, isolated=True)
    environment = runner_environment(folder, {"BANYAN_WORKER_TOKEN": "hf_secret", "DATABASE_URL": "postgresql:"})
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), 2).close()
        command = instead_of_runner(sandbox, PROBE, folder.inputs, folder.run, other, secret, port)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)

    assert found["network"] != "done"
    assert found["interfaces"] in (["lo"], [])
    assert (found["read inputs"], found["write run"]) == ("done", "done")
    assert found["write inputs"] == found["code"] == "OSError"
    assert (found["other job"], found["secret"]) == ("FileNotFoundError", "FileNotFoundError")
    assert len(found["processes"]) <= 2
    assert not [name for name in found["names"] if name.endswith(("_TOKEN", "_URL")) or "BANYAN" in name]


@pytest.mark.parametrize("isolated", [pytest.param(True, marks=needs_bubblewrap), False])
def test_a_child_dies_with_a_killed_supervisor(folder, tmp_path, isolated):
    code = "import time; from workers.ml.deathbed import die_with_parent; die_with_parent(); open('alive', 'w'); time.sleep(60)"
    command = instead_of_runner(runner_command(folder, isolated=isolated), code)
    parent = f"import subprocess, time; subprocess.Popen({command!r}, start_new_session=True); time.sleep(60)"
    environment = runner_environment(folder, {})

    supervisor = subprocess.Popen([sys.executable, "-c", parent], env=environment, cwd=folder.run)
    wait_until((folder.run / "alive").exists, what="the child")
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()

    wait_until(lambda: not alive_with(str(folder.run)), seconds=5, what="the child's end")


def alive_with(text: str) -> list[str]:
    """Return the processes, zombies aside, whose working folder or command names a text."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if "\nState:\tZ" not in (process / "status").read_text() and text in str((process / "cwd").readlink()):
                found.append(process.name)
        except OSError:
            continue
    return found


def a_child(code: str, lines: list[str] | None = None) -> Child:
    kept = lines if lines is not None else []
    return Child([sys.executable, "-u", "-c", code], {"PATH": os.environ["PATH"]}, Path("/"), kept.append)


def test_messages_come_in_order_and_everything_else_is_a_line():
    lines: list[str] = []
    code = """
import json, sys
for number in range(300): print(json.dumps({"kind": "metric", "data": {"step": number}}))
print("no json"); print('{"kind": 1}'); print("x" * 300_000); print("aside", file=sys.stderr)
"""
    with a_child(code, lines) as child:
        steps = [message["data"]["step"] for message in child.messages(lambda: None)]

    assert steps == list(range(300))
    assert {"no json", '{"kind": 1}', "aside"} <= set(lines)
    assert max(map(len, lines)) <= 256 * 1024


def test_a_stop_lets_the_child_finish_and_a_deaf_one_is_killed():
    polite = 'import sys; sys.stdin.read(); print(\'{"kind": "checkpoint", "data": {"step": 7}}\')'
    with a_child(polite) as child:
        assert child.stop(10) == [{"kind": "checkpoint", "data": {"step": 7}}]

    with a_child("import time; time.sleep(60)") as deaf:
        began = time.monotonic()
        assert deaf.stop(0.3) == []
        assert time.monotonic() - began < 3
        assert deaf.exit_status() == -signal.SIGKILL


def test_what_the_check_raises_ends_the_waiting():
    def check() -> None:
        raise Cancelled

    with a_child("import time; time.sleep(60)") as child, pytest.raises(Cancelled):
        next(child.messages(check))


def settings_with(tmp_path: Path, **extra: str):
    needed = {"BANYAN_QUEUE_URL": "redis://127.0.0.1", "BANYAN_HUB_URL": "http://127.0.0.1/", "BANYAN_WORKER_TOKEN": "hf_x"}
    return read_settings({**needed, "BANYAN_WORK_DIR": str(tmp_path), **extra})


def test_settings_name_what_is_missing_or_wrong(tmp_path):
    with pytest.raises(SystemExit, match="BANYAN_QUEUE_URL, BANYAN_WORKER_TOKEN"):
        read_settings({"BANYAN_HUB_URL": "http://127.0.0.1"})
    with pytest.raises(SystemExit, match="wrong"):
        settings_with(tmp_path, BANYAN_ISOLATION="perhaps")
    assert settings_with(tmp_path).hub_url == "http://127.0.0.1"


class Lines:
    """Stands in for a reporter and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def line(self, text: str, level: str = "info") -> None:
        self.told.append((level, text))


def test_without_bubblewrap_the_log_says_so_and_a_strict_worker_refuses(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("workers.ml.sandbox.bubblewrap_works", lambda: False)
    lines, never = Lines(), threading.Event()

    lax = Attempt(None, None, lines, folder, settings_with(tmp_path), never)
    strict = Attempt(None, None, lines, folder, settings_with(tmp_path, BANYAN_ISOLATION="required"), never)

    assert lax.is_isolated() is False
    assert lines.told == [("warning", "This job is not isolated: bubblewrap is off or does not work on this worker.")]
    with pytest.raises(OurFault) as refused:
        strict.is_isolated()
    assert refused.value.code == "not_isolated"


def test_isolation_can_be_turned_off_and_a_fault_keeps_its_owner(tmp_path):
    assert not is_isolated(replace(settings_with(tmp_path), isolation=Isolation.OFF))
    assert isinstance(fault_named("column_missing", ""), YourFault)
    assert isinstance(fault_named("made up", ""), OurFault)
