"""The worker's settings, read from the environment."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from shutil import disk_usage

from .hardware import memory_bytes

MIB, GIB = 1024**2, 1024**3
CACHE_GIB = 20.0


class Isolation(StrEnum):
    """Whether jobs must be isolated.

    required  users' jobs run in bubblewrap or not at all
    off       everybody who may submit jobs is trusted
    """

    REQUIRED = "required"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Settings of a worker.

    queue_url      where it is woken; "" for a worker that only asks at intervals
    memory_bytes   limit on the memory of a job's processes together
    output_bytes   largest file that a job may write
    disk_bytes     limit on a job's disk usage: inputs, caches, checkpoints and output
    reserve_bytes  free disk space to keep
    keep_seconds   how long the checkpoints of a job that may be retried are kept
    has_spare      whether a runner with loaded libraries waits for the next job
    stores_checkpoints  whether the site keeps checkpoints, from which other workers resume
    cache_bytes    limit on the inputs that are kept for further jobs, 0 for no cache
    """

    queue_url: str
    hub_url: str
    token: str
    work_dir: Path
    name: str
    isolation: Isolation
    memory_bytes: int
    output_bytes: int
    disk_bytes: int
    reserve_bytes: int
    keep_seconds: int
    has_spare: bool = True
    stores_checkpoints: bool = True
    cache_bytes: int = 0

    @property
    def jobs_dir(self) -> Path:
        return self.work_dir / "jobs"

    @property
    def spares_dir(self) -> Path:
        """On the disk of the jobs' folders, whose place its folders take."""
        return self.work_dir / "spares"

    @property
    def cache_dir(self) -> Path:
        return self.work_dir / "cache"


def read_settings(environment: Mapping[str, str] = os.environ) -> WorkerSettings:
    """Return the settings.

    raises  SystemExit naming the missing or invalid variables
    """
    missing = [name for name in ("BANYAN_HUB_URL", "BANYAN_WORKER_TOKEN") if not environment.get(name)]
    if missing:
        raise SystemExit(f"Set {', '.join(missing)} in the worker's environment.")
    try:
        return WorkerSettings(
            queue_url=environment.get("BANYAN_QUEUE_URL", ""),
            hub_url=environment["BANYAN_HUB_URL"].rstrip("/"),
            token=environment["BANYAN_WORKER_TOKEN"],
            work_dir=read_work_dir(environment),
            name=environment.get("BANYAN_WORKER_NAME") or default_name(environment),
            isolation=read_isolation(environment),
            memory_bytes=gibibytes(environment, "BANYAN_JOB_MEMORY_GIB", 0)
            or default_memory(gibibytes(environment, "BANYAN_MEMORY_RESERVE_GIB", 0)),
            output_bytes=gibibytes(environment, "BANYAN_JOB_FILE_GIB", 64),
            disk_bytes=gibibytes(environment, "BANYAN_JOB_DISK_GIB", 100),
            reserve_bytes=int(float(environment.get("BANYAN_DISK_RESERVE_MIB") or 512) * MIB),
            keep_seconds=int(float(environment.get("BANYAN_KEEP_HOURS") or 24) * 3600),
            has_spare=flag(environment, "BANYAN_SPARE_RUNNER", default=True),
            stores_checkpoints=flag(environment, "BANYAN_STORE_CHECKPOINTS", default=True),
            cache_bytes=gibibytes(environment, "BANYAN_CACHE_GIB", default_cache(read_work_dir(environment))),
        )
    except ValueError as error:
        raise SystemExit(f"The worker's environment is invalid: {error}.") from None


def default_name(environment: Mapping[str, str]) -> str:
    """Return the machine's name, with the GPU's number where each of several has a worker."""
    card = environment.get("CUDA_VISIBLE_DEVICES", "").strip()
    return f"{socket.gethostname()}-{card}" if card else socket.gethostname()


def read_work_dir(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("BANYAN_WORK_DIR") or "worker-data").expanduser().resolve()


def read_isolation(environment: Mapping[str, str]) -> Isolation:
    """Return whether jobs must be isolated.

    raises  SystemExit naming the valid values
    """
    value = environment.get("BANYAN_ISOLATION") or Isolation.REQUIRED
    try:
        return Isolation(value)
    except ValueError:
        choices = "Use 'required' (the default), or 'off' if everybody who may submit jobs is trusted."
        raise SystemExit(f"Invalid BANYAN_ISOLATION {value!r}. {choices}") from None


def flag(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return a yes or no (raises ValueError)."""
    value = environment.get(name) or ("on" if default else "off")
    if value not in ("on", "off"):
        raise ValueError(f"{name} is on or off, not {value!r}")
    return value == "on"


def default_cache(work_dir: Path) -> float:
    """Return the default size of the cache in GiB: a tenth of the disk, at most CACHE_GIB."""
    existing = next(folder for folder in (work_dir, *work_dir.parents) if folder.exists())
    return min(CACHE_GIB, disk_usage(existing).total / 10 / GIB)


def gibibytes(environment: Mapping[str, str], name: str, default: float) -> int:
    return int(float(environment.get(name) or default) * GIB)


def default_memory(reserve_bytes: int) -> int:
    """Return a job's default memory limit: nine tenths of the machine, less if other services need more.

    reserve_bytes  memory for other services on the machine; a job gets at least half of the machine
    """
    total = memory_bytes()
    return min(total * 9 // 10, max(total - reserve_bytes, total // 2))
