"""Loads the language model to train."""

from __future__ import annotations

from dataclasses import dataclass

from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from ...context import RecipeContext
from ...faults import UserFault
from ..devices import has_gpu, uses_bf16
from ..language_models import load_language_model
from ..weights import FROZEN_COPIES, TRAINING_COPIES


@dataclass(frozen=True, slots=True)
class Base:
    """A model to fine-tune, and the number of its weights."""

    model: PreTrainedModel
    parameters: int


def load_base(
    context: RecipeContext,
    config: PretrainedConfig,
    tokenizer: PreTrainedTokenizerBase,
    *,
    references: int = 0,
) -> Base:
    """Load a causal language model in float32.

    references  further copies of the weights that the run holds
    raises      UserFault
    """
    if config.is_encoder_decoder:
        message = "The model reads one text and writes another. Chats are learned by causal language models."
        raise UserFault("model_unsupported", message)
    copies = FROZEN_COPIES if context.spec.params["method"] == "lora" else TRAINING_COPIES + references
    model = load_language_model(context, context.model_folder, config, tokenizer, copies=copies)
    return Base(model, model.num_parameters())


def place_of_training(context: RecipeContext) -> str:
    """Return the line of the log about device and precision."""
    place = "a GPU" if has_gpu() else f"{context.hardware.cores} CPU cores"
    precision = "bfloat16" if uses_bf16(context.spec.params) else "float32"
    return f"Training ({context.spec.params['method']}) on {place} in {precision}."
