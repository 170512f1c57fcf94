"""What a worker has and how it is: its self-check, checkpoints of jobs, inputs downloaded lately."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from shutil import disk_usage, which

import psutil

from apps.toolchain.contracts import PROTOCOL, NextRequest, WorkerHello, fingerprints

from .folder import JobFolder, is_real_directory
from .hardware import hardware, versions, visible_gpus
from .sandbox import sandbox_check
from .settings import Isolation, WorkerSettings

COMMITS_FILE = "commits.json"
COMMITS_LIMIT, JOBS_LIMIT = 200, 200
GPU_CHECK_SECONDS = 20
# less free memory than this, and not even the libraries of a job fit
LEAST_MEMORY_BYTES = 256 * 1024**2


def hello(settings: WorkerSettings) -> WorkerHello:
    """Return what this worker is."""
    return WorkerHello(
        worker=settings.name,
        protocol=PROTOCOL,
        hardware=hardware(),
        versions=versions(),
        recipes=fingerprints(),
        takes_untrusted=settings.isolation == Isolation.OFF or bool(sandbox_check(settings).executable),
        memory_bytes=gpu_memory_bytes() if hardware().device == "cuda" else settings.memory_bytes,
    )


def next_request(settings: WorkerSettings) -> NextRequest:
    """Return how this worker is now."""
    free = disk_usage(settings.jobs_dir).free - settings.reserve_bytes
    return NextRequest(
        problems=tuple(self_check(settings)),
        disk_bytes=max(0, min(settings.disk_bytes, free)),
        held_jobs=tuple(held_jobs(settings.jobs_dir)),
        cached_commits=tuple(known_commits(settings.work_dir)),
    )


def self_check(settings: WorkerSettings) -> Iterable[str]:
    """Yield what would make every job fail here."""
    if disk_usage(settings.jobs_dir).free <= settings.reserve_bytes:
        yield "The disk is full."
    if psutil.virtual_memory().available < LEAST_MEMORY_BYTES:
        yield "The machine is out of memory."
    if hardware().device == "cuda" and not gpu_memory_bytes():
        yield "The GPU does not answer."


def gpu_memory_bytes() -> int:
    """Return the memory of the GPU that jobs use, 0 if the driver does not answer."""
    executable = which("nvidia-smi")
    if executable is None:
        return 0
    query = ["--query-gpu=memory.total", "--format=csv,noheader,nounits", f"--id={visible_gpus()[0]}"]
    try:
        answer = subprocess.run(
            [executable, *query], capture_output=True, text=True, timeout=GPU_CHECK_SECONDS, check=True
        )
        return int(answer.stdout.strip().splitlines()[0]) * 1024**2
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return 0


def held_jobs(jobs_dir: Path) -> list[str]:
    """Return the ids of jobs with checkpoints here, newest first."""
    locks = sorted(jobs_dir.glob("*.lock"), key=lambda one: one.stat().st_mtime, reverse=True)
    names = [lock.stem for lock in locks if _has_checkpoints(JobFolder(lock.with_suffix("")))]
    return names[:JOBS_LIMIT]


def _has_checkpoints(folder: JobFolder) -> bool:
    return is_real_directory(folder.checkpoints) and any(folder.checkpoints.iterdir())


def known_commits(work_dir: Path) -> list[str]:
    """Return commits whose files were downloaded lately, newest first."""
    try:
        found = json.loads((work_dir / COMMITS_FILE).read_text())
    except (OSError, ValueError):
        return []
    return [str(one)[:64] for one in found][:COMMITS_LIMIT] if isinstance(found, list) else []


def remember_commits(work_dir: Path, commits: Iterable[str]) -> None:
    """Note commits whose files were downloaded, so that the hub prefers jobs that need them here."""
    names = list(dict.fromkeys([*commits, *known_commits(work_dir)]))[:COMMITS_LIMIT]
    draft = work_dir / f".{COMMITS_FILE}"
    draft.write_text(json.dumps(names))
    draft.replace(work_dir / COMMITS_FILE)
