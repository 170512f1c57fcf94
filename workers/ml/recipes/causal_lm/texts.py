"""Splits of texts, joined and cut into blocks of tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset, Features, List, Value
from datasets.exceptions import DatasetGenerationError
from transformers import PreTrainedTokenizerBase

from apps.toolchain.contracts import Note, NoteCode

from ...context import RecipeContext
from ...faults import UserFault
from ...training.chats.data import cache_folder, is_share
from ...training.tables import column_of, read_splits, split_named
from ...training.tokens import special_pattern, without_special_tokens

FEATURES = Features({"input_ids": List(Value("int32")), "labels": List(Value("int32"))})
TEXTS_AT_ONCE = 500
# a block of one token has nothing to predict
SHORTEST = 2


@dataclass(slots=True)
class Texts:
    """Texts by what they are used for: train, validation and test.

    titles  names of their splits, for people
    notes   what a reader should know
    """

    splits: dict[str, pa.ChunkedArray]
    titles: dict[str, str]
    notes: list[Note] = field(default_factory=list)

    def rows(self) -> dict[str, int]:
        return {name: len(texts) for name, texts in self.splits.items()}


@dataclass(frozen=True, slots=True)
class Blocks:
    """A split as blocks of tokens. bytes_per_token: of its texts in UTF-8"""

    rows: Dataset
    tokens: int
    bytes_per_token: float


def read_texts(context: RecipeContext) -> Texts:
    """Return the texts of the splits that the parameters name; empty rows are left out.

    raises  UserFault
    """
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.run / "cache", subset=params["subset"])

    def read(name: str) -> pa.ChunkedArray:
        texts = column_of(split_named(splits, name), params["text_column"], name)
        if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
            problem = f"Column {params['text_column']!r} of the split {name!r} holds {texts.type}, not text."
            raise UserFault("text_not_text", problem)
        kept = texts.filter(pc.not_equal(pc.fill_null(pc.utf8_trim_whitespace(texts), ""), ""))
        if not len(kept):
            raise UserFault("split_empty", f"The split {name!r} has no text.")
        return kept

    validation, train = params["validation_split"], read(params["train_split"])
    titles = {"train": params["train_split"], "validation": validation, "test": params["test_split"]}
    if is_share(validation):
        titles["validation"] = f"{float(validation):.0%} of {params['train_split']}"
        train, held = split_off(train, float(validation), context.spec.seed)
    else:
        held = read(validation)
    found = {"train": train, "validation": held}
    if params["test_split"]:
        found["test"] = read(params["test_split"])
    return Texts(found, {name: titles[name] for name in found}, leaks(found))


def split_off(texts: pa.ChunkedArray, share: float, seed: int) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return texts to train on, and a share of the distinct ones for validation; none is on both sides.

    raises  UserFault if either would be empty
    """
    distinct = pc.unique(texts)
    count = round(share * len(distinct))
    chosen = np.sort(np.random.default_rng(seed).permutation(len(distinct))[:count])
    held = distinct.take(pa.array(chosen))
    kept = texts.filter(pc.invert(pc.is_in(texts, held)))
    if not len(held) or not len(kept):
        message = "There are too few distinct texts to split some off for validation."
        raise UserFault("rows_too_few", message)
    return kept, pa.chunked_array([held])


def leaks(splits: dict[str, pa.ChunkedArray]) -> list[Note]:
    """Return a note for each held-out split that has texts of the training split."""
    notes = []
    for name, texts in splits.items():
        shared = int(pc.sum(pc.is_in(texts, pc.unique(splits["train"]))).as_py()) if name != "train" else 0
        if shared:
            values = {"count": shared, "total": len(texts), "split": name, "other": "train"}
            notes.append(Note(NoteCode.LEAKED, values))
    return notes


def cut_into_blocks(
    context: RecipeContext,
    texts: pa.ChunkedArray,
    tokenizer: PreTrainedTokenizerBase,
    name: str,
    length: int,
) -> Blocks:
    """Return a split's texts, each with the end-of-text token after it, as blocks of one length but the last.

    raises  UserFault if there is nothing to predict
    """
    counts = {"tokens": 0}

    def rows() -> Iterator[dict[str, list[int]]]:
        left: list[int] = []
        for ids in tokens_of(context, texts, tokenizer):
            counts["tokens"] += len(ids)
            left += ids
            while len(left) >= length:
                yield block_of(left[:length])
                left = left[length:]
        if len(left) >= SHORTEST:
            yield block_of(left)

    try:
        blocks = Dataset.from_generator(
            rows,
            features=FEATURES,
            cache_dir=str(cache_folder(context)),
            fingerprint=hashlib.sha256(f"{context.spec.id} {name}".encode()).hexdigest()[:16],
        )
    except DatasetGenerationError as error:  # the library hides that the run was cancelled
        context.cancellation.raise_if_cancelled()
        raise error.__cause__ or error from None
    if not len(blocks):
        raise UserFault("rows_too_few", f"The texts for {name} have too few tokens.")
    size = pc.sum(pc.binary_length(texts)).as_py()
    return Blocks(blocks, counts["tokens"], size / max(1, counts["tokens"]))


def block_of(ids: list[int]) -> dict[str, list[int]]:
    return {"input_ids": ids, "labels": list(ids)}


def tokens_of(
    context: RecipeContext, texts: pa.ChunkedArray, tokenizer: PreTrainedTokenizerBase
) -> Iterator[list[int]]:
    """Yield the tokens of each text with the token that ends it; special tokens in a text are text."""
    pattern, end = special_pattern(tokenizer), tokenizer.eos_token_id
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        context.cancellation.raise_if_cancelled()
        context.events.progress(start, len(texts), "tokenizing")
        some = [
            without_special_tokens(text, pattern) for text in texts[start : start + TEXTS_AT_ONCE].to_pylist()
        ]
        encoded: Any = tokenizer(some, add_special_tokens=False)
        for ids in encoded["input_ids"]:
            yield [*ids, *([end] if end is not None else [])]
