"""The worker's environment, read once."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

GIB = 1024**3


class Isolation(StrEnum):
    """auto uses bubblewrap where it works; required refuses jobs without it; off never uses it."""

    AUTO = "auto"
    REQUIRED = "required"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker needs to know.

    memory_bytes   a job's processes together may hold this much
    output_bytes   largest file that a job may write
    keep_seconds   how long checkpoints of a job that may be retried are kept
    """

    queue_url: str
    hub_url: str
    token: str
    work_dir: Path
    name: str
    isolation: Isolation
    memory_bytes: int
    output_bytes: int
    keep_seconds: int

    @property
    def jobs_dir(self) -> Path:
        return self.work_dir / "jobs"


def read_settings(environment: Mapping[str, str] = os.environ) -> WorkerSettings:
    """Return the settings.

    raises  SystemExit that names what is missing or wrong
    """
    missing = [name for name in ("BANYAN_QUEUE_URL", "BANYAN_HUB_URL", "BANYAN_WORKER_TOKEN") if not environment.get(name)]
    if missing:
        raise SystemExit(f"The worker needs {', '.join(missing)} in its environment.")
    try:
        return WorkerSettings(
            queue_url=environment["BANYAN_QUEUE_URL"],
            hub_url=environment["BANYAN_HUB_URL"].rstrip("/"),
            token=environment["BANYAN_WORKER_TOKEN"],
            work_dir=Path(environment.get("BANYAN_WORK_DIR") or "worker-data").expanduser().resolve(),
            name=environment.get("BANYAN_WORKER_NAME") or socket.gethostname(),
            isolation=Isolation(environment.get("BANYAN_ISOLATION") or "auto"),
            memory_bytes=int(float(environment.get("BANYAN_JOB_MEMORY_GIB") or 0) * GIB) or default_memory(),
            output_bytes=int(float(environment.get("BANYAN_JOB_FILE_GIB") or 64) * GIB),
            keep_seconds=int(float(environment.get("BANYAN_KEEP_HOURS") or 24) * 3600),
        )
    except ValueError as error:
        raise SystemExit(f"The worker's environment is wrong: {error}.") from None


def default_memory() -> int:
    """Return nine tenths of the machine's memory, in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 9 // 10
