"""Answers a person's prompts, or those of a dataset's column, with one model or with two side by side."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed

from apps.toolchain.contracts import Note, NoteCode, Samples, Table, View
from apps.toolchain.contracts.recipes.text_generation import (
    ANSWERS,
    ANSWERS_FILE,
    MODEL_HEADS,
    MODELS,
    PROMPT,
    REFERENCE,
)

from ...context import RecipeContext
from ...training import results
from ...training.answers import AnswerBook
from ...training.devices import has_gpu
from ...training.generating import Answer, Decoding, Writer
from ...training.language_models import context_tokens, frozen_dtype, load_language_model
from ...training.loading import load_config, load_tokenizer
from ...training.prompts import encode_prompts, keep_end, plain_prompt, way_of
from .rows import Row, Rows, chosen_split, prompt_of, values_of

# rows whose answers are shown while they are written, and those that the job's page shows in the end
LIVE_ROWS, SHOWN_ROWS, SHOWN_CHARACTERS = 20, 100, 400_000
INPUTS = ("model", "second_model")
SHORT_COMMIT = 7


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model of the run. name: of its column; folder: of its files"""

    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Manner:
    """How a model was asked. template: the prompt format; dtype: of its weights"""

    template: str
    dtype: str


def run(context: RecipeContext) -> None:
    """Write the answers of each model, every piece of the first rows as it comes.

    raises  UserFault, Interruption
    """
    set_seed(context.spec.seed)
    context.events.progress(0, 0, "reading")
    rows, candidates = read_rows(context), candidates_of(context)
    book, notes = AnswerBook(context), list(rows.notes)
    pieces = Pieces(context)
    for number, row in enumerate(rows.rows[:LIVE_ROWS]):
        pieces.send(number, PROMPT, row.prompt.text)
    manners = {}
    for candidate in candidates:
        manners[candidate.name], found = answer_all(
            context, candidate, rows.rows, book, pieces, len(candidates)
        )
        notes += found
    write_answers(context, rows.rows, candidates, book)
    write_report(context, rows.rows, candidates, book, manners, notes)


def read_rows(context: RecipeContext) -> Rows:
    """Return the person's prompts, then those of the dataset.

    raises  UserFault
    """
    params = context.spec.params
    own = [Row(plain_prompt(text)) for text in params["prompts"]]
    if "dataset" not in context.spec.inputs:
        return Rows(own)
    split, numbers, notes = chosen_split(context)
    column = params["prompt_column"]
    rows = []
    for number, value in zip(numbers, values_of(split, column, params["split"], numbers), strict=True):
        prompt, reference = prompt_of(value, column, int(number))
        rows.append(Row(prompt, (reference,) if reference else (), int(number)))
    return Rows([*own, *rows], notes)


def candidates_of(context: RecipeContext) -> list[Candidate]:
    """Return the models in the order of their columns; two revisions of one repository differ by commit."""
    repos = {name: context.spec.inputs[name] for name in INPUTS if name in context.spec.inputs}
    is_same = len({repo.address for repo in repos.values()}) < len(repos)
    return [
        Candidate(
            f"{repo.address}@{repo.commit[:SHORT_COMMIT]}" if is_same else repo.address,
            context.folder.inputs / name,
        )
        for name, repo in repos.items()
    ]


def answer_all(
    context: RecipeContext,
    candidate: Candidate,
    rows: Sequence[Row],
    book: AnswerBook,
    pieces: Pieces,
    candidates: int,
) -> tuple[Manner, list[Note]]:
    """Answer every prompt with one model; only one is in memory at a time.

    raises  UserFault, Interruption
    """
    params, numbers = context.spec.params, list(range(len(rows)))
    config, tokenizer = load_config(candidate.folder), load_tokenizer(candidate.folder)
    way = way_of(tokenizer, params["template"])
    dtype = frozen_dtype(candidate.folder)
    prompts = encode_prompts(tokenizer, [row.prompt for row in rows], way, system=params["system_prompt"])
    limit = context_tokens(config, tokenizer, candidate.folder)
    decoding = Decoding.of_params(params, context.spec.seed, limit)
    longest = limit - decoding.max_new_tokens
    cut = sum(len(ids) > longest for ids in prompts)
    model = load_language_model(context, candidate.folder, config, tokenizer, dtype=dtype)
    writer = Writer(model, tokenizer, decoding)
    context.events.log(
        f"{candidate.name} answers {len(rows)} prompts ({way} prompt format, {name_of(dtype)})."
    )
    before, started = tokens_in(book), time.monotonic()
    book.write(
        candidate.name,
        writer,
        [keep_end(ids, longest) for ids in prompts],
        numbers,
        total=len(rows) * candidates,
        listener=lambda number, text, is_done: pieces.send(number, candidate.name, text),
    )
    if written := tokens_in(book) - before:
        speed = written / max(time.monotonic() - started, 1e-3)
        context.events.log(f"{candidate.name} wrote {written:,} tokens, {speed:,.1f} a second.")
    del model, writer
    free_memory()
    values = {"count": cut, "total": len(rows), "tokens": longest}
    return Manner(way, name_of(dtype)), [Note(NoteCode.TRUNCATED, values)] if cut else []


