"""Texts as tokens, and how many were cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from transformers import BatchEncoding, PreTrainedTokenizerBase


def encode(
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    max_length: int,
    *,
    pairs: Sequence[str] | None = None,
    **options: Any,
) -> BatchEncoding:
    """Return texts as tokens, truncated to a length; of a pair the longer text is cut first.

    pairs  the second text of each, None for single texts
    """
    pattern = special_pattern(tokenizer)
    plain, second = (
        None if side is None else [without_special_tokens(text, pattern) for text in side]
        for side in (texts, pairs)
    )
    batch: BatchEncoding = tokenizer(plain, second, truncation=True, max_length=max_length, **options)
    return batch


def special_pattern(tokenizer: PreTrainedTokenizerBase) -> re.Pattern[str]:
    return pattern_of(tuple(tokenizer.all_special_tokens))


@cache
def pattern_of(tokens: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted((token for token in tokens if len(token) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def without_special_tokens(text: str, pattern: re.Pattern[str]) -> str:
    """Return a text with a space in what would become a special token: `< /s>`.

    A model that looks for the end of a text would find several; tokenizers may know such words even when
    they are told to split them.
    """
    return pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)


def count_truncated(batch: BatchEncoding, max_length: int) -> int:
    """Count the texts that were cut; for a tokenizer in Python, those that fill the length."""
    if batch.encodings is not None:
        return sum(bool(one.overflowing) for one in batch.encodings)
    return sum(int(sum(mask)) >= max_length for mask in batch["attention_mask"])
