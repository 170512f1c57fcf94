"""Recording decisions, each with its statement of reasons."""

from __future__ import annotations

from typing import Any

from apps.core.actor import Actor

from ..errors import ReasonRequired
from ..models import STATEMENT_LIMIT_CHARACTERS, Act, Decision, ReviewItem
from ..notifications import announce_decision


def needs_reason(statement: str) -> str:
    """Return a statement of reasons, shortened to what is stored.

    raises  ReasonRequired
    """
    statement = statement.strip()[:STATEMENT_LIMIT_CHARACTERS]
    if not statement:
        raise ReasonRequired
    return statement


def add_decision(
    actor: Actor | None,
    act: Act,
    *,
    review: ReviewItem | None = None,
    person_id: int | None = None,
    statement: str = "",
    undoes: Decision | None = None,
    facts: dict[str, Any] | None = None,
) -> Decision:
    """Append a decision, and tell whom it concerns; without an actor, the site decided by itself."""
    decision = Decision.objects.create(
        review=review,
        content=review.content if review else "",
        person_id=review.author_id if review else person_id,
        moderator_id=actor.user_id if actor else None,
        moderator_name=actor.name if actor else "",
        act=act,
        statement=statement,
        undoes=undoes,
        facts=facts or {},
    )
    announce_decision(decision)
    return decision
