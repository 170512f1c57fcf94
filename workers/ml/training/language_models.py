"""Loads language models: those that continue a text, and those that read one and write another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from ..context import RecipeContext
from ..describe import join_names
from ..faults import UserFault
from .devices import has_bf16, has_gpu
from .loading import check_finite, check_vocabulary, max_tokens, weights_dtype
from .weights import FROZEN_COPIES, check_weights_fit, load_weights, mismatched, reject_mismatch

TASK = "write text"
HEADS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
LONGEST_CONTEXT = 131_072


def load_language_model(
    context: RecipeContext,
    folder: Path,
    config: PretrainedConfig,
    tokenizer: PreTrainedTokenizerBase,
    *,
    copies: int = FROZEN_COPIES,
    dtype: torch.dtype = torch.float32,
) -> PreTrainedModel:
    """Load a trained language model.

    copies  how many numbers the run holds for each weight
    raises  UserFault if it does not write text, or if its weights are missing, broken or too large
    """
    names = getattr(config, "architectures", None) or []
    if names and not any(name.endswith(HEADS) for name in names):
        message = f"The model is {join_names(names)}, which does not write text."
        raise UserFault("model_unsupported", message)
    head: Any = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    check_weights_fit(head, config, context, TASK, copies=copies)
    model, report = load_weights(head, folder, TASK, dtype=dtype, ignore_mismatched_sizes=True)
    reject_mismatch(sorted([*report.get("missing_keys", ()), *mismatched(report)]))
    check_finite(model)
    check_vocabulary(model, tokenizer)
    return model


def frozen_dtype(folder: Path) -> torch.dtype:
    """Return the type in which a model is run without training: its own on a GPU, else float32."""
    own = weights_dtype(folder)
    if not has_gpu() or own == torch.float32:
        return torch.float32
    return own if own == torch.float16 or has_bf16() else torch.float16


def context_tokens(config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase, folder: Path) -> int:
    """Return how many tokens the model can read and write together."""
    return max_tokens(config, tokenizer, LONGEST_CONTEXT, folder)


def answer_tokens(wanted: int, limit: int) -> int:
    """Return the largest number of tokens of an answer: half of what the model holds if more cannot be."""
    return wanted if wanted < limit else max(1, limit // 2)
