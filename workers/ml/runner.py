"""The runner: the child that loads models. `python -m workers.ml.runner FOLDER`"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path

from .deathbed import die_with_parent, limit_resources
from .faults import JobFault, Stopped
from .recipes import recipe_function
from .run import Run, open_run

STOPPED = 75


def main() -> None:
    die_with_parent()
    run = open_run(Path(sys.argv[1]))
    limit_resources(file_bytes=run.file_bytes)
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
        run.voice.say("fault", {"code": fault.code, "message": fault.message})
    except Exception as error:
        report(run, error)
    return 0


def report(run: Run, error: Exception) -> None:
    """Say whose fault an error is that no recipe foresaw."""
    traceback.print_exc()
    code, message = "worker_error", f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        code, message = "memory_exceeded", "The job did not fit into memory. Use a smaller batch, shorter texts or a smaller model."
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        code, message = "disk_full", "The worker's disk is full."
    run.voice.say("fault", {"code": code, "message": message[:2000]})


if __name__ == "__main__":
    main()
