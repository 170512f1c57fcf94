"""Runs operations on logs of samples in a child process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.core.objects.folders import StoredObject
from apps.core.parquet import ParquetProblem, run_in_child
from apps.toolchain.artifacts.folders import ARTIFACTS
from apps.toolchain.artifacts.models import JobArtifact

from ..errors import SamplesUnreadable

OPERATION = Path(__file__).with_name("sample_logs_child.py")


@dataclass(frozen=True, slots=True)
class LogSource:
    """A stored log, read by range."""

    log: JobArtifact

    @property
    def size(self) -> int:
        return self.log.size

    def read(self, start: int, end: int) -> bytes:
        stored = ARTIFACTS.open(StoredObject(self.log.sha256, self.log.size))
        return b"".join(stored.open_range(start, min(end, self.log.size)))


def ask_logs(request: Mapping[str, Any], *logs: JobArtifact) -> dict[str, Any]:
    """Return the answer of `sample_logs_child.py` to a request (raises SamplesUnreadable)."""
    try:
        return run_in_child(OPERATION, [LogSource(log) for log in logs], request)
    except ParquetProblem as problem:
        raise SamplesUnreadable(problem.args[0]) from None
