"""`python -m workers.ml`: run a worker, woken by the queue if there is one, else asking at intervals."""

from __future__ import annotations

import os
import signal
import sys

from .app import job_loop, settings, start
from .supervisor import stopping

CELERY = ("-m", "celery", "-A", "workers.ml.app", "worker", "-P", "threads", "-c", "1")
# the queue's user may not talk to other workers
SILENT = ("--without-gossip", "--without-mingle", "--without-heartbeat")


def main() -> None:
    """Run until SIGTERM or SIGINT; a job saves a checkpoint first.

    raises  SystemExit naming missing settings
    """
    if settings().queue_url:
        os.execv(sys.executable, [sys.executable, *CELERY, *SILENT])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    start()
    while not stopping.wait(1):
        continue
    job_loop().join()


if __name__ == "__main__":
    main()
