"""What an inbox shows of a notification: nothing of what its owner may no longer read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor

from .models import Level, Notification, Subscription
from .providers import kinds, readable_events, target_kinds, target_places
from .selectors import chosen_levels

LEVEL_HINTS = {
    Level.WATCH: gettext_lazy("Notify me of everything new."),
    Level.TRACK: gettext_lazy("Count what is new; notify me of mentions and replies."),
    Level.NORMAL: gettext_lazy("Notify me of mentions and replies."),
    Level.MUTE: gettext_lazy("Notify me of nothing, and leave it out of lists."),
}
# what the button says; at the normal level it offers to watch
LEVEL_STATES = {
    Level.WATCH: gettext_lazy("Watching"),
    Level.TRACK: gettext_lazy("Tracking"),
    Level.NORMAL: gettext_lazy("Watch"),
    Level.MUTE: gettext_lazy("Muted"),
}
LEVEL_ICONS = {Level.WATCH: "eye", Level.TRACK: "dot", Level.NORMAL: "bell", Level.MUTE: "minus"}


@dataclass(frozen=True, slots=True)
class NotificationView:
    """One notification.

    actor      name of who did it; empty for the site
    path       of the page that opens it; empty if it is no longer readable
    """

    public_id: UUID
    kind: str
    kind_label: Any
    reason: str
    reason_label: str
    title: str
    excerpt: str
    actor: str
    avatar_url: str
    path: str
    created_at: datetime
    read_at: datetime | None
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """One subscription; its title and path are empty if its target is gone or hidden."""

    target: str
    kind_label: Any
    level: Level
    title: str
    path: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LevelChoice:
    """One of the levels that the reader can choose; an empty one forgets the choice."""

    level: str
    label: Any
    hint: Any
    icon: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class WatchView:
    """The reader's level for what a page shows, and the choices."""

    level: Level
    label: Any
    icon: str
    choices: list[LevelChoice]


def notification_views(actor: Actor, rows: Sequence[Notification]) -> list[NotificationView]:
    """Return what the actor reads of their notifications."""
    readable = readable_events(actor, [row.event for row in rows])
    return [_view(row, is_readable=row.event_id in readable) for row in rows]


def _view(row: Notification, *, is_readable: bool) -> NotificationView:
    event, kind = row.event, kinds().get(row.kind)
    author = event.actor if is_readable else None
    return NotificationView(
        public_id=row.public_id,
        kind=row.kind,
        kind_label=kind.label if kind else "",
        reason=row.reason,
        reason_label=row.get_reason_display(),
        title=(kind.headline(event) if kind else event.title) if is_readable else _("No longer available"),
        excerpt=event.excerpt if is_readable else "",
        actor=author.get_username() if author else "",
        avatar_url=author.namespace.avatar_url if author else "",
        path=event.path if is_readable else "",
        created_at=row.created_at,
        read_at=row.read_at,
        archived_at=row.archived_at,
    )


def subscription_views(actor: Actor, rows: Sequence[Subscription]) -> list[SubscriptionView]:
    """Return the actor's subscriptions with the titles of what they may see."""
    places = target_places(actor, [row.target for row in rows])
    labels = {name: kind.label for name, kind in target_kinds().items()}
    return [
        SubscriptionView(
            target=row.target,
            kind_label=labels.get(row.target.partition(":")[0], ""),
            level=Level(row.level),
            title=places[row.target].title if row.target in places else "",
            path=places[row.target].path if row.target in places else "",
            updated_at=row.updated_at,
        )
        for row in rows
    ]


def watch_view(actor: Actor, target: str, also: Sequence[str] = ()) -> WatchView:
    """Return the actor's level for a target.

    also  less specific targets, which decide until the actor chooses
    """
    chosen = chosen_levels(actor, [target, *also])
    own = chosen.get(target)
    level = own or next((chosen[name] for name in also if name in chosen), Level.NORMAL)
    choices = [
        LevelChoice(each, each.label, LEVEL_HINTS[each], LEVEL_ICONS[each], each == level) for each in Level
    ]
    if own and also:
        hint = _("Follow what this belongs to.")
        choices.append(LevelChoice("", _("As elsewhere"), hint, "retry", is_current=False))
    return WatchView(level, LEVEL_STATES[level], LEVEL_ICONS[level], choices)
