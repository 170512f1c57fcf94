"""Validation metrics of the text classification fine-tune."""

from __future__ import annotations

import numpy as np
from transformers import EvalPrediction

from ...training.trainer import Metrics
from .scores import accuracy, confusion_matrix, macro_f1

# the class that all rows were given, SEVERAL if there is more than one
ONLY_CLASS, SEVERAL = "only_class", -1


def compute_metrics(prediction: EvalPrediction) -> dict[str, float]:
    """Score logits (n, k) against class numbers (n,)."""
    predictions = prediction.predictions
    logits = predictions[0] if isinstance(predictions, tuple) else predictions
    confusion = confusion_matrix(np.asarray(prediction.label_ids), logits.argmax(-1), logits.shape[-1])
    predicted = np.flatnonzero(confusion.sum(0))
    only = int(predicted[0]) if len(predicted) == 1 else SEVERAL
    return {
        "accuracy": float(accuracy(confusion)),
        "macro_f1": float(macro_f1(confusion)),
        ONLY_CLASS: float(only),
    }


METRICS = Metrics(
    compute=compute_metrics,
    best="eval_macro_f1",
    names={"eval_accuracy": "validation_accuracy", "eval_macro_f1": "validation_macro_f1"},
)
