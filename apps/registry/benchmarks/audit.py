"""What is recorded of benchmarks."""

from __future__ import annotations

from enum import StrEnum


class BenchmarkAction(StrEnum):
    SET = "benchmark.set"
    REMOVED = "benchmark.removed"
    SUBMITTED = "benchmark.submitted"
