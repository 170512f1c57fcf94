"""How fast a topic goes on, and when it locks by itself."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from apps.core.actor import Actor
from apps.core.conversations.services.threads import set_pace

from ..access import moderated_topic

SLOWEST_SECONDS = 7 * 24 * 3600
CLOSING_DAYS = (1, 3, 7, 30, 90, 365)
# the time that was set stays
KEEP = "keep"


def pace_topic(*, actor: Actor, public_id: int, slow_mode_seconds: int, closes: str) -> None:
    """Set how often a person may post in a topic, and when it locks.

    closes  days from now, empty for never, or `KEEP`
    raises  TopicNotFound, Forbidden
    """
    topic = moderated_topic(actor, public_id)
    closes_at = timezone.now() + timedelta(days=int(closes)) if closes not in (KEEP, "") else None
    set_pace(
        actor=actor,
        thread_id=topic.thread_id,
        slow_mode_seconds=slow_mode_seconds,
        closes_at=topic.thread.closes_at if closes == KEEP else closes_at,
    )
