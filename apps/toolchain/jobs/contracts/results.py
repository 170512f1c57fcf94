"""Results of evaluations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ContractError
from .shapes import Contract, read_field, read_object, read_strings
from .spec import Hardware

LABELS_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Score(Contract):
    """A metric with its confidence interval, all as fractions of 1.

    name  accuracy | macro_f1 | roc_auc (two classes only)
    """

    name: str
    value: float
    low: float
    high: float

    @classmethod
    def from_json(cls, body: object) -> Score:
        fields = read_object(body, "score")
        return cls(
            read_field(fields, "name", str),
            *(read_field(fields, name, float) for name in ("value", "low", "high")),
        )


@dataclass(frozen=True, slots=True)
class Baseline(Contract):
    """The accuracy of always predicting the most frequent class of the split."""

    label: str
    accuracy: float

    @classmethod
    def from_json(cls, body: object) -> Baseline:
        fields = read_object(body, "baseline")
        return cls(read_field(fields, "label", str), read_field(fields, "accuracy", float))


@dataclass(frozen=True, slots=True)
class Bootstrap(Contract):
    """How the intervals were computed: percentiles over bootstrap resamples of the samples."""

    resamples: int
    confidence: float
    seed: int

    @classmethod
    def from_json(cls, body: object) -> Bootstrap:
        fields = read_object(body, "bootstrap")
        return cls(
            read_field(fields, "resamples", int),
            read_field(fields, "confidence", float),
            read_field(fields, "seed", int),
        )


@dataclass(frozen=True, slots=True)
class EvaluationResult(Contract):
    """Body of POST /api/v1/jobs/{id}/results.

    config_hash    hash of JobSpec.config(), which the web side compares with its own
    confusion      rows are true classes, columns are predictions, in the order of labels
    log_sha256     hash of the prediction log (JSON lines: index, text hash, label, prediction, probabilities)
    code_version   version of the recipe's code
    """

    attempt: int
    config_hash: str
    split: str
    samples: int
    scores: tuple[Score, ...]
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    baseline: Baseline
    bootstrap: Bootstrap
    log_sha256: str
    code_version: str
    versions: Mapping[str, str]
    hardware: Hardware
    duration_seconds: float

    @classmethod
    def from_json(cls, body: object) -> EvaluationResult:
        fields = read_object(body, "result")
        labels = tuple(map(str, read_field(fields, "labels", list)))
        return cls(
            attempt=read_field(fields, "attempt", int),
            config_hash=read_field(fields, "config_hash", str),
            split=read_field(fields, "split", str),
            samples=read_field(fields, "samples", int),
            scores=tuple(Score.from_json(score) for score in read_field(fields, "scores", list)),
            labels=labels,
            confusion=_matrix(read_field(fields, "confusion", list), len(labels)),
            baseline=Baseline.from_json(fields.get("baseline")),
            bootstrap=Bootstrap.from_json(fields.get("bootstrap")),
            log_sha256=read_field(fields, "log_sha256", str),
            code_version=read_field(fields, "code_version", str),
            versions=read_strings(fields.get("versions") or {}, "versions"),
            hardware=Hardware.from_json(fields.get("hardware")),
            duration_seconds=read_field(fields, "duration_seconds", float),
        )


def _matrix(rows: list[Any], size: int) -> tuple[tuple[int, ...], ...]:
    """Return a square matrix of counts with one row per label."""
    square = len(rows) == size <= LABELS_LIMIT and all(
        isinstance(row, list | tuple) and len(row) == size for row in rows
    )
    if not square or any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for row in rows for n in row):
        raise ContractError({"confusion": "Must be a square matrix of counts with one row per label."})
    return tuple(tuple(row) for row in rows)
