"""The runner: the child that loads models. `python -m workers.ml.runner FOLDER`"""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from .deathbed import die_with_parent, go_first, limit_resources
from .faults import JobFault, Stopped
from .recipes import recipe_function
from .run import Run, open_run

STOPPED = 75
DATA_SLACK_BYTES = 4 * 1024**3
NO_ROOM = re.compile(r"No space left on device|Disk quota exceeded|\bcode: 28\b|\[?errno 28\b", re.IGNORECASE)
TOO_BIG = re.compile(r"File too large|\bcode: 27\b|\[?errno 27\b", re.IGNORECASE)


def main() -> None:
    die_with_parent()
    run = open_run(Path(sys.argv[1]))
    go_first()
    limit_resources(file_bytes=run.file_bytes, data_bytes=data_limit(run))
    status = perform(run)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # what the libraries would tidy up now takes them two seconds


def perform(run: Run) -> int:
    """Run the recipe, say how it ended, and return the exit status."""
    try:
        recipe = recipe_function(run.spec)  # loads torch while the inputs arrive
        run.stop.wait_for_start()
        recipe(run)
        run.voice.say("done", {})
    except Stopped:
        return STOPPED
    except JobFault as fault:
        code, message = shortage(fault) or (fault.code, fault.message)
        run.voice.say("fault", {"code": code, "message": message})
    except Exception as error:
        report(run, error)
    return 0


def report(run: Run, error: Exception) -> None:
    """Say whose fault an error is that no recipe foresaw."""
    traceback.print_exc()
    code, message = shortage(error) or ("worker_error", f"{type(error).__name__}: {error}")
    run.voice.say("fault", {"code": code, "message": message[:2000]})


def data_limit(run: Run) -> int:
    """Return how much memory of its own a process of the run may ask for: weights are mapped and copied, so twice its share, and some."""
    return 2 * run.memory_bytes + DATA_SLACK_BYTES if run.memory_bytes and run.hardware.device == "cpu" else 0


def shortage(error: BaseException) -> tuple[str, str] | None:
    """Return the fault behind an error that comes from a want of memory or disk, however the libraries wrapped it."""
    for cause in causes(error):
        text = str(cause)
        if (
            isinstance(cause, MemoryError)
            or type(cause).__name__ == "OutOfMemoryError"
            or "can't allocate memory" in text
        ):
            return (
                "memory_exceeded",
                "The job did not fit into memory. Use a smaller batch, shorter texts or a smaller model.",
            )
        number = cause.errno if isinstance(cause, OSError) else None
        if number in (errno.ENOSPC, errno.EDQUOT) or NO_ROOM.search(text):
            return "disk_full", "The worker's disk is full."
        if number == errno.EFBIG or TOO_BIG.search(text):
            return "disk_exceeded", "The job wrote a file that is larger than a job may write."
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from."""
    current: BaseException | None = error
    for _ in range(20):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__


if __name__ == "__main__":
    main()
