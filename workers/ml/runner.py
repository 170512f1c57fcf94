"""The child process that loads models and runs a recipe: `python -m workers.ml.runner FOLDER [--spare]`.

A spare loads the libraries of all recipes before it has a job. Its folder is filled later.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import threading
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from .context import SPARE, CancellationToken, RecipeContext, Streams, open_context, take_streams
from .describe import causes
from .faults import Interruption, JobFault
from .process_limits import limit_resources, prefer_oom_kill
from .ranks import INTERRUPTED_STATUS, is_rank, launch_ranks, use_one_gpu
from .recipes import recipe_function, recipe_modules, silence_libraries

SPARE_NICENESS = 10
DATA_SLACK_BYTES = 4 * 1024**3
NO_SPACE = re.compile(
    r"No space left on device|Disk quota exceeded|\bcode: 28\b|\[?errno 28\b", re.IGNORECASE
)
FILE_TOO_LARGE = re.compile(r"File too large|\bcode: 27\b|\[?errno 27\b", re.IGNORECASE)


def main() -> None:
    prefer_oom_kill()
    root, is_spare = Path(sys.argv[1]), SPARE in sys.argv
    if not is_spare and not is_rank():
        launch_ranks(root)
    status = run(root, take_streams(), is_spare=is_spare)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # skips the libraries' exit handlers, which take two seconds


def run(root: Path, streams: Streams, *, is_spare: bool) -> int:
    """Run the recipe of a folder, which of a spare is filled once the work starts; return the exit status."""
    if is_spare:
        streams.events.emit("spare", {})  # the sandbox is complete: the folder may be moved
        load_libraries(streams.cancellation)
        try:
            streams.cancellation.wait_for_start()
        except Interruption:
            return INTERRUPTED_STATUS
    if not is_rank():
        use_one_gpu()
    context = open_context(root, streams)
    limit_resources(file_bytes=context.file_bytes, data_bytes=data_limit(context))
    return run_recipe(context)


def load_libraries(cancellation: CancellationToken) -> None:
    """Import the recipes one by one until the work starts; those that cannot be imported report it then.

    The running job comes first: on Linux each thread has its own niceness, and the thread that works later
    keeps the usual one.
    """

    def load() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), SPARE_NICENESS)
        with suppress(Exception):
            silence_libraries()
        for module in recipe_modules():
            if cancellation.has_started:
                return
            with suppress(Exception):
                import_module(module)

    loader = threading.Thread(target=load, name="libraries")
    loader.start()
    loader.join()


def run_recipe(context: RecipeContext) -> int:
    """Run the recipe, report how it ended and return the exit status."""
    try:
        recipe = recipe_function(context.spec)  # loads torch while the inputs are downloaded
        context.cancellation.wait_for_start()
        recipe(context)
        context.events.emit("done", {})
    except Interruption:
        return INTERRUPTED_STATUS
    except JobFault as fault:
        code, message = shortage(fault) or (fault.code, fault.message)
        context.events.emit("fault", {"code": code, "message": message})
    except Exception as error:
        report_error(context, error)
    return 0


def report_error(context: RecipeContext, error: Exception) -> None:
    """Report an exception that no recipe handles."""
    traceback.print_exc()
    code, message = shortage(error) or ("worker_error", f"{type(error).__name__}: {error}")
    context.events.emit("fault", {"code": code, "message": message[:2000]})


def data_limit(context: RecipeContext) -> int:
    """Return the limit on private memory: twice the job's share plus slack, since weights are copied."""
    if not context.memory_bytes or context.hardware.device != "cpu":
        return 0
    return 2 * context.memory_bytes + DATA_SLACK_BYTES


def shortage(error: BaseException) -> tuple[str, str] | None:
    """Return code and message of an error caused by a lack of memory or disk space, however it is wrapped."""
    for cause in causes(error):
        if is_out_of_memory(cause):
            advice = "Use a smaller batch, shorter texts or a smaller model."
            return "memory_exceeded", f"The job ran out of memory. {advice}"
        number = cause.errno if isinstance(cause, OSError) else None
        if number in (errno.ENOSPC, errno.EDQUOT) or NO_SPACE.search(str(cause)):
            return "disk_full", "The worker's disk is full."
        if number == errno.EFBIG or FILE_TOO_LARGE.search(str(cause)):
            return "disk_exceeded", "The job wrote a file larger than this worker allows."
    return None


def is_out_of_memory(error: BaseException) -> bool:
    by_type = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return by_type or "can't allocate memory" in str(error)


if __name__ == "__main__":
    main()
