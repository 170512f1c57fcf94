"""Ends what a test run has started, and removes its folder, when the run is over: also one that was killed.

Run as a program, this reads folders from its standard input, one a line, until the test run closes it or is gone. Every process
that was started for such a folder is ended: one that names it in its command line, or in a variable of its environment.
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
# where somebody's shell stands, not what a process was started for
PLACES = ("PWD", "OLDPWD")


@cache
def guardian() -> Guardian:
    """Return the guardian of this process."""
    # what it comes with reads the environment: a test run sets that first
    from ecosystem.services.guardian import Guardian

    code = "import sys; sys.path.insert(0, sys.argv[1]); from tests.guardian import main; main()"
    return Guardian([sys.executable, "-I", "-c", code, str(ROOT)])


def guard(folder: Path) -> None:
    """Have the processes of a folder ended and the folder removed at the end of this process, however it ends."""
    guardian().send(str(folder))


@contextmanager
def guarded_folder(prefix: str) -> Iterator[Path]:
    """A temporary folder, of which nothing is left even if this process is killed."""
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        folder = Path(name)
        folder.chmod(0o711)
        guard(folder)
        yield folder


def belongs_to(process: psutil.Process, folders: set[str]) -> bool:
    """Return whether a process was started for one of the folders; one that may not be looked into was not."""
    with suppress(psutil.Error, OSError):
        if any(folder in word for word in process.cmdline() for folder in folders):
            return True
        variables = process.environ()
        return any(
            folder in value for name, value in variables.items() if name not in PLACES for folder in folders
        )
    return False


def processes_of(folders: set[str]) -> list[psutil.Process]:
    own = os.getpid()
    return [one for one in psutil.process_iter() if one.pid != own and belongs_to(one, folders)]


def end_processes(folders: set[str]) -> None:
    """SIGTERM, then SIGKILL, until nothing new comes up."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while (found := processes_of(folders)) and time.monotonic() < ends:
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
