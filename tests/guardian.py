"""Ends the processes of a test run and removes its folders when the run ends, even if it is killed.

As a program it reads folders from its standard input, one per line, until the test run closes it or dies.
Then it ends every process that has such a folder in its command line or environment.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from ecosystem.services.guardian import Guardian

ROOT = Path(__file__).resolve().parent.parent
GRACE_SECONDS, PATIENCE_SECONDS = 5, 30
# the working directory of a shell does not make a process part of the run
IGNORED_VARIABLES = ("PWD", "OLDPWD")


@cache
def guardian() -> Guardian:
    """Return the guardian of this process."""
    # Imported late: it reads the environment, which the test run sets first.
    from ecosystem.services.guardian import Guardian

    code = "import sys; sys.path.insert(0, sys.argv[1]); from tests.guardian import main; main()"
    return Guardian([sys.executable, "-I", "-c", code, str(ROOT)])


def guard(folder: Path) -> None:
    """End the processes of a folder and remove it when this process ends, however it ends."""
    guardian().send(str(folder))


@contextmanager
def guarded_folder(prefix: str) -> Iterator[Path]:
    """A temporary folder that is removed with its processes even if this process is killed."""
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        folder = Path(name)
        folder.chmod(0o711)
        guard(folder)
        yield folder


def belongs_to(process: psutil.Process, folders: set[str]) -> bool:
    """Return whether a process was started for one of the folders; inaccessible processes were not."""
    with suppress(psutil.Error, OSError):
        if any(folder in word for word in process.cmdline() for folder in folders):
            return True
        variables = process.environ()
        return any(
            folder in value
            for name, value in variables.items()
            if name not in IGNORED_VARIABLES
            for folder in folders
        )
    return False


def processes_of(folders: set[str]) -> list[psutil.Process]:
    own = os.getpid()
    return [one for one in psutil.process_iter() if one.pid != own and belongs_to(one, folders)]


def end_processes(folders: set[str]) -> None:
    """Send SIGTERM, then SIGKILL, until no more processes appear."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := processes_of(folders)) and time.monotonic() < deadline:
        for process in found:
            with suppress(psutil.Error):
                process.terminate()
        for process in psutil.wait_procs(found, GRACE_SECONDS)[1]:
            with suppress(psutil.Error):
                process.kill()


def main() -> None:
    folders = {line.strip() for line in sys.stdin if line.strip()}
    if not folders:
        return
    end_processes(folders)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
