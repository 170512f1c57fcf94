"""Resources of evidence."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.rest.fields import OptionalTextField, Resource, TimestampField
from apps.core.rest.schema import page_of, with_example
from apps.toolchain.jobs.api.result_shapes import SCORE_EXAMPLE, Score

from ..selectors import Outcome
from ..selectors.comparing import Basis

SAMPLE_EXAMPLE: dict[str, Any] = {
    "row": 17,
    "text": "Not a bad film at all.",
    "text_sha256": "0" * 64,
    "label": "positive",
    "predicted": "negative",
    "confidence": 0.98,
    "is_right": False,
    "values": {"probabilities": [0.98, 0.02]},
}
DIFFERENCE_EXAMPLE: dict[str, Any] = {
    "metric": "accuracy",
    "before": 0.82,
    "after": 0.87,
    "value": 0.05,
    "low": 0.021,
    "high": 0.079,
    "n": 1000,
    "method": "bonett_price",
    "higher_is_better": True,
    "gained": 71,
    "lost": 21,
    "p_value": 0.0000002,
    "outcome": "better",
}


@with_example(SAMPLE_EXAMPLE)
class EvaluationSample(Resource):
    """A scored row of a dataset; long texts are truncated."""

    row = serializers.IntegerField(help_text="Number of the row in the split, from 0.")
    text = OptionalTextField(default=None, help_text="Its beginning.")
    text_sha256 = serializers.CharField(help_text="Of the whole text in UTF-8.")
    label = OptionalTextField(default=None, help_text="What is right.")  # type: ignore[assignment]
    predicted = OptionalTextField(default=None, help_text="What the model said.")
    confidence = serializers.FloatField(
        allow_null=True, default=None, help_text="Probability of the predicted class."
    )
    is_right = serializers.BooleanField(
        allow_null=True,
        default=None,
        help_text="Whether the model said what is right; null for other metrics.",
    )
    values = serializers.DictField(help_text="Further columns of the log, such as probabilities.")


EvaluationSamplePage = page_of(EvaluationSample)


@with_example(DIFFERENCE_EXAMPLE)
class ScoreDifference(Resource):
    """By how much a score of the second evaluation differs, on the samples that both have."""

    metric = serializers.CharField(help_text="A metric of the recipe.")
    before = serializers.FloatField(help_text="Of the first, on these samples.")
    after = serializers.FloatField(help_text="Of the second.")
    value = serializers.FloatField(help_text="after − before.")
    low = serializers.FloatField(allow_null=True, help_text="Of the 95% interval; null for under 30 samples.")
    high = serializers.FloatField(allow_null=True, help_text="Upper bound of the interval.")
    n = serializers.IntegerField(help_text="Number of samples.")
    method = OptionalTextField(help_text="Of the interval: bonett_price, bootstrap, normal or newcombe.")
    higher_is_better = serializers.BooleanField(help_text="As in /api/v1/recipes.")
    gained = serializers.IntegerField(
        allow_null=True, help_text="Samples that only the second has right; null if it is no share."
    )
    lost = serializers.IntegerField(allow_null=True, help_text="Samples that only the first has right.")
    p_value = serializers.FloatField(allow_null=True, help_text="Of McNemar's test; null if it is no share.")
    outcome = serializers.ChoiceField(
        [one.value for one in Outcome], help_text="Whether the interval is above or below zero."
    )


@with_example(
    {
        "outcome": "better",
        "basis": "samples",
        "sentence": "owner/tuned is better than owner/base: 87.0% against 82.0% (Accuracy), a difference of "
        "+5.0 points (95% interval +2.1 to +7.9) on 1,000 samples.",
        "sample_count": 1000,
        "changed_count": 92,
        "differences": [DIFFERENCE_EXAMPLE],
    }
)
class ReceiptComparisonResult(Resource):
    """Whether the second evaluation's model is better than that of the first."""

    outcome = serializers.ChoiceField([one.value for one in Outcome], help_text="By the first difference.")
    basis = serializers.ChoiceField(
        [one.value for one in Basis],
        help_text="samples: paired, by the logs; scores: by the scores alone; others say why not.",
    )
    sentence = serializers.CharField(help_text="The same in words.")
    sample_count = serializers.IntegerField(help_text="Samples that both evaluations have.")
    changed_count = serializers.IntegerField(allow_null=True, help_text="Predictions that differ, if known.")
    differences = ScoreDifference(many=True, help_text="By metric, the main one first.")


@with_example({"name": "versions.torch", "before": "2.13.0", "after": "2.14.0"})
class RunChange(Resource):
    """A fact that differs between two runs."""

    name = serializers.CharField(help_text="Such as hardware.name or versions.torch.")
    before = OptionalTextField(help_text="Of the original.")
    after = OptionalTextField(help_text="Of the repetition.")


@with_example(
    {
        "receipt_id": "8c2d1e4f-3a5b-4c6d-8e7f-9a0b1c2d3e4f",
        "created_at": "2026-01-31T12:00:00.000Z",
        "scores": [{**SCORE_EXAMPLE, "split": None}],
        "is_identical": True,
        "is_drift": False,
        "changes": [],
    }
)
class Repetition(Resource):
    """Another evaluation with the same configuration."""

    receipt_id = serializers.CharField(source="receipt.pk", help_text="Of the repetition.")
    created_at = TimestampField(source="receipt.issued_at")
    scores = Score(many=True, source="receipt.scores", help_text="What it reached.")
    is_identical = serializers.BooleanField(help_text="Whether all predictions are the same.")
    is_drift = serializers.BooleanField(help_text="Whether the scores differ by more than chance.")
    changes = RunChange(many=True, help_text="What else differs between the runs.")


RepetitionPage = page_of(Repetition)
