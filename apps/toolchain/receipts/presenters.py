"""View model of a receipt's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from apps.toolchain.contracts import (
    KIND_WORDS,
    Confusion,
    EvaluationResult,
    IntervalMethod,
    JobKind,
    Table,
    translate_message,
)
from apps.toolchain.jobs.presenters import ScoreRow, number_text, param_rows, recipe_of, score_rows, unit_of

MATRIX_LIMIT = 12


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A value to compare a score with."""

    name: str
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class ViewSection:
    """A part of a result: a confusion matrix or a table, drawn by `toolchain/receipts/results/_<kind>.html`.

    head  labels of the columns
    rows  (label, cells (count, level 0 to 5)) of a matrix; lists of text of a table
    """

    kind: str
    title: str
    head: list[str]
    rows: list[Any]


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """Everything that a receipt's page shows."""

    result: EvaluationResult
    scores: list[ScoreRow]
    references: list[ReferenceRow]
    sections: list[ViewSection]
    params: list[tuple[str, Any]]
    notes: list[str]
    methods: str
    run_again_path: str


def receipt_page(body: Mapping[str, Any]) -> ReceiptPage:
    recipe = recipe_of(body)
    schema = (recipe.signed_result if recipe else None) or EvaluationResult
    result = schema.from_json({**body["result"], "config_hash": body["config_hash"]})
    references = [
        ReferenceRow(_(one.label), number_text(unit_of(recipe, one.metric), one.value), one.note)
        for one in result.references()
    ]
    dataset = body["dataset"]
    query = urlencode(
        {"dataset": dataset["address"], "dataset_revision": dataset["commit"], "recipe": body["recipe"]}
    )
    path = f"/{body['model']['address']}/{KIND_WORDS[JobKind.EVALUATE].path}?{query}"
    return ReceiptPage(
        result=result,
        scores=score_rows(body),
        references=references,
        sections=[section for view in result.views() for section in _sections(view)],
        params=param_rows(recipe, body["params"]),
        notes=[translate_message(_, note.words) for note in result.notes],
        methods=interval_methods(result),
        run_again_path=path,
    )


def interval_methods(result: EvaluationResult) -> str:
    """Return how the intervals were computed; "" if the receipt does not say, as of type 1."""
    words = {
        IntervalMethod.WILSON: _("Wilson score interval"),
        IntervalMethod.BCA: _("bias-corrected and accelerated bootstrap"),
        IntervalMethod.DELONG: _("DeLong on the logit scale"),
    }
    used = dict.fromkeys(score.method for score in result.scores if score.method)
    return _("Intervals: %(methods)s.") % {"methods": ", ".join(words[one] for one in used)} if used else ""


def _sections(view: Confusion | Table) -> list[ViewSection]:
    """Return a view as a section; a matrix of too many classes is left out."""
    if isinstance(view, Table):
        rows = [[_text(cell) for cell in row] for row in view.rows]
        return [ViewSection("table", _(view.title), [_(one) for one in view.head], rows)]
    if len(view.labels) > MATRIX_LIMIT:
        return []
    matrix = [
        (label, [(count, _level(count, sum(row))) for count in row])
        for label, row in zip(view.labels, view.counts, strict=True)
    ]
    return [ViewSection("confusion", _("Confusion matrix"), list(view.labels), matrix)]


def _text(cell: object) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _level(count: int, total: int) -> int:
    """Return the color level of a cell: 0 for none, 5 for nearly all of its row."""
    return 0 if not count or not total else max(1, min(5, round(count / total * 5)))
