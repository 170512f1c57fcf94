"""How long workers are idle while jobs wait, and how long people wait for their turn."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, wait_until
from tests.system.local_stack import TestStack

JOB_SECONDS = 1.0
WORKERS, JOBS, WAKE_UPS = 4, 50, 5
MANY, FEW = 40, 2

PREPARE = """
import json
from apps.users.accounts.models import TokenRole, User
from apps.users.accounts.services import create_person, issue_token
from ecosystem import env
for name in {names}:
    create_person(name, email=f"{{name}}@example.com", password="a-long-test-passphrase")
staff = User.objects.filter(is_staff=True).first()
print(json.dumps([issue_token(staff, name="bench", role=TokenRole.WORKER)[1], env.queue().worker]))
"""
ORDER = """
import json
from django.conf import settings
import ecosystem.celery
from apps.toolchain.contracts import PinnedRepo
from apps.toolchain.jobs.services import submit_job
from apps.users.accounts.actors import actor_for_user
from apps.users.accounts.models import User
settings.USAGE_LIMITS["active_jobs"] = None
pins = {{name: PinnedRepo(name, f"{{name}}/x", "a" * 40) for name in ("model", "dataset")}}
ids = []
for name, count in {orders}:
    actor = actor_for_user(User.objects.get(username=name))
    for _ in range(count):
        job = submit_job(
            actor=actor, kind="evaluate", recipe="text-classification", inputs=pins, device="gpu"
        )
        ids.append(str(job.pk))
print(json.dumps(ids))
"""
TIMES = """
import json
from apps.toolchain.jobs.models import Job
rows = Job.objects.filter(pk__in={ids}).select_related("worker", "namespace")
print(json.dumps([[one.state, one.namespace.name, one.worker.name if one.worker else "",
    *[moment.timestamp() if moment else 0 for moment in (one.queued_at, one.claimed_at, one.finished_at)]]
    for one in rows]))
"""
COUNT = """
from apps.toolchain.jobs.models import Worker
print(Worker.objects.filter(has_gpu=True).count())
"""


@dataclass(frozen=True)
class Run:
    """One job that has ended."""

    person: str
    worker: str
    queued: float
    claimed: float
    finished: float


@contextlib.contextmanager
def workers(stack: TestStack, token: str, queue: str, folder: Path) -> Iterator[None]:
    """Run the workers, and wait until each has asked for a job."""
    processes = []
    for number in range(WORKERS):
        work = folder / f"worker-{number}"
        work.mkdir(parents=True)
        facts = {
            "BANYAN_HUB_URL": stack.url,
            "BANYAN_QUEUE_URL": queue,
            "BANYAN_WORKER_TOKEN": token,
            "BANYAN_WORKER_NAME": work.name,
            "BANYAN_WORK_DIR": str(work),
        }
        with (work / "log").open("ab") as log:
            command = [sys.executable, "-m", "tests.tools.bench.queue_worker", str(JOB_SECONDS)]
            environment = {"PATH": os.environ["PATH"], "HOME": str(work), **facts}
            processes.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log))
    try:
        wait_until(lambda: int(stack.shell(COUNT)) >= WORKERS, seconds=120, what="the workers")
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def order(stack: TestStack, *orders: tuple[str, int]) -> list[str]:
    return json.loads(stack.shell(ORDER.format(orders=list(orders))))


def ended(stack: TestStack, ids: list[str]) -> list[Run]:
    """Wait for jobs and return their times, in the order of their claims."""

    def finished() -> list[list[Any]]:
        rows = json.loads(stack.shell(TIMES.format(ids=ids)))
        return rows if all(row[0] == "succeeded" for row in rows) else []

    rows = wait_until(finished, seconds=300, every=1, what="the jobs")
    return sorted((Run(*row[1:]) for row in rows), key=lambda run: run.claimed)


def gaps(runs: list[Run]) -> list[float]:
    """Return the idle times of the workers between two jobs while others waited."""
    last = max(run.claimed for run in runs)
    found = []
    for name in {run.worker for run in runs}:
        own = [run for run in runs if run.worker == name]
        found += [after.claimed - before.finished for before, after in pairwise(own)]
        if own[-1].finished < last:
            found.append(last - own[-1].finished)
    return found


def measure(stack: TestStack, folder: Path) -> dict[str, float]:
    """Return seconds: of wake-ups, of idle workers, and of waits for one's turn."""
    names = ["bench-many", "bench-few"]
    token, queue = json.loads(stack.shell(PREPARE.format(names=names)))
    with workers(stack, token, queue, folder):
        woken = [ended(stack, order(stack, (names[0], 1)))[0] for _ in range(WAKE_UPS)]
        idle = gaps(ended(stack, order(stack, (names[0], JOBS))))
        mixed = ended(stack, order(stack, (names[0], MANY), (names[1], FEW)))
    second = [run for run in mixed if run.person == names[1]]
    overtaking = [run for run in mixed if second[0].queued < run.claimed < second[0].claimed]
    return {
        "wake": statistics.median(run.claimed - run.queued for run in woken),
        "idle": statistics.mean(idle),
        "idle_p95": sorted(idle)[int(0.95 * (len(idle) - 1))],
        "wait": max(run.claimed - run.queued for run in second),
        "overtaken": len(overtaking),
    }
