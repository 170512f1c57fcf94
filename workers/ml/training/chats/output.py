"""Writes a trained chat model so that it stops where its answers end."""

from __future__ import annotations

from typing import Any

from peft import PeftModel
from transformers import PreTrainedTokenizerBase

from ...context import RecipeContext
from ..loading import weights_dtype
from ..output import rewrite, write_model


def write_chat_model(
    context: RecipeContext,
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    *,
    ends: list[int],
    max_length: int,
) -> None:
    """Write the model and its tokenizer to the output folder.

    ends  tokens that end an answer, which the generation settings name
    """
    written: Any = model.get_base_model() if isinstance(model, PeftModel) else model
    written.generation_config.eos_token_id = ends if len(ends) > 1 else next(iter(ends), None)
    written.generation_config.pad_token_id = tokenizer.pad_token_id
    output = context.folder.output
    write_model(
        model,
        tokenizer,
        output,
        context.spec.inputs["model"],
        dtype=weights_dtype(context.model_folder),
        parts=context.spec.params["lora_output"],
    )
    rewrite(output / "tokenizer_config.json", lambda known: {**known, "max_length": max_length})
