"""What pages of moderation show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from .models import Cause, Decision, ReviewItem, ReviewState
from .providers import ContentView, moderated_kinds, views_of
from .services.queue import can_undo

TONES = {
    ReviewState.OPEN: "info",
    ReviewState.APPROVED: "good",
    ReviewState.DECLINED: "bad",
    ReviewState.REMOVED: "",
}


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review in the queue.

    view      of its content; None if that was deleted
    decision  the latest one
    """

    item: ReviewItem
    label: Any
    view: ContentView | None
    tone: str
    decision: Decision | None

    @property
    def can_undo(self) -> bool:
        is_decided = self.item.state in (ReviewState.APPROVED, ReviewState.DECLINED)
        return is_decided and self.decision is not None and can_undo(self.decision)


def review_rows(items: Sequence[ReviewItem]) -> list[ReviewRow]:
    """Return reviews as the queue shows them; their reports are prefetched."""
    views, kinds, decisions = views_of([item.content for item in items]), moderated_kinds(), _latest(items)
    return [
        ReviewRow(
            item,
            kinds[item.kind].label if item.kind in kinds else item.kind,
            views.get(item.content),
            TONES[ReviewState(item.state)],
            decisions.get(item.pk),
        )
        for item in items
    ]


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision; view is of its content, None if it is about a person or the content was deleted."""

    decision: Decision
    view: ContentView | None


def decision_rows(decisions: Collection[Decision]) -> list[DecisionRow]:
    """Return decisions with the titles and pages of what they are about."""
    views = views_of({decision.content for decision in decisions if decision.content})
    return [DecisionRow(decision, views.get(decision.content)) for decision in decisions]


def _latest(items: Collection[ReviewItem]) -> dict[int, Decision]:
    rows = Decision.objects.filter(review__in=items).order_by("review", "-pk").distinct("review")
    return {row.review_id: row for row in rows if row.review_id is not None}


def kind_choices() -> list[tuple[str, Any]]:
    return [(kind.name, kind.label) for kind in moderated_kinds().values()]


def cause_choices() -> list[tuple[str, Any]]:
    return list(Cause.choices)
