"""A worker whose jobs only wait: the real process, loop, claims and reports, without a model.

It says that it has a GPU, so that the jobs of the benchmark are its own.

usage  python -m tests.tools.bench.queue_worker SECONDS, with the environment of a worker
"""

from __future__ import annotations

import sys
import time

from apps.toolchain.contracts import Claim, EventKind, RunState
from workers.ml import hardware, inventory
from workers.ml.hub import Hub
from workers.ml.loop import JobLoop
from workers.ml.reporter import Reporter

OPTIONS = ["-P", "threads", "-c", "1", "--without-gossip", "--without-mingle", "--without-heartbeat"]


def run(hub: Hub, claim: Claim) -> None:
    with Reporter(hub, claim) as reporter:
        reporter.send(EventKind.STATE, {"state": str(RunState.RUNNING)})
        time.sleep(float(sys.argv[1]))
        reporter.send(EventKind.STATE, {"state": str(RunState.SUCCEEDED)})


def main() -> None:
    hardware.gpu_names = lambda: ["Example GPU"]
    inventory.gpu_memory_bytes = lambda: 8 << 30
    from workers.ml import app  # its queue is that of the hardware

    loop = JobLoop(app.settings(), run)
    app.job_loop = lambda: loop
    app.app.worker_main(["worker", *OPTIONS])


if __name__ == "__main__":
    main()
