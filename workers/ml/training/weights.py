"""Loads the weights of a model for a task from safetensors files, with the person's mistakes named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import PretrainedConfig, PreTrainedModel

from ..context import RecipeContext
from ..describe import join_names, reason
from ..faults import UserFault
from .loading import check_shards, check_size, reject_missing_library

# numbers that a run holds for each weight: with gradients and two moments, or the weights alone
TRAINING_COPIES, FROZEN_COPIES = 4, 1


def load_weights(
    head: Any, folder: Path, task: str, *, dtype: torch.dtype = torch.float32, **options: Any
) -> tuple[PreTrainedModel, Mapping[str, Any]]:
    """Return the model and the report of its loading.

    head    an automatic class of transformers
    task    what the model shall do, for messages: "classify text"
    raises  UserFault
    """
    if not list(folder.glob("*.safetensors")):
        raise UserFault("model_no_weights", "The model has no model.safetensors.")
    check_shards(folder)
    loaded: tuple[PreTrainedModel, Mapping[str, Any]] = guarded(
        lambda: head.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype=dtype,
            output_loading_info=True,
            **options,
        ),
        task,
    )
    return loaded


def guarded(make: Callable[[], Any], task: str) -> Any:
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
        raise UserFault("model_unsupported", f"The model cannot {task}: {reason(error)}") from error


def check_weights_fit(
    head: Any, config: PretrainedConfig, context: RecipeContext, task: str, *, copies: int
) -> None:
    """Reject a model that is too large, before it takes any memory; random numbers are not used up."""
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        model = guarded(lambda: head.from_config(config), task)
    check_size(model, context, copies=copies)


def reject_mismatch(names: list[str]) -> None:
    """Reject weights that are missing or of another size than the configuration says."""
    if names:
        problem = f"missing or of another size: {join_names(names)}."
        raise UserFault("model_broken", f"The weights do not match the model's configuration; {problem}")


def mismatched(report: Mapping[str, Any]) -> list[str]:
    """Return the names of parameters whose size differs from the configuration's."""
    return [name if isinstance(name, str) else name[0] for name in report.get("mismatched_keys", ())]
