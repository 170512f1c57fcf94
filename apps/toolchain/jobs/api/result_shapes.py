"""Resources of results."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.fields import OptionalTextField, Resource
from apps.core.rest.schema import with_example
from apps.toolchain.contracts import IntervalMethod, Note, NoteCode

SCORE_EXAMPLE: dict[str, Any] = {
    "name": "accuracy",
    "split": "test",
    "value": 0.91,
    "low": 0.89,
    "high": 0.93,
    "n": 1000,
    "method": "wilson",
    "unit": "fraction",
    "higher_is_better": True,
}


@with_example(SCORE_EXAMPLE)
class Score(Resource):
    """A metric of a model, with the bounds of its confidence interval."""

    name = serializers.CharField(help_text="A metric of the recipe.")
    split = OptionalTextField(default=None, help_text="Of the dataset; null if the result names it.")
    value = serializers.FloatField(help_text="A fraction of 1 for most metrics.")
    low = serializers.FloatField(
        allow_null=True, default=None, help_text="Lower bound; null without an interval."
    )
    high = serializers.FloatField(allow_null=True, default=None, help_text="Upper bound.")
    n = serializers.IntegerField(allow_null=True, default=None, help_text="Number of samples.")
    method = serializers.ChoiceField(
        [one.value for one in IntervalMethod],
        allow_null=True,
        default=None,
        help_text="How the interval was computed.",
    )
    unit = OptionalTextField(default=None, help_text="As in /api/v1/recipes.")
    higher_is_better = serializers.BooleanField(
        allow_null=True, default=None, help_text="As in /api/v1/recipes."
    )


@with_example(
    {
        "code": "truncated",
        "message": "3 of 100 texts are longer than 256 tokens and were truncated.",
        "values": {"count": 3, "total": 100, "tokens": 256},
    }
)
class ResultNote(Resource):
    """What a reader of a result should know."""

    code = serializers.ChoiceField([one.value for one in NoteCode], help_text="Stable.")
    message = serializers.SerializerMethodField(help_text="A sentence for people; may change.")
    values = serializers.DictField(help_text="Numbers and texts of the sentence.")

    def get_message(self, note: dict[str, Any]) -> str:
        return str(Note.from_json(note).words)


@with_example(
    {
        "scores": [SCORE_EXAMPLE],
        "baselines": [{**dict.fromkeys(SCORE_EXAMPLE), "name": "accuracy", "split": "test", "value": 0.52}],
        "steps": 300,
        "best_step": 240,
        "resolved": {"learning_rate": 0.0001},
        "notes": [],
    }
)
class JobResult(Resource):
    """What a job measured."""

    scores = Score(many=True, help_text="On held-out splits.")
    baselines = Score(many=True, help_text="Values to compare scores of the same name and split with.")
    steps = serializers.IntegerField(
        allow_null=True, default=None, help_text="Of a training; null for evaluations."
    )
    best_step = serializers.IntegerField(
        allow_null=True, default=None, help_text="The step of the published weights."
    )
    resolved = serializers.DictField(help_text="What the run chose for params that are auto.")
    notes = serializers.SerializerMethodField(help_text="What a reader should know.")

    @extend_schema_field(ResultNote(many=True))
    def get_notes(self, facts: dict[str, Any]) -> list[dict[str, Any]]:
        return list(ResultNote(facts.get("notes", []), many=True).data)
