"""Results of evaluations: what every one has, and the values that pages can draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from .shapes import Contract, read_field, read_object, read_strings
from .spec import Hardware


@dataclass(frozen=True, slots=True)
class Score(Contract):
    """A metric with its confidence interval, if it has one.

    name  a metric of the recipe
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, Any]:
        facts = {"name": self.name, "value": self.value, "low": self.low, "high": self.high}
        return {name: fact for name, fact in facts.items() if fact is not None}

    @classmethod
    def from_json(cls, body: object) -> Score:
        fields = read_object(body, "score")
        return cls(
            read_field(fields, "name", str),
            read_field(fields, "value", float),
            *(read_field(fields, name, float, None) for name in ("low", "high")),
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """A value to compare a metric with.

    metric  name of the metric
    label   English, marked for translation
    note    as the recipe words it, such as the name of a class
    """

    metric: str
    label: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts by true class (rows) and prediction (columns), in the order of the labels."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text and numbers. title and head: English, marked for translation"""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


View = Confusion | Table


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


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult(Contract):
    """Body of POST /api/v1/jobs/{id}/results; a recipe's own class adds fields and views.

    config_hash    hash of JobSpec.config(), which the web side compares with its own
    log_sha256     hash of the prediction log (JSON lines, one per sample)
    code_version   version of the recipe's code
    bootstrap      how the intervals of the scores were computed, None without intervals
    """

    attempt: int
    config_hash: str
    split: str
    samples: int
    scores: tuple[Score, ...]
    log_sha256: str
    code_version: str
    versions: Mapping[str, str]
    hardware: Hardware
    duration_seconds: float
    bootstrap: Bootstrap | None = None

    @classmethod
    def from_json(cls, body: object) -> Self:
        fields = read_object(body, "result")
        return cls(**cls.common_fields(fields), **cls.own_fields(fields))

    @staticmethod
    def common_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
        bootstrap = fields.get("bootstrap")
        return {
            "attempt": read_field(fields, "attempt", int),
            "config_hash": read_field(fields, "config_hash", str),
            "split": read_field(fields, "split", str),
            "samples": read_field(fields, "samples", int),
            "scores": tuple(Score.from_json(score) for score in read_field(fields, "scores", list)),
            "log_sha256": read_field(fields, "log_sha256", str),
            "code_version": read_field(fields, "code_version", str),
            "versions": read_strings(fields.get("versions") or {}, "versions"),
            "hardware": Hardware.from_json(fields.get("hardware")),
            "duration_seconds": read_field(fields, "duration_seconds", float),
            "bootstrap": None if bootstrap is None else Bootstrap.from_json(bootstrap),
        }

    @staticmethod
    def own_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields that a recipe's class adds, validated.

        raises  ContractError
        """
        return {}

    def to_json(self) -> dict[str, Any]:
        facts = Contract.to_json(self)
        facts["scores"] = [score.to_json() for score in self.scores]
        return {name: fact for name, fact in facts.items() if fact is not None}

    def references(self) -> Sequence[Reference]:
        return ()

    def views(self) -> Sequence[View]:
        return ()
