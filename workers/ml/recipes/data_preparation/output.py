"""The splits of the prepared dataset, with the columns that it will have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset, Features, List, Value, concatenate_datasets

from apps.toolchain.contracts.recipes.data_preparation import SplitPlan

from ...context import RecipeContext
from ...describe import join_names
from ...faults import UserFault
from ...preparation.duplicates import Place
from ...preparation.parts import Part
from ...preparation.splits import TEST, VALIDATION, groups_of, new_splits, sample
from ...preparation.study import Study
from ...preparation.texts import is_text

MESSAGES = "messages"
MESSAGE_FEATURE = List({"role": Value("string"), "content": Value("string")})


def output_splits(context: RecipeContext, study: Study) -> dict[str, Dataset]:
    """Return the splits of the new dataset.

    raises  UserFault if nothing is left, or if a column does not exist or cannot be joined
    """
    params = context.spec.params
    sample(study.parts, params["max_rows"], context.spec.seed)
    parts = study.in_order()
    if params["splits"] == SplitPlan.NEW:
        splits = split_anew(context, study, parts)
    else:
        splits = {part.name: part.rows.select(np.flatnonzero(part.kept)) for part in parts if part.kept.any()}
    if not splits:
        raise UserFault("rows_too_few", "No rows are left. Remove fewer of them.")
    cache = context.folder.run / "cache" / "output"
    return {
        name: shaped(rows, params, cache / f"{place}.arrow")
        for place, (name, rows) in enumerate(splits.items())
    }


def split_anew(context: RecipeContext, study: Study, parts: Sequence[Part]) -> dict[str, Dataset]:
    """Return the rows of all parts in new splits; rows that repeat each other stay in one of them."""
    params = context.spec.params
    check_columns_equal(parts)
    rows = concatenate_datasets([part.rows.select(np.flatnonzero(part.kept)) for part in parts])
    if not len(rows):
        raise UserFault("rows_too_few", "No rows are left. Remove fewer of them.")
    columns: list[Sequence[Any]] = [roots(study, parts)]
    if params["group_column"]:
        columns.append(values_of(rows, params["group_column"]))
    strata = values_of(rows, params["label_column"]) if params["label_column"] else [None] * len(rows)
    wanted = {VALIDATION: params["validation_share"], TEST: params["test_share"]}
    shares = {name: share for name, share in wanted.items() if share}
    found = new_splits(groups_of(*columns), strata, shares, context.spec.seed)
    return {name: rows.select(order) for name, order in found.items()}


def check_columns_equal(parts: Sequence[Part]) -> None:
    """raises  UserFault if splits cannot be joined"""
    first = parts[0]
    for part in parts[1:]:
        if part.rows.features != first.rows.features:
            others = f"{first.name!r} has {join_names(first.rows.column_names)}"
            problem = f"The split {part.name!r} has {join_names(part.rows.column_names)}, but {others}"
            raise UserFault(
                "column_missing", f"{problem}, or of other types. Splits that differ cannot be joined."
            )


def roots(study: Study, parts: Sequence[Part]) -> list[Place]:
    """Return the row that each kept row repeats, or itself."""
    numbers = {id(part): number for number, part in enumerate(study.parts)}
    places = [Place(numbers[id(part)], int(row)) for part in parts for row in np.flatnonzero(part.kept)]
    origins = study.repetition.origins
    return [origins[place].place if place in origins else place for place in places]


def values_of(rows: Dataset, column: str) -> list[str]:
    """Return a column's values as texts.

    raises  UserFault if it does not exist
    """
    check_column(rows, column)
    return [str(value) for value in rows.with_format("arrow").select_columns([column])[:][column].to_pylist()]


def check_column(rows: Dataset, column: str) -> None:
    if column not in rows.column_names:
        problem = f"The dataset has no column {column!r}. It has {join_names(rows.column_names)}."
        raise UserFault("column_missing", problem)


def shaped(rows: Dataset, params: Mapping[str, Any], cache: Path) -> Dataset:
    """Return rows with the columns that were question for, by their new names.

    raises  UserFault for a column that does not exist
    """
    for column in (*params["columns"], *params["rename"]):
        check_column(rows, column)
    chat = [params["prompt_column"], params["answer_column"]] if params["prompt_column"] else []
    kept = [one for one in params["columns"] or rows.column_names if one not in chat]
    if chat:
        rows = with_messages(rows, params["prompt_column"], params["answer_column"], cache)
        kept = [MESSAGES, *(one for one in kept if one != MESSAGES)]
    names = {before: after for before, after in params["rename"].items() if before in kept}
    if len({names.get(one, one) for one in kept}) < len(kept):
        raise UserFault("column_missing", "Two columns would have the same name. Change the new names.")
    return rows.select_columns(kept).rename_columns(names)


def with_messages(rows: Dataset, prompt: str, answer: str, cache: Path) -> Dataset:
    """Return rows with a chat of a prompt and its answer in the column MESSAGES.

    raises  UserFault if a column does not exist or is not text
    """
    types = {field.name: field.type for field in rows.features.arrow_schema}
    for column in (prompt, answer):
        check_column(rows, column)
        if not is_text(types[column]):
            raise UserFault("text_not_text", f"Column {column!r} holds {types[column]}, not text.")

    def chat_of(batch: dict[str, list[str]]) -> dict[str, Any]:
        pairs = zip(batch[prompt], batch[answer], strict=True)
        return {
            MESSAGES: [
                [{"role": "user", "content": question or ""}, {"role": "assistant", "content": said or ""}]
                for question, said in pairs
            ]
        }

    cache.parent.mkdir(parents=True, exist_ok=True)
    features = Features(
        {MESSAGES: MESSAGE_FEATURE, **{name: one for name, one in rows.features.items() if name != MESSAGES}}
    )
    return rows.map(
        chat_of,
        batched=True,
        features=features,
        cache_file_name=str(cache),
        load_from_cache_file=False,
    )
