"""Loads a text classifier: a base with a new head, or one that has been trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    AutoModelForSequenceClassification,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from ...context import RecipeContext
from ...describe import join_names, reason
from ...faults import UserFault
from ...training.loading import (
    check_finite,
    check_shards,
    check_size,
    check_vocabulary,
    new_modules,
    reject_missing_library,
)

# numbers that a run holds for each weight: with gradients and two moments, or the weights alone
TRAINING_COPIES, FROZEN_COPIES = 4, 1


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
    head = {
        "id2label": names,
        "label2id": {name: number for number, name in names.items()},
        "num_labels": len(labels),
        "problem_type": "single_label_classification",
    }
    copies = FROZEN_COPIES if context.spec.params["method"] == "lora" else TRAINING_COPIES
    check_classifier_size(context, config, copies)
    model, report = load(context.model_folder, ignore_mismatched_sizes=True, **head)
    # Classifiers average over each batch. Told otherwise, the Trainer would add up the batches of a step
    # that accumulates gradients or is divided between processes, instead of averaging them.
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
    check_classifier_size(context, config, FROZEN_COPIES)
    model, report = load(context.model_folder)
    missing = sorted(report.get("missing_keys", ()))
    if missing:
        message = f"The model has no trained classification head: {join_names(missing)}."
        raise UserFault("model_unsupported", message)
    check_body(model, report)
    check_finite(model)
    check_vocabulary(model, tokenizer)
    return model


def load(folder: Path, **options: Any) -> tuple[PreTrainedModel, Mapping[str, Any]]:
    """Return the model and the report of its loading.

    raises  UserFault
    """
    if not list(folder.glob("*.safetensors")):
        raise UserFault("model_no_weights", "The model has no model.safetensors.")
    check_shards(folder)
    loaded: tuple[PreTrainedModel, Mapping[str, Any]] = guarded(
        lambda: AutoModelForSequenceClassification.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype=torch.float32,
            output_loading_info=True,
            **options,
        )
    )
    return loaded


def guarded(make: Callable[[], Any]) -> Any:
    """Make a model of the person's files.

    raises  UserFault, PlatformFault if this worker lacks a library
    """
    try:
        return make()
    except (SafetensorError, RuntimeError, OSError) as error:
        reject_missing_library(error)
        message = f"The model's weights could not be loaded: {reason(error)}"
        raise UserFault("model_broken", message) from error
    except (ValueError, KeyError, TypeError, AttributeError, ImportError, NotImplementedError) as error:
        reject_missing_library(error)
        raise UserFault("model_unsupported", f"The model cannot classify text: {reason(error)}") from error


def check_classifier_size(context: RecipeContext, config: PretrainedConfig, copies: int) -> None:
    """Reject a model that is too large, before it takes any memory; random numbers are not used up."""
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        model = guarded(lambda: AutoModelForSequenceClassification.from_config(config))  # type: ignore[no-untyped-call]
    check_size(model, context, copies=copies)


def check_body(model: PreTrainedModel, report: Mapping[str, Any]) -> None:
    """Reject weights that leave parts of the body untrained. A pooler may be missing.

    raises  UserFault
    """
    prefix = f"{model.base_model_prefix}."
    missing = [name for name in report.get("missing_keys", ()) if ".pooler." not in name]
    wrong = sorted(name for name in (*missing, *mismatched(report)) if name.startswith(prefix))
    if wrong:
        problem = f"missing or of another size: {join_names(wrong)}."
        raise UserFault("model_broken", f"The weights do not match the model's configuration; {problem}")


def mismatched(report: Mapping[str, Any]) -> list[str]:
    """Return the names of parameters whose size differs from the configuration's."""
    return [name if isinstance(name, str) else name[0] for name in report.get("mismatched_keys", ())]
