"""Repetitions of an evaluation as rows of a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.toolchain.jobs.presenters import ScoreRow, score_rows
from apps.toolchain.receipts.models import Receipt

from ..selectors import Drift
from ..selectors.drift import Change
from .comparing import outcome_sentence


@dataclass(frozen=True, slots=True)
class DriftRow:
    """A repetition. tone: of its badge; state: a word or two; sentence: what differs, "" if nothing does"""

    receipt: Receipt
    scores: list[ScoreRow]
    tone: str
    state: str
    sentence: str
    changes: list[Change]


def drift_rows(repetitions: Iterable[Drift]) -> list[DriftRow]:
    return [_row(one) for one in repetitions]


def _row(one: Drift) -> DriftRow:
    body = one.receipt.body
    scores = score_rows(body)
    if one.is_identical or one.comparison is None:
        return DriftRow(one.receipt, scores, "good", _("Identical"), "", one.changes)
    changed = one.comparison.changed
    if one.is_drift:
        tone, state = "bad", _("Drift")
        sentence = outcome_sentence(one.comparison, (_("the original"), _("The repetition")), body["recipe"])
    else:
        tone, state = "info", _("Within chance")
        sentence = (
            _("%(count)s of %(total)s predictions differ.")
            % {"count": changed, "total": one.comparison.samples}
            if changed is not None
            else ""
        )
    return DriftRow(one.receipt, scores, tone, state, sentence, one.changes)
