"""View models of scores and of a receipt's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy

from ..contracts import EvaluationResult, JobKind, recipe_for
from .params import param_rows

SCORE_LABELS = {
    "accuracy": gettext_lazy("Accuracy"),
    "macro_f1": gettext_lazy("Macro F1"),
    "roc_auc": gettext_lazy("ROC AUC"),
}
MATRIX_LIMIT = 12


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score with its confidence interval."""

    key: str
    name: str
    value: float
    low: float
    high: float

    @property
    def marks(self) -> dict[str, str]:
        """Positions on an axis of 100 units, formatted for SVG."""
        return {name: f"{getattr(self, name) * 100:.1f}" for name in ("value", "low", "high")}


def score_rows(scores: Iterable[Mapping[str, Any]]) -> list[ScoreRow]:
    return [
        ScoreRow(
            key=score["name"],
            name=str(SCORE_LABELS.get(score["name"], score["name"])),
            value=score["value"],
            low=score["low"],
            high=score["high"],
        )
        for score in scores
    ]


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """Everything that a receipt's page shows.

    matrix  rows (label, cells (count, level 0 to 5)); empty if there are too many classes
    """

    result: EvaluationResult
    scores: list[ScoreRow]
    matrix: list[tuple[str, list[tuple[int, int]]]]
    params: list[tuple[str, Any]]
    run_again_path: str


def receipt_page(body: Mapping[str, Any]) -> ReceiptPage:
    result = EvaluationResult.from_json({**body["result"], "config_hash": body["config_hash"]})
    scores = score_rows(body["result"]["scores"])
    params = param_rows(recipe_for(JobKind.EVALUATE, body["recipe"]), body["params"])
    dataset = body["dataset"]
    query = urlencode({"dataset": dataset["address"], "dataset_revision": dataset["commit"]})
    path = f"/{body['model']['address']}/evaluate?{query}"
    return ReceiptPage(result, scores, _matrix(result), params, path)


def _matrix(result: EvaluationResult) -> list[tuple[str, list[tuple[int, int]]]]:
    if len(result.labels) > MATRIX_LIMIT:
        return []
    return [
        (label, [(count, _level(count, sum(row))) for count in row])
        for label, row in zip(result.labels, result.confusion, strict=True)
    ]


def _level(count: int, total: int) -> int:
    """Return the color level of a cell: 0 for none, 5 for nearly all of its row."""
    return 0 if not count or not total else max(1, min(5, round(count / total * 5)))
