"""View model of a receipt's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from apps.toolchain.contracts import (
    KIND_WORDS,
    SAMPLES_FILE,
    SITE_OPERATOR,
    EvaluationResult,
    IntervalMethod,
    JobKind,
    translate_message,
)
from apps.toolchain.jobs.presenters import (
    ScoreRow,
    ViewSection,
    number_text,
    param_rows,
    recipe_of,
    score_rows,
    unit_of,
    view_sections,
)


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A value to compare a score with."""

    name: str
    text: str
    note: str


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
    has_samples: bool
    operator: str


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
        sections=view_sections(result.views()),
        params=param_rows(recipe, body["params"]),
        notes=[translate_message(_, note.words) for note in result.notes],
        methods=interval_methods(result),
        run_again_path=path,
        has_samples=any(file.name == SAMPLES_FILE for file in result.artifacts),
        operator=operator_words(body),
    )


def operator_words(body: Mapping[str, Any]) -> str:
    """Return who runs the worker that measured a receipt, "" if it does not say."""
    operator = str(body.get("worker", {}).get("operator", ""))
    if operator in ("", SITE_OPERATOR):
        return _("run by this site") if operator else ""
    return _("run by %(name)s") % {"name": operator.partition(":")[2]}


def interval_methods(result: EvaluationResult) -> str:
    """Return how the intervals were computed; "" if the receipt does not say, as of type 1."""
    words = {
        IntervalMethod.WILSON: _("Wilson score interval"),
        IntervalMethod.BCA: _("bias-corrected and accelerated bootstrap"),
        IntervalMethod.DELONG: _("DeLong on the logit scale"),
    }
    used = dict.fromkeys(score.method for score in result.scores if score.method)
    return _("Intervals: %(methods)s.") % {"methods": ", ".join(words[one] for one in used)} if used else ""