def tokens_in(book: AnswerBook) -> int:
    return sum(answer.tokens for answer in book.answers.values())


def name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def free_memory() -> None:
    gc.collect()
    if has_gpu():
        torch.cuda.empty_cache()


class Pieces:
    """Reports what has been written of the first rows: the part of each cell that is new."""

    def __init__(self, context: RecipeContext) -> None:
        self.context = context
        self.sent: dict[tuple[int, str], str] = {}

    def send(self, row: int, column: str, text: str) -> None:
        if row >= LIVE_ROWS or text == self.sent.get((row, column)):
            return
        offset = shared_start(text, self.sent.get((row, column), ""))
        self.sent[row, column] = text
        self.context.events.piece(ANSWERS, row, column, offset, text[offset:])


def shared_start(one: str, other: str) -> int:
    """Return the number of characters with which two texts begin alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def write_answers(
    context: RecipeContext, rows: Sequence[Row], candidates: Sequence[Candidate], book: AnswerBook
) -> None:
    """Keep all prompts and answers as JSON lines."""
    with (context.folder.artifacts / ANSWERS_FILE).open("w", encoding="utf-8") as file:
        for number, row in enumerate(rows):
            facts = {
                "prompt": [
                    {"role": str(message.role), "content": message.text} for message in row.prompt.messages
                ],
                "references": list(row.references),
                "answers": {
                    candidate.name: asdict(book.answers[candidate.name, number]) for candidate in candidates
                },
            }
            file.write(json.dumps(facts, ensure_ascii=False) + "\n")


def write_report(
    context: RecipeContext,
    rows: Sequence[Row],
    candidates: Sequence[Candidate],
    book: AnswerBook,
    manners: dict[str, Manner],
    notes: Sequence[Note],
) -> None:
    """Write the result: the first answers side by side, and a line about each model."""
    numbers = range(len(rows))
    lines = tuple(
        model_line(candidate.name, book.of(candidate.name, numbers), manners[candidate.name])
        for candidate in candidates
    )
    views: list[View] = [samples_of(rows, candidates, book), Table(MODELS, MODEL_HEADS, lines)]
    results.write_report(context, views=views, notes=notes)


def model_line(name: str, answers: Sequence[Answer], manner: Manner) -> tuple[Any, ...]:
    mean = sum(answer.tokens for answer in answers) / len(answers)
    cut = sum(answer.is_cut for answer in answers)
    return name, manner.template, manner.dtype, round(mean, 1), cut


def samples_of(rows: Sequence[Row], candidates: Sequence[Candidate], book: AnswerBook) -> Samples:
    """Return the first answers, as many as a page can show."""
    has_references = any(row.references for row in rows)
    columns = (
        PROMPT,
        *(candidate.name for candidate in candidates),
        *((REFERENCE,) if has_references else ()),
    )
    shown: list[tuple[str, ...]] = []
    characters = 0
    for number, row in enumerate(rows[:SHOWN_ROWS]):
        cells = [row.prompt.text, *(book.answers[candidate.name, number].text for candidate in candidates)]
        cells += ["\n".join(row.references)] if has_references else []
        characters += sum(map(len, cells))
        if shown and characters > SHOWN_CHARACTERS:
            break
        shown.append(tuple(cells))
    return Samples(ANSWERS, columns, tuple(shown))
