"""Texts as tokens, and how many were cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import BatchEncoding, PreTrainedTokenizerBase


def encode(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_length: int, **options: Any
) -> BatchEncoding:
    """Return texts as tokens, truncated to a length.

    Words such as `</s>` in a text are text: as tokens they would end it for models that look for its end.
    """
    return tokenizer(
        list(texts), truncation=True, max_length=max_length, split_special_tokens=True, **options
    )


def count_truncated(batch: BatchEncoding, max_length: int) -> int:
    """Count the texts that were cut; for a tokenizer in Python, those that fill the length."""
    if batch.encodings is not None:
        return sum(bool(one.overflowing) for one in batch.encodings)
    return sum(int(sum(mask)) >= max_length for mask in batch["attention_mask"])
