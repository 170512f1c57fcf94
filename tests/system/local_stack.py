"""A local stack for tests: `manage.py up` with a separate data folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.conftest import ROOT, free_port, is_healthy, wait_until

PEOPLE = """
import json
from apps.users.accounts.services import create_person, issue_token
people = [create_person(name, email=f"{{name}}@example.com", password={password!r}) for name in {names}]
print(json.dumps([issue_token(person, name="tests", role="write")[1] for person in people]))
"""


def command_of(process: psutil.Process) -> str:
    """Return the command line of a running process; empty if it has exited."""
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


@dataclass
class TestStack:
    """A stack on a free port of 127.0.0.1.

    folder  its data folder
    """

    __test__ = False
    folder: Path
    port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        return {
            **keep,
            "DATA_DIR": str(self.folder),
            "PORT": str(self.port),
            "ECOSYSTEM_TEST": "1",
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    @property
    def output(self) -> str:
        file = self.folder / "up.log"
        return file.read_text() if file.exists() else ""

    def manage(self, *arguments: str) -> str:
        """Run a management command and return its output."""
        command = [sys.executable, "manage.py", *arguments]
        run = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    def shell(self, code: str) -> str:
        """Run code in the site's shell and return its last line of output."""
        return self.manage("shell", "-v", "0", "-c", code).splitlines()[-1]

    def started_shell(self, code: str) -> tuple[subprocess.Popen, str]:
        """Start code in the site's shell; return the process, which goes on, and its first line of output."""
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)
        return process, process.stdout.readline().strip()

    def people(self, *names: str, password: str | None = None) -> list[str]:
        """Create people and return a write token for each."""
        return json.loads(self.shell(PEOPLE.format(names=names, password=password)))

    def start(self) -> float:
        """Start the stack and wait until it is ready; return how many seconds that took."""
        self.folder.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        with (self.folder / "up.log").open("wb") as log:
            command = [sys.executable, "manage.py", "up", *self.options]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(
            lambda: " is up at " in self.output or self.process.poll() is not None,
            seconds=120,
            what="the stack",
        )
        assert self.process.poll() is None, self.output
        return time.monotonic() - began

    def refused(self) -> str:
        """Start a second stack with the same folder and port and return its output."""
        command = [sys.executable, "manage.py", "up", *self.options]
        run = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert run.returncode != 0
        return run.stdout + run.stderr

    def parts(self) -> list[psutil.Process]:
        """Return the stack's processes: its children, and servers whose files are in its folder."""
        found = (
            psutil.Process(self.process.pid).children(recursive=True)
            if psutil.pid_exists(self.process.pid)
            else []
        )
        for process in psutil.process_iter(["cmdline"]):
            if (
                any(str(self.folder) in word for word in process.info["cmdline"] or [])
                and process not in found
            ):
                found.append(process)
        return found

    def has_part(self, word: str, *, other_than: psutil.Process) -> bool:
        """Return whether a running process other than the given one has a word in its command line."""
        return any(word in command_of(part) for part in self.parts() if part.pid != other_than.pid)

    def part(self, word: str) -> psutil.Process:
        """Return the oldest process whose command line contains a word."""
        found = [process for process in self.parts() if word in command_of(process)]
        return min(found, key=lambda process: process.create_time())

    def is_up(self) -> bool:
        return is_healthy(f"{self.url}/readyz")

    def stop(self, number: int = 15) -> None:
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, number)
            self.process.wait(60)
