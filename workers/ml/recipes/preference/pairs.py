"""Splits of preferences as the trainer takes them, and as tokens to score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from datasets import Dataset, Features, List, Value
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from apps.toolchain.contracts import Note
from apps.toolchain.contracts.chats import Example, Turn

from ...context import RecipeContext
from ...faults import UserFault
from ...training.chats.data import ChatData, cache_folder, unpack_example
from ...training.chats.samples import frozen
from ...training.chats.templates import IGNORED, ChatTemplate, Tokens
from ...training.chats.tokens import Cut, notes_of, notes_of_template

MESSAGES = List({"role": Value("string"), "content": Value("string")})
IDS = List(Value("int32"))
FEATURES = Features(
    {
        "prompt": MESSAGES,
        "chosen": MESSAGES,
        "rejected": MESSAGES,
        "better": {"input_ids": IDS, "labels": IDS},
        "worse": {"input_ids": IDS, "labels": IDS},
    }
)
FOR_TRAINER = ["prompt", "chosen", "rejected"]
ROWS_A_BATCH = 200


@dataclass(frozen=True, slots=True)
class Pairs:
    """Splits with the columns of FEATURES, what was cut, and what a reader should know."""

    splits: dict[str, Dataset]
    cuts: dict[str, Cut]
    notes: list[Note] = field(default_factory=list)


def read_pairs(context: RecipeContext, data: ChatData, template: ChatTemplate, *, max_length: int) -> Pairs:
    """Return the splits as pairs of answers; rows whose answers do not fit are left out.

    raises  UserFault if nothing of a split is left
    """
    splits, cuts = {}, {}
    for name, split in data.splits().items():
        splits[name], cuts[name] = pair_split(context, split, template, name, max_length)
        if not len(splits[name]):
            message = f"No answer of the split {data.names[name]!r} fits into {max_length} tokens."
            raise UserFault("rows_too_few", message)
    notes = [note for name, cut in cuts.items() for note in notes_of(cut, data.names[name], max_length)]
    return Pairs(splits, cuts, [*notes, *notes_of_template(template, cuts.values())])


def pair_split(
    context: RecipeContext, split: Dataset, template: ChatTemplate, name: str, max_length: int
) -> tuple[Dataset, Cut]:
    cut = Cut(rows=len(split))

    def pairs(rows: dict[str, list[Any]], numbers: list[int]) -> dict[str, list[Any]]:
        context.cancellation.raise_if_cancelled()
        context.events.progress(numbers[0], len(split), "tokenizing")
        found: dict[str, list[Any]] = {column: [] for column in FEATURES}
        for text, number in zip(rows["example"], rows["row"], strict=True):
            example = unpack_example(text)
            try:
                better, worse = tokens_of(template, example.dialog), tokens_of(template, rejected_of(example))
            except UserFault as fault:
                raise UserFault(fault.code, f"Row {number} of the split {name!r}: {fault.message}") from fault
            longest = max(len(better.ids), len(worse.ids))
            cut.truncated += longest > max_length
            kept = [Tokens(one.ids[:max_length], one.labels[:max_length]) for one in (better, worse)]
            learned = [sum(label != IGNORED for label in one.labels) for one in kept]
            if not all(learned):
                cut.left_out += 1
                continue
            cut.learned += sum(learned)
            add(found, template, example, kept)
        return found

    mapped = split.map(
        pairs,
        batched=True,
        batch_size=ROWS_A_BATCH,
        with_indices=True,
        remove_columns=split.column_names,
        features=FEATURES,
        cache_file_name=str(cache_folder(context) / f"{name}.arrow"),
        new_fingerprint=f"tokens-{name}",
        load_from_cache_file=False,
    )
    return mapped, cut


def rejected_of(example: Example) -> tuple[Turn, ...]:
    return (*example.prompt, *example.rejected)


def tokens_of(template: ChatTemplate, dialog: tuple[Turn, ...]) -> Tokens:
    return template.tokens(template.render(dialog, [len(dialog) - 1]), whole=False)


def add(found: dict[str, list[Any]], template: ChatTemplate, example: Example, kept: list[Tokens]) -> None:
    """Add a row in all of its forms."""
    chosen, rejected = template.prepared(example.dialog), template.prepared(rejected_of(example))
    found["prompt"].append(messages(chosen[:-1]))
    found["chosen"].append(messages(chosen[-1:]))
    found["rejected"].append(messages(rejected[-1:]))
    for column, one in zip(("better", "worse"), kept, strict=True):
        found[column].append({"input_ids": one.ids, "labels": one.labels})


def messages(dialog: list[Turn]) -> list[dict[str, str]]:
    return [{"role": str(one.role), "content": one.text} for one in dialog]


@dataclass(frozen=True, slots=True)
class PairScores:
    """Of each row (n,): the log-probabilities of the better and of the worse answer, and their tokens."""

    better: np.ndarray
    worse: np.ndarray
    better_tokens: np.ndarray
    worse_tokens: np.ndarray

    @property
    def prefers_better(self) -> np.ndarray:
        """Whether a token of the better answer is the more likely one, on average."""
        return np.asarray(self.better / self.better_tokens > self.worse / self.worse_tokens)


def score_pairs(
    context: RecipeContext, model: Any, split: Dataset, *, pad: int, batch_size: int
) -> PairScores:
    """Return the log-probabilities of all answers of a split."""
    found: list[np.ndarray] = []
    collate = DataCollatorForLanguageModeling(pad)
    with frozen(model), torch.no_grad():
        for rows in batches(split, batch_size):
            context.cancellation.raise_if_cancelled()
            context.events.progress(len(found) * batch_size, len(split), "scoring")
            sides = [log_probs(model, collate(rows[column])) for column in ("better", "worse")]
            found.append(np.concatenate(sides, 1))
    better, better_tokens, worse, worse_tokens = np.concatenate(found).T
    return PairScores(better, worse, better_tokens, worse_tokens)


def batches(split: Dataset, size: int) -> Iterator[dict[str, list[Any]]]:
    for start in range(0, len(split), size):
        yield split[start : start + size]


def log_probs(model: Any, batch: dict[str, Any]) -> np.ndarray:
    """Return the summed log-probabilities and the tokens of the answers of a batch (rows, 2)."""
    inputs = {name: value.to(model.device) for name, value in batch.items()}
    outputs = model(**inputs, use_cache=False, fused_lm_head=True)
    sums = [outputs.log_probs.double().sum(1), outputs.label_mask.sum(1).double()]
    return np.asarray(torch.stack(sums, 1).cpu().numpy())
