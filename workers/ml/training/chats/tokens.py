"""Splits of chats as token ids, and what was cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from datasets import Dataset, Features, List, Value

from apps.toolchain.contracts import Note, NoteCode
from apps.toolchain.contracts.chats import Example

from ...context import RecipeContext
from ...faults import UserFault
from .data import ChatData, cache_folder, unpack_example
from .templates import IGNORED, ChatTemplate

FEATURES = Features({"input_ids": List(Value("int32")), "labels": List(Value("int32"))})
ROWS_A_BATCH = 200


@dataclass(slots=True)
class Cut:
    """What was cut from a split. rows: it had; skipped: answers that could not be learned"""

    rows: int = 0
    truncated: int = 0
    left_out: int = 0
    skipped: int = 0
    tokens: int = 0
    learned: int = 0


@dataclass(frozen=True, slots=True)
class TokenizedChats:
    """Splits of token ids and labels, what was cut, and what a reader should know."""

    splits: dict[str, Dataset]
    cuts: dict[str, Cut]
    notes: list[Note] = field(default_factory=list)


def tokenize(
    context: RecipeContext, data: ChatData, template: ChatTemplate, *, max_length: int
) -> TokenizedChats:
    """Return the splits as token ids, stored on disk.

    raises  UserFault if nothing can be learned of a split
    """
    splits, cuts = {}, {}
    for name, split in data.splits().items():
        splits[name], cuts[name] = tokenize_split(context, split, template, name, max_length)
        if not len(splits[name]):
            message = f"No answer of the split {data.names[name]!r} fits into {max_length} tokens."
            raise UserFault("rows_too_few", message)
    notes = [note for name, cut in cuts.items() for note in notes_of(cut, data.names[name], max_length)]
    return TokenizedChats(splits, cuts, [*notes, *notes_of_template(template, cuts.values())])


def notes_of_template(template: ChatTemplate, cuts: Iterable[Cut]) -> list[Note]:
    """Return what a reader should know of the template."""
    plain = [Note(NoteCode.PLAIN_TEMPLATE)] if template.is_plain else []
    return [*plain, *([Note(NoteCode.LAST_ANSWERS_ONLY)] if any(cut.skipped for cut in cuts) else [])]


def tokenize_split(
    context: RecipeContext, split: Dataset, template: ChatTemplate, name: str, max_length: int
) -> tuple[Dataset, Cut]:
    """Return a split as token ids, and what was cut; rows of which nothing can be learned are left out."""
    cut, learn = Cut(rows=len(split)), context.spec.params["loss_on"]

    def tokens(rows: dict[str, list[Any]], numbers: list[int]) -> dict[str, list[Any]]:
        context.cancellation.raise_if_cancelled()
        context.events.progress(numbers[0], len(split), "tokenizing")
        found: dict[str, list[Any]] = {"input_ids": [], "labels": []}
        for text, number in zip(rows["example"], rows["row"], strict=True):
            example = unpack_example(text)
            try:
                rendered = template.render(example.dialog, learned_answers(example, learn))
            except UserFault as fault:
                raise UserFault(fault.code, f"Row {number} of the split {name!r}: {fault.message}") from fault
            one = template.tokens(rendered, whole=learn == "all")
            cut.skipped += rendered.skipped
            cut.truncated += len(one.ids) > max_length
            labels = one.labels[:max_length]
            learned = sum(label != IGNORED for label in labels[1:])
            if not learned:
                cut.left_out += 1
                continue
            cut.tokens += len(labels)
            cut.learned += learned
            found["input_ids"].append(one.ids[:max_length])
            found["labels"].append(labels)
        return found

    mapped = split.map(
        tokens,
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


def learned_answers(example: Example, learn: str) -> list[int]:
    """Return the places of the messages to learn."""
    answers = [place for place, turn in enumerate(example.dialog) if turn.is_trained]
    return answers[-1:] if learn == "last" else answers


def notes_of(cut: Cut, split: str, max_length: int) -> list[Note]:
    facts = {"total": cut.rows, "split": split, "tokens": max_length}
    counts = {NoteCode.CHATS_TRUNCATED: cut.truncated, NoteCode.CHATS_LEFT_OUT: cut.left_out}
    return [Note(code, {"count": count, **facts}) for code, count in counts.items() if count]
