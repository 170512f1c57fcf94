"""Loads a text classifier: a base with a new head, or one that has been trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import (
    AutoModelForSequenceClassification,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from ...context import RecipeContext
from ...describe import join_names
from ...faults import UserFault
from ...training.loading import check_finite, check_vocabulary, new_modules
from ...training.weights import (
    FROZEN_COPIES,
    TRAINING_COPIES,
    check_weights_fit,
    load_weights,
    mismatched,
    reject_mismatch,
)

HEAD, TASK = AutoModelForSequenceClassification, "classify text"


@dataclass(frozen=True, slots=True)
class Base:
    """A model to fine-tune.

    new  names of its modules that are trained as a whole, see `new_modules`
    """

    model: PreTrainedModel
    new: list[str]


def load_base(
    context: RecipeContext,
    config: PretrainedConfig,
    tokenizer: PreTrainedTokenizerBase,
    labels: Sequence[str],
) -> Base:
    """Load the weights of a base in float32, with a head for these classes.

    raises  UserFault if the weights are missing, broken, too large or belong to another model
    """
    names = dict(enumerate(labels))
    head: dict[str, Any] = {
        "id2label": names,
        "label2id": {name: number for number, name in names.items()},
        "num_labels": len(labels),
        "problem_type": "single_label_classification",
    }
    copies = FROZEN_COPIES if context.spec.params["method"] == "lora" else TRAINING_COPIES
    check_weights_fit(HEAD, config, context, TASK, copies=copies)
    model, report = load_weights(HEAD, context.model_folder, TASK, ignore_mismatched_sizes=True, **head)
    # Classifiers average over each batch. Otherwise the Trainer would add up the batches of a step that
    # accumulates gradients or is divided between processes, instead of averaging them.
    model.accepts_loss_kwargs = False  # type: ignore[assignment]
    missing = [*report.get("missing_keys", ()), *mismatched(report)]
    check_body(model, report)
    check_finite(model)
    check_vocabulary(model, tokenizer)
    return Base(model, new_modules(model, missing))


def load_classifier(
    context: RecipeContext, config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase
) -> PreTrainedModel:
    """Load the weights of a trained classifier in float32.

    raises  UserFault if the weights are missing, broken or too large, or if the head has not been trained
    """
    check_weights_fit(HEAD, config, context, TASK, copies=FROZEN_COPIES)
    model, report = load_weights(HEAD, context.model_folder, TASK)
    missing = sorted(report.get("missing_keys", ()))
    if missing:
        message = f"The model has no trained classification head: {join_names(missing)}."
        raise UserFault("model_unsupported", message)
    check_body(model, report)
    check_finite(model)
    check_vocabulary(model, tokenizer)
    return model


def check_body(model: PreTrainedModel, report: Mapping[str, Any]) -> None:
    """Reject weights that leave parts of the body untrained. A pooler may be missing.

    raises  UserFault
    """
    prefix = f"{model.base_model_prefix}."
    missing = [name for name in report.get("missing_keys", ()) if ".pooler." not in name]
    reject_mismatch(sorted(name for name in (*missing, *mismatched(report)) if name.startswith(prefix)))
