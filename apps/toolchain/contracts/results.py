"""Results of jobs: what a job measured, as its worker sends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from .artifacts import ARTIFACTS_LIMIT, Artifact
from .errors import ContractError
from .notes import Note
from .shapes import Contract, read_field, read_object, read_strings
from .spec import Hardware
from .views import View, read_views, view_to_json

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
    artifacts      files that the job keeps, all of which are stored before the result is signed
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
    artifacts: tuple[Artifact, ...] = ()

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
            "artifacts": read_artifacts(fields),
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
        facts["artifacts"] = facts["artifacts"] or None
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


def read_artifacts(fields: Mapping[str, Any]) -> tuple[Artifact, ...]:
    artifacts = [Artifact.from_json(one) for one in read_field(fields, "artifacts", list, [])]
    if len(artifacts) > ARTIFACTS_LIMIT or len({one.name for one in artifacts}) < len(artifacts):
        raise ContractError({"artifacts": f"At most {ARTIFACTS_LIMIT} artifacts, each with its own name."})
    return tuple(artifacts)


def read_resolved(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a run chose itself: numbers and short texts."""
    resolved = read_object(fields.get("resolved") or {}, "resolved")
    if len(resolved) > RESOLVED_LIMIT or not all(
        isinstance(one, str | int | float) for one in resolved.values()
    ):
        raise ContractError({"resolved": f"At most {RESOLVED_LIMIT} numbers and texts."})
    return dict(resolved)


def read_scores(fields: Mapping[str, Any], name: str = "scores", default: Any = ...) -> tuple[Score, ...]:
    scores = read_field(fields, name, list, default)
    if len(scores) > SCORES_LIMIT:
        raise ContractError({name: f"At most {SCORES_LIMIT} scores."})
    return tuple(Score.from_json(score) for score in scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResult(Contract):
    """Body of POST /api/v1/jobs/{id}/results of any job whose result is not signed.

    baselines  scores of the same names to compare with, on the same splits
    resolved   values that the run chose itself, by parameter
    views      what the job's page draws
    artifacts  files that the job keeps
    """

    attempt: int
    scores: tuple[Score, ...] = ()
    baselines: tuple[Score, ...] = ()
    duration_seconds: float
    resolved: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    views: tuple[View, ...] = ()
    artifacts: tuple[Artifact, ...] = ()

    @classmethod
    def from_json(cls, body: object) -> Self:
        fields = read_object(body, "result")
        return cls(
            attempt=read_field(fields, "attempt", int),
            scores=read_scores(fields, default=[]),
            baselines=read_scores(fields, "baselines", []),
            duration_seconds=read_field(fields, "duration_seconds", float),
            resolved=read_resolved(fields),
            notes=read_notes(fields),
            views=read_views(fields),
            artifacts=read_artifacts(fields),
            **cls.own_fields(fields),
        )

    @staticmethod
    def own_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields that a subclass adds, validated.

        raises  ContractError
        """
        return {}

    def to_json(self) -> dict[str, Any]:
        lists = {
            name: [one.to_json() for one in getattr(self, name)]
            for name in ("scores", "baselines", "notes", "artifacts")
        }
        return {**Contract.to_json(self), **lists, "views": [view_to_json(one) for one in self.views]}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult(ReportResult):
    """The result of a training: scores on its held-out splits, at the best step.

    steps  that were done, and best_step the one that is published
    """

    steps: int
    best_step: int

    @staticmethod
    def own_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
        read_field(fields, "scores", list)
        return {name: read_field(fields, name, int) for name in ("steps", "best_step")}
