"""The worker's settings, read from the environment."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .hardware import memory_bytes

MIB, GIB = 1024**2, 1024**3


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

    @property
    def jobs_dir(self) -> Path:
        return self.work_dir / "jobs"


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


def gibibytes(environment: Mapping[str, str], name: str, default: float) -> int:
    return int(float(environment.get(name) or default) * GIB)


def default_memory(reserve_bytes: int) -> int:
    """Return a job's default memory limit: nine tenths of the machine, less if other services need more.

    reserve_bytes  memory for other services on the machine; a job gets at least half of the machine
    """
    total = memory_bytes()
    return min(total * 9 // 10, max(total - reserve_bytes, total // 2))
