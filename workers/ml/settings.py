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
    """required runs other people's jobs in bubblewrap or not at all; off trusts everybody whose jobs it takes."""

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
            work_dir=read_work_dir(environment),
            name=environment.get("BANYAN_WORKER_NAME") or socket.gethostname(),
            isolation=read_isolation(environment),
            memory_bytes=int(float(environment.get("BANYAN_JOB_MEMORY_GIB") or 0) * GIB) or default_memory(),
            output_bytes=int(float(environment.get("BANYAN_JOB_FILE_GIB") or 64) * GIB),
            keep_seconds=int(float(environment.get("BANYAN_KEEP_HOURS") or 24) * 3600),
        )
    except ValueError as error:
        raise SystemExit(f"The worker's environment is wrong: {error}.") from None


def read_work_dir(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("BANYAN_WORK_DIR") or "worker-data").expanduser().resolve()


def read_isolation(environment: Mapping[str, str]) -> Isolation:
    """Return whether jobs must be isolated.

    raises  SystemExit that names the values there are
    """
    value = environment.get("BANYAN_ISOLATION") or Isolation.REQUIRED
    try:
        return Isolation(value)
    except ValueError:
        sentence = "It is 'required' (the default), or 'off' where everybody who may order jobs is trusted."
        raise SystemExit(f"BANYAN_ISOLATION cannot be {value!r}. {sentence}") from None


def default_memory() -> int:
    """Return nine tenths of the machine's memory, in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 9 // 10
