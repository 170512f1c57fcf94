"""A real machine-learning worker for tests: the Celery process of production with its own folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

import ecosystem.celery  # noqa: F401  the application that sends jobs to the queue
from apps.toolchain.contracts import JobKind, OutputRepo, PinnedRepo
from apps.toolchain.jobs.models import Job, JobEvent
from apps.toolchain.jobs.services import submit_job
from ecosystem import env
from tests.conftest import Site, wait_until
from tests.makers import Person
from workers.ml.sandbox import ROOT

PUBLISH = """
import sys
from huggingface_hub import HfApi
kind, address, folder = sys.argv[1:]
api = HfApi()
api.create_repo(address, repo_type=kind, private=kind == "dataset")
print(api.upload_folder(repo_id=address, repo_type=kind, folder_path=folder).oid)
"""
COMMAND = [
    "-m",
    "celery",
    "-A",
    "workers.ml.app",
    "worker",
    "--pool",
    "threads",
    "-c",
    "1",
    "--without-mingle",
    "--without-gossip",
    "--without-heartbeat",
]


@dataclass
class MlWorker:
    """The worker's process; `kill` ends it without warning."""

    site: Site
    token: str
    folder: Path
    process: subprocess.Popen | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    def start(self) -> MlWorker:
        self.folder.mkdir(exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "BANYAN_QUEUE_URL": env.queue().worker,
            "BANYAN_HUB_URL": self.site.url,
            "BANYAN_WORKER_TOKEN": self.token,
            "BANYAN_WORK_DIR": str(self.folder),
            "BANYAN_WORKER_NAME": "test worker",
            "BANYAN_RECIPES": os.environ["BANYAN_RECIPES"],
            **self.extra,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *COMMAND], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        return self

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def runners(self) -> list[psutil.Process]:
        """Return the processes of the running job, sandbox included; not those of a spare that waits."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        waiting = [lock.stem for lock in (self.folder / "spares").glob("*.lock")]
        return [child for child in below if is_alive(child) and is_of_job(child.cmdline(), waiting)]


def is_of_job(command: list[str], waiting: list[str]) -> bool:
    is_waiting = any(name in word for word in command for name in waiting)
    return "workers.ml.runner" in command and not is_waiting


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process is running and not a zombie."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def publish(client_env: dict[str, str], person: Person, kind: str, name: str, folder: Path) -> PinnedRepo:
    """Upload a folder with the hub client and return the pinned repository; datasets are private."""
    address = f"{person.name}/{name}"
    command = [sys.executable, "-c", PUBLISH, kind, address, str(folder)]
    done = subprocess.run(
        command, env={**client_env, "HF_TOKEN": person.token}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return PinnedRepo(kind, address, done.stdout.strip().splitlines()[-1])


def order(
    person: Person, model: PinnedRepo, dataset: PinnedRepo, *, output: str = "tuned", **params: Any
) -> Job:
    """Submit a quick fine-tune, or an evaluation if there is no output."""
    kind = JobKind.FINE_TUNE if output else JobKind.EVALUATE
    quick = {"learning_rate": 5e-3, "batch_size": 16} if output else {}
    made = OutputRepo("model", f"{person.name}/{output}") if output else None
    inputs = {"model": model, "dataset": dataset}
    return submit_job(
        actor=person.actor,
        kind=kind,
        recipe="text-classification",
        inputs=inputs,
        output=made,
        params={**quick, **params},
    )


def wait_for(job: Job, *states: str, seconds: float = 60) -> Job:
    """Wait until the job is in one of the states."""

    def state() -> bool:
        job.refresh_from_db()
        return job.state in states

    try:
        wait_until(state, seconds=seconds, every=0.1, what=f"{' or '.join(states)}")
    except TimeoutError as error:
        lines = [
            f"{event.kind} {event.data}" for event in JobEvent.objects.filter(job=job).order_by("-pk")[:15]
        ]
        raise TimeoutError(
            f"{error}: {job.state} {job.code} {job.message}\n" + "\n".join(reversed(lines))
        ) from None
    return job


def wait_for_step(job: Job, step: int, *, seconds: float = 60) -> None:
    """Wait until the hub has a checkpoint of at least that step."""
    wait_until(
        lambda: (Job.objects.get(pk=job.pk).checkpoint_step or 0) >= step,
        seconds=seconds,
        what=f"the checkpoint of step {step}",
    )


def losses(job: Job, attempt: int | None = None) -> dict[int, float]:
    """Return the loss of each step; the newest attempt counts."""
    rows = JobEvent.objects.filter(
        job=job, kind="metric", **({} if attempt is None else {"attempt": attempt})
    ).order_by("pk")
    return {row.data["step"]: row.data["values"]["loss"] for row in rows if "loss" in row.data["values"]}
