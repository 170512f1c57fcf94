"""Results of evaluations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ContractError
from .shapes import Contract, mapping, take, texts
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
        fields = mapping(body, "score")
        return cls(
            take(fields, "name", str), *(take(fields, name, float) for name in ("value", "low", "high"))
        )


@dataclass(frozen=True, slots=True)
class Baseline(Contract):
    """The accuracy of always predicting the most frequent class of the split."""

    label: str
    accuracy: float

    @classmethod
    def from_json(cls, body: object) -> Baseline:
        fields = mapping(body, "baseline")
        return cls(take(fields, "label", str), take(fields, "accuracy", float))


@dataclass(frozen=True, slots=True)
class Bootstrap(Contract):
    """How the intervals were computed: percentiles over bootstrap resamples of the samples."""

    resamples: int
    confidence: float
    seed: int

    @classmethod
    def from_json(cls, body: object) -> Bootstrap:
        fields = mapping(body, "bootstrap")
        return cls(
            take(fields, "resamples", int), take(fields, "confidence", float), take(fields, "seed", int)
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
        fields = mapping(body, "result")
        labels = tuple(map(str, take(fields, "labels", list)))
        return cls(
            attempt=take(fields, "attempt", int),
            config_hash=take(fields, "config_hash", str),
            split=take(fields, "split", str),
            samples=take(fields, "samples", int),
            scores=tuple(Score.from_json(score) for score in take(fields, "scores", list)),
            labels=labels,
            confusion=_matrix(take(fields, "confusion", list), len(labels)),
            baseline=Baseline.from_json(fields.get("baseline")),
            bootstrap=Bootstrap.from_json(fields.get("bootstrap")),
            log_sha256=take(fields, "log_sha256", str),
            code_version=take(fields, "code_version", str),
            versions=texts(fields.get("versions") or {}, "versions"),
            hardware=Hardware.from_json(fields.get("hardware")),
            duration_seconds=take(fields, "duration_seconds", float),
        )


def _matrix(rows: list[Any], size: int) -> tuple[tuple[int, ...], ...]:
    """Return a square matrix of counts with one row per label."""
    square = len(rows) == size <= LABELS_LIMIT and all(
        isinstance(row, list | tuple) and len(row) == size for row in rows
    )
    if not square or any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for row in rows for n in row):
        raise ContractError({"confusion": "Must be a square matrix of counts with one row per label."})
    return tuple(tuple(row) for row in rows)
