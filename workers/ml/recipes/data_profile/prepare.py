"""Reports what is in a dataset."""

from __future__ import annotations

from apps.toolchain.contracts.recipes.data_preparation import Word

from ...context import RecipeContext
from ...preparation.report import (
    column_table,
    found_table,
    notes_of,
    scores_before,
    views_of,
    write_repeated_rows,
)
from ...preparation.study import study
from ...training.results import write_report


def run(context: RecipeContext) -> None:
    """Study the pinned dataset and write the report.

    raises  UserFault, Interruption, PlatformFault
    """
    found = study(context, removes=False)
    write_repeated_rows(found, context.folder.artifacts / "repeated_rows.parquet")
    tables = [found_table(found.parts, found), column_table(Word.COLUMNS, found.columns)]
    views = views_of(found, tables, examples=context.spec.params["examples"])
    write_report(context, scores=scores_before(found), notes=notes_of(found), views=views)
