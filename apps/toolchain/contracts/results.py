"""Results of jobs: what every one has, and the values that pages can draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from .errors import ContractError
from .notes import Note
from .shapes import Contract, read_field, read_object, read_strings
from .spec import Hardware

SCORES_LIMIT, NOTES_LIMIT, RESOLVED_LIMIT = 200, 100, 50


class IntervalMethod(StrEnum):
    """How a confidence interval was computed; the values are part of receipts.

    wilson  score interval of a proportion (Wilson 1927)
    bca     bias-corrected and accelerated bootstrap (Efron 1987)
    delong  of the area under a ROC curve, on the logit scale (DeLong 1988)
    """

    WILSON = "wilson"
    BCA = "bca"
    DELONG = "delong"


@dataclass(frozen=True, slots=True)
class Score(Contract):
    """A measured metric, with its confidence interval if it has one.

    name              a metric of the recipe
    split             of the dataset, "" if the result is about one split only
    n                 number of samples
    method            of the interval
    unit              as the recipe declared it
    higher_is_better  as the recipe declared it
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    split: str = ""
    n: int | None = None
    method: IntervalMethod | None = None
    unit: str = ""
    higher_is_better: bool | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: fact for name, fact in asdict(self).items() if fact not in (None, "")}

    @classmethod
    def from_json(cls, body: object) -> Score:
        fields = read_object(body, "score")
        method = read_field(fields, "method", str, "")
        if method and method not in list(IntervalMethod):
            raise ContractError({"method": f"Must be one of {', '.join(IntervalMethod)}."})
        return cls(
            name=read_field(fields, "name", str),
            value=read_field(fields, "value", float),
            low=read_field(fields, "low", float, None),
            high=read_field(fields, "high", float, None),
            split=read_field(fields, "split", str, ""),
            n=read_field(fields, "n", int, None),
            method=IntervalMethod(method) if method else None,
            unit=read_field(fields, "unit", str, ""),
            higher_is_better=read_field(fields, "higher_is_better", bool, None),
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
    """Resamples behind the intervals: of all of them in receipts of type 1 (percentiles), later of `bca`."""

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
    dtype          type of the weights while they were scored, "" if unknown as in receipts of type 1
    resolved       values that the run chose itself, by parameter
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
    dtype: str = ""
    resolved: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

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
            "scores": read_scores(fields),
            "log_sha256": read_field(fields, "log_sha256", str),
            "code_version": read_field(fields, "code_version", str),
            "versions": read_strings(fields.get("versions") or {}, "versions"),
            "hardware": Hardware.from_json(fields.get("hardware")),
            "duration_seconds": read_field(fields, "duration_seconds", float),
            "bootstrap": None if bootstrap is None else Bootstrap.from_json(bootstrap),
            "dtype": read_field(fields, "dtype", str, ""),
            "resolved": read_resolved(fields),
            "notes": read_notes(fields),
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
        facts["notes"] = [note.to_json() for note in self.notes]
        return {name: fact for name, fact in facts.items() if fact is not None}

    def references(self) -> Sequence[Reference]:
        return ()

    def views(self) -> Sequence[View]:
        return ()


def read_notes(fields: Mapping[str, Any]) -> tuple[Note, ...]:
    notes = read_field(fields, "notes", list, [])
    if len(notes) > NOTES_LIMIT:
        raise ContractError({"notes": f"At most {NOTES_LIMIT} notes."})
    return tuple(Note.from_json(note) for note in notes)


def read_resolved(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a run chose itself: numbers and short texts."""
    resolved = read_object(fields.get("resolved") or {}, "resolved")
    if len(resolved) > RESOLVED_LIMIT or not all(
        isinstance(one, str | int | float) for one in resolved.values()
    ):
        raise ContractError({"resolved": f"At most {RESOLVED_LIMIT} numbers and texts."})
    return dict(resolved)


def read_scores(fields: Mapping[str, Any]) -> tuple[Score, ...]:
    scores = read_field(fields, "scores", list)
    if len(scores) > SCORES_LIMIT:
        raise ContractError({"scores": f"At most {SCORES_LIMIT} scores."})
    return tuple(Score.from_json(score) for score in scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult(Contract):
    """Body of POST /api/v1/jobs/{id}/results of a training, which is not signed.

    scores      on its held-out splits, at the best step
    baselines   scores of the same names to compare with, on the same splits
    steps       that were done, and best_step the one that is published
    resolved    values that the run chose itself, by parameter
    """

    attempt: int
    scores: tuple[Score, ...]
    baselines: tuple[Score, ...] = ()
    steps: int
    best_step: int
    duration_seconds: float
    resolved: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @classmethod
    def from_json(cls, body: object) -> Self:
        fields = read_object(body, "result")
        return cls(
            attempt=read_field(fields, "attempt", int),
            scores=read_scores(fields),
            baselines=tuple(Score.from_json(one) for one in read_field(fields, "baselines", list, [])),
            steps=read_field(fields, "steps", int),
            best_step=read_field(fields, "best_step", int),
            duration_seconds=read_field(fields, "duration_seconds", float),
            resolved=read_resolved(fields),
            notes=read_notes(fields),
        )

    def to_json(self) -> dict[str, Any]:
        lists = {
            name: [one.to_json() for one in getattr(self, name)] for name in ("scores", "baselines", "notes")
        }
        return {**Contract.to_json(self), **lists}
