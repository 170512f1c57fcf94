"""An event of a job, by its kind."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.rest.fields import Resource, TimestampField
from apps.core.rest.schema import page_of, with_example
from apps.core.rest.unions import discriminated
from apps.toolchain.contracts import EventKind, LogLevel

from ..models import JobState
from .shapes import JobError, PinnedRepo, Progress

EXAMPLE = {"id": "12", "attempt": 1, "created_at": "2026-01-31T12:00:00.000Z"}


class StateData(Resource):
    """The job changed its state."""

    state = serializers.ChoiceField(JobState.choices, help_text="The new state.")
    worker = serializers.CharField(allow_null=True, help_text="Name of the worker that claimed the job.")
    hardware = serializers.CharField(allow_null=True, help_text="Name of its processor or GPU.")
    error = JobError(allow_null=True, help_text="Of a failed attempt.")


class LogData(Resource):
    """A line of the log."""

    level = serializers.ChoiceField([level.value for level in LogLevel], help_text="How grave it is.")
    line = serializers.CharField(help_text="One line of text.")


class MetricData(Resource):
    """Metrics of a step."""

    step = serializers.IntegerField(help_text="Step of the training.")
    epoch = serializers.FloatField(allow_null=True, help_text="Passes over the data so far.")
    values = serializers.DictField(child=serializers.FloatField(), help_text="Values by name of the metric.")


class CheckpointData(Resource):
    """A checkpoint was saved."""

    step = serializers.IntegerField(help_text="The step from which another attempt would resume.")


class SamplesData(Resource):
    """Further rows of texts, such as prompts and answers."""

    title = serializers.CharField(help_text="Rows under the same title belong together.")
    columns = serializers.ListField(child=serializers.CharField(), help_text="Their heads.")
    rows = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField()),
        help_text="A text, number or null for each column.",
    )
    step = serializers.IntegerField(allow_null=True, help_text="Step of the training; null outside of one.")


class PieceData(Resource):
    """A part of a text while it is written."""

    title = serializers.CharField(help_text="Of the samples to which it belongs.")
    row = serializers.IntegerField(help_text="Counted from 0.")
    column = serializers.CharField(help_text="Head of its column.")
    offset = serializers.IntegerField(
        help_text="In characters: the text replaces what the cell holds from there on."
    )
    text = serializers.CharField(help_text="What has been written since.")


def event_of(kind: EventKind, data: type[Resource], example: dict[str, Any]) -> type[Resource]:
    """Return the resource of an event of one kind."""
    fields = {
        "id": serializers.CharField(
            help_text="Opaque; as Last-Event-ID or `after` it resumes the stream after this event."
        ),
        "attempt": serializers.IntegerField(help_text="Number of the attempt, 0 before the first claim."),
        "kind": serializers.ChoiceField([kind.value], help_text="What the data is about."),
        "created_at": TimestampField(),
        "data": data(help_text=data.__doc__ or ""),
        "__doc__": data.__doc__,
    }
    shape = type(f"{kind.value.title()}Event", (Resource,), fields)
    return with_example({**EXAMPLE, "kind": kind.value, "data": example})(shape)


KINDS: list[tuple[EventKind, type[Resource], dict[str, Any]]] = [
    (EventKind.STATE, StateData, {"state": "running", "worker": None, "hardware": None, "error": None}),
    (EventKind.LOG, LogData, {"level": "info", "line": "epoch 1"}),
    (EventKind.METRIC, MetricData, {"step": 10, "epoch": 0.5, "values": {"loss": 0.4}}),
    (EventKind.PROGRESS, Progress, {"step": 10, "total": 100, "phase": "training"}),
    (EventKind.CHECKPOINT, CheckpointData, {"step": 10}),
    (
        EventKind.OUTPUT,
        PinnedRepo,
        {
            "kind": "model",
            "full_name": "owner/tuned",
            "commit_sha": "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3",
        },
    ),
    (
        EventKind.SAMPLES,
        SamplesData,
        {"title": "Samples", "columns": ["Prompt", "Answer"], "rows": [["1 + 1?", "2"]], "step": None},
    ),
    (
        EventKind.PIECE,
        PieceData,
        {"title": "Answers", "row": 0, "column": "owner/tiny-chat", "offset": 8, "text": " is blue"},
    ),
]
EVENTS = {kind.value: event_of(kind, data, example) for kind, data, example in KINDS}
Event = discriminated("Event", "kind", EVENTS, "Something that happened in a job, by its kind.")
EventPage = page_of(Event)
