"""Prepares a dataset: cleans, deduplicates, removes leaks and personal data, splits and converts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from datasets import Dataset

from apps.toolchain.contracts import Note, NoteCode, Score, Table, view_to_json
from apps.toolchain.contracts.recipes.data_preparation import DataFormat, SplitPlan, Word

from ...context import RecipeContext
from ...preparation.files import write_split
from ...preparation.profiles import profile_columns
from ...preparation.report import (
    column_table,
    new_split_table,
    notes_of,
    scores_after,
    scores_before,
    split_table,
    views_of,
    write_removed_rows,
)
from ...preparation.study import Study, study
from ...training.results import write_report
from .card import source_facts, write_card
from .output import output_splits


def run(context: RecipeContext) -> None:
    """Write the prepared dataset, its card and its report to the output folder.

    raises  UserFault, Interruption, PlatformFault
    """
    found = study(context, removes=True)
    splits = output_splits(context, found)
    files = {name: write_files(context, name, rows) for name, rows in splits.items()}
    write_removed_rows(found.parts, context.folder.artifacts / "removed_rows.parquet")
    context.events.progress(0, 0, "profiling")
    rows = {name: len(split) for name, split in splits.items()}
    columns = profile_columns(list(splits.values()))
    before, after = scores_before(found), scores_after(found, sum(rows.values()), columns)
    notes = [*notes_of(found), *license_notes(context)]
    is_new = context.spec.params["splits"] == SplitPlan.NEW
    tables: list[Table] = [
        split_table(found.parts, kept=rows if is_new else None),
        *([new_split_table(rows)] if is_new else []),
        column_table(Word.COLUMNS_BEFORE, found.columns),
        column_table(Word.COLUMNS_AFTER, columns),
    ]
    write_card(context, found, files=files, rows=rows, tables=tables, scores=(before, after), notes=notes)
    write_json(context, found, tables, before, after, notes)
    write_report(context, scores=after, baselines=before, notes=notes, views=views_of(found, tables))
    context.events.log(f"Kept {sum(rows.values()):,} of {found.rows:,} rows.")


def write_files(context: RecipeContext, name: str, rows: Dataset) -> list[str]:
    """Write a split and return the paths of its files in the repository."""
    context.cancellation.raise_if_cancelled()
    context.events.progress(0, 0, f"writing {name}")
    output = context.folder.output
    files = write_split(rows, name, output / "data", DataFormat(context.spec.params["format"]))
    return [file.relative_to(output).as_posix() for file in files]


def license_notes(context: RecipeContext) -> list[Note]:
    """Return a note if the source states no license that the new dataset could have."""
    if "license" in source_facts(context):
        return []
    return [Note(NoteCode.NO_LICENSE, {"repo": context.spec.inputs["dataset"].address})]


def write_json(
    context: RecipeContext,
    found: Study,
    tables: Sequence[Table],
    before: Sequence[Score],
    after: Sequence[Score],
    notes: Sequence[Note],
) -> None:
    """Write report.json for programs."""
    spec = context.spec
    report: dict[str, Any] = {
        "job": spec.id,
        "inputs": {name: repo.to_json() for name, repo in spec.inputs.items()},
        "params": {**spec.params, "seed": spec.seed},
        "before": [score.to_json() for score in before],
        "after": [score.to_json() for score in after],
        "notes": [note.to_json() for note in notes],
        "languages": dict(found.languages.most_common()),
        "personal_data": {kind.value: count for kind, count in found.texts.anonymizer.counts.items()},
        "tables": [view_to_json(table) for table in tables],
    }
    (context.folder.output / "report.json").write_text(
        json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    )
