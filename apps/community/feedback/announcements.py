"""What people are told of: the one place where feedback meets the site's notifications.

Each function states what happened, to whom it matters and where it is read. `publish` passes it on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from .models import ChangelogEntry, Idea, Review, StatusChange

log = structlog.get_logger(__name__)
EXCERPT_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One thing that happened.

    kind     of the notification, such as `idea_status`
    source   unique name of what happened: announcing it twice is one announcement
    actor    id of the person who did it; they are not told
    targets  what people watch to hear of it, most specific first
    direct   why somebody hears of it anyway, by their id
    """

    kind: str
    source: str
    title: str
    path: str
    actor: int | None
    excerpt: str = ""
    targets: tuple[str, ...] = ()
    direct: Mapping[int, str] = field(default_factory=dict)


def publish(announcement: Announcement) -> Announcement:
    """Tell people, in the transaction of what happened."""
    log.info("feedback.announced", kind=announcement.kind, source=announcement.source)
    return announcement


def idea_created(idea: Idea, excerpt: str) -> Announcement:
    """Tell those who watch the board; of a security report nobody but the team, who read the board."""
    return publish(
        Announcement(
            kind="idea",
            source=f"idea:{idea.pk}",
            title=idea.title,
            path=idea.get_absolute_url(),
            actor=idea.author_id,
            excerpt=excerpt[:EXCERPT_CHARACTERS],
            targets=(f"board:{idea.board_id}",),
        )
    )


def status_changed(change: StatusChange, excerpt: str = "") -> Announcement:
    """Tell the followers of an idea, and so its voters."""
    idea = change.idea
    return publish(
        Announcement(
            kind="idea_status",
            source=f"idea_status:{change.pk}",
            title=idea.title,
            path=idea.get_absolute_url(),
            actor=change.changed_by_id,
            excerpt=excerpt[:EXCERPT_CHARACTERS],
            targets=(f"idea:{idea.pk}", f"board:{idea.board_id}"),
            direct=_followers([idea.pk]),
        )
    )


def entry_published(entry: ChangelogEntry) -> Announcement:
    """Tell those who watch the board, and the voters and followers of the ideas that it delivers."""
    idea_ids = list(entry.ideas.values_list("pk", flat=True))
    return publish(
        Announcement(
            kind="changelog",
            source=f"changelog:{entry.pk}",
            title=entry.title,
            path=entry.get_absolute_url(),
            actor=entry.author_id,
            excerpt=entry.source[:EXCERPT_CHARACTERS],
            targets=(*(f"idea:{pk}" for pk in idea_ids), f"board:{entry.board_id}"),
            direct=_followers(idea_ids),
        )
    )


def review_written(review: Review, excerpt: str) -> Announcement:
    """Tell those who watch the repository."""
    return publish(
        Announcement(
            kind="review",
            source=f"review:{review.pk}",
            title=str(review.repo.address.id),
            path=review.get_absolute_url(),
            actor=review.author_id,
            excerpt=excerpt[:EXCERPT_CHARACTERS],
            targets=(f"repo:{review.repo_id}",),
        )
    )


def _followers(idea_ids: list[int]) -> dict[int, str]:
    """Return everybody who follows one of the ideas; who votes for an idea follows it."""
    rows = Idea.objects.filter(pk__in=idea_ids).values_list("followers__user_id", flat=True)
    return {user_id: "follows" for user_id in rows if user_id is not None}
