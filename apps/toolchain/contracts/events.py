"""Events that a worker reports in numbered batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .errors import ContractError
from .shapes import Contract, read_field, read_object
from .views import CELL_LIMIT, ROWS_LIMIT, TITLE_LIMIT, view_from_json, view_to_json

BATCH_LIMIT_EVENTS = 500
BATCH_LIMIT_BYTES = 1024 * 1024
LINE_LIMIT = 4000
VALUES_LIMIT = 64
SAMPLE_ROWS_LIMIT = 100


class EventKind(StrEnum):
    """What an event of a job is about."""

    STATE = "state"
    LOG = "log"
    METRIC = "metric"
    PROGRESS = "progress"
    CHECKPOINT = "checkpoint"
    OUTPUT = "output"
    SAMPLES = "samples"
    PIECE = "piece"


class RunState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class LogLevel(StrEnum):
    """How grave a line of a log is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Fault(StrEnum):
    """Who can fix a failure: a user fault is final, a platform fault may be retried.

    The values are those of the protocol and of stored rows.
    """

    USER = "yours"
    PLATFORM = "ours"


@dataclass(frozen=True, slots=True)
class Event(Contract):
    """One event of a running job.

    seq   counts from 1 within an attempt without gaps; replays of an (attempt, seq) are ignored
    at    ISO 8601 time in UTC
    data  state       {state, fault?, code?, message?}
          log         {level: debug|info|warning|error, line}
          metric      {step, epoch?, values: {name: number}}
          progress    {step, total, phase}
          checkpoint  {step}
          output      {kind, address, commit}
          samples     {title, columns, rows, step?}: further rows of texts under a title, as in views.Samples
          piece       {title, row, column, offset, text}: part of a cell of samples while it is written; it
                      replaces what the cell holds from that character on
    Later attempts repeat the steps after their checkpoint; the newest value of a step counts.
    """

    seq: int
    kind: EventKind
    at: str
    data: Mapping[str, Any]

    @classmethod
    def from_json(cls, body: object) -> Event:
        fields = read_object(body, "event")
        kind = _member(EventKind, read_field(fields, "kind", str), "kind")
        seq = read_field(fields, "seq", int)
        if seq < 1:
            raise ContractError({"seq": "Must be 1 or more."})
        return cls(seq, kind, read_field(fields, "at", str), READERS[kind](read_field(fields, "data", dict)))


@dataclass(frozen=True, slots=True)
class EventBatch(Contract):
    """Body of POST /api/v1/jobs/{id}/events; a heartbeat if it has no events."""

    attempt: int
    events: tuple[Event, ...] = ()

    @classmethod
    def from_json(cls, body: object) -> EventBatch:
        fields = read_object(body, "batch")
        events = read_field(fields, "events", list, [])
        if len(events) > BATCH_LIMIT_EVENTS:
            raise ContractError({"events": f"At most {BATCH_LIMIT_EVENTS} events per request."})
        return cls(read_field(fields, "attempt", int), tuple(Event.from_json(event) for event in events))


@dataclass(frozen=True, slots=True)
class EventsAnswer(Contract):
    """accepted: the highest stored seq; cancel: whether to stop within seconds."""

    accepted: int
    cancel: bool = False

    @classmethod
    def from_json(cls, body: object) -> EventsAnswer:
        fields = read_object(body, "answer")
        return cls(read_field(fields, "accepted", int), read_field(fields, "cancel", bool, False))


def _member(choices: type[StrEnum], value: str, name: str) -> Any:
    try:
        return choices(value)
    except ValueError:
        raise ContractError({name: f"Must be one of {', '.join(choices)}."}) from None


def _state(data: Mapping[str, Any]) -> dict[str, Any]:
    state = _member(RunState, read_field(data, "state", str), "state")
    fault = read_field(data, "fault", str, "")
    if fault:
        _member(Fault, fault, "fault")
    if state == RunState.FAILED and not fault:
        raise ContractError({"fault": "A failed state requires a fault."})
    extra = {name: read_field(data, name, str, "")[:LINE_LIMIT] for name in ("code", "message")}
    return {
        "state": str(state),
        **{name: value for name, value in {"fault": fault, **extra}.items() if value},
    }


def _log(data: Mapping[str, Any]) -> dict[str, Any]:
    level = _member(LogLevel, read_field(data, "level", str, "info"), "level")
    return {"level": str(level), "line": read_field(data, "line", str)[:LINE_LIMIT].replace("\x00", "�")}


def _metric(data: Mapping[str, Any]) -> dict[str, Any]:
    values = read_object(data.get("values"), "values")
    if not 0 < len(values) <= VALUES_LIMIT or any(len(name) > 80 for name in values):
        raise ContractError(
            {"values": f"Between 1 and {VALUES_LIMIT} numbers, with names of at most 80 characters."}
        )
    epoch = read_field(data, "epoch", float, None)
    numbers = {name: read_field(values, name, float) for name in values}
    return {"step": _count(data, "step"), **({} if epoch is None else {"epoch": epoch}), "values": numbers}


def _progress(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "step": _count(data, "step"),
        "total": _count(data, "total"),
        "phase": read_field(data, "phase", str)[:80],
    }


def _checkpoint(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": _count(data, "step")}


def _output(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: read_field(data, name, str)[:200] for name in ("kind", "address", "commit")}


def _samples(data: Mapping[str, Any]) -> dict[str, Any]:
    view = view_from_json({**data, "type": "samples"})
    if len(data["rows"]) > SAMPLE_ROWS_LIMIT:
        raise ContractError({"rows": f"At most {SAMPLE_ROWS_LIMIT} rows in one event."})
    shown = {name: value for name, value in view_to_json(view).items() if name != "type"}
    return {**shown, **({} if data.get("step") is None else {"step": _count(data, "step")})}


def _piece(data: Mapping[str, Any]) -> dict[str, Any]:
    names = {name: read_field(data, name, str)[:TITLE_LIMIT] for name in ("title", "column")}
    places = {name: _count(data, name) for name in ("row", "offset")}
    if places["row"] >= ROWS_LIMIT or places["offset"] > CELL_LIMIT:
        raise ContractError({"row": f"At most {ROWS_LIMIT} rows of {CELL_LIMIT} characters."})
    return {**names, **places, "text": read_field(data, "text", str)[:CELL_LIMIT].replace("\x00", "�")}


def _count(data: Mapping[str, Any], name: str) -> int:
    value: int = read_field(data, name, int)
    if not 0 <= value < 2**53:
        raise ContractError({name: "Must be 0 or more."})
    return value


READERS = {
    EventKind.STATE: _state,
    EventKind.LOG: _log,
    EventKind.METRIC: _metric,
    EventKind.PROGRESS: _progress,
    EventKind.CHECKPOINT: _checkpoint,
    EventKind.OUTPUT: _output,
    EventKind.SAMPLES: _samples,
    EventKind.PIECE: _piece,
}
