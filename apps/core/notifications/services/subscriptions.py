"""Watching and muting."""

from __future__ import annotations

from apps.core.actor import Actor
from apps.core.errors import Unauthenticated

from ..errors import TargetNotFound, TooManySubscriptions
from ..models import TARGET_LIMIT_CHARACTERS, Level, Preferences, Subscription
from ..providers import target_places

SUBSCRIPTIONS_LIMIT = 5000


def set_level(*, actor: Actor, target: str, level: Level) -> Subscription:
    """Set the actor's level for a target that they may see.

    raises  Unauthenticated, TargetNotFound, TooManySubscriptions
    """
    if actor.user_id is None:
        raise Unauthenticated
    if len(target) > TARGET_LIMIT_CHARACTERS or "\0" in target or not target_places(actor, [target]):
        raise TargetNotFound
    own = Subscription.objects.filter(user_id=actor.user_id)
    if not own.filter(target=target).exists() and own.count() >= SUBSCRIPTIONS_LIMIT:
        raise TooManySubscriptions(limit=SUBSCRIPTIONS_LIMIT)
    subscription, _is_new = Subscription.objects.update_or_create(
        user_id=actor.user_id, target=target, defaults={"level": level}
    )
    return subscription


def clear_level(*, actor: Actor, target: str) -> None:
    """Forget the actor's level for a target: the next less specific one decides. It may be gone already."""
    Subscription.objects.filter(user_id=actor.user_id or 0, target=target).delete()


def watch_own(user_id: int, target: str) -> None:
    """Watch what a person started or replied to, unless they chose a level or do not want this."""
    if not Preferences.objects.filter(pk=user_id, watches_own=False).exists():
        row = Subscription(user_id=user_id, target=target, level=Level.WATCH)
        Subscription.objects.bulk_create([row], ignore_conflicts=True)


def forget_target(target: str) -> None:
    """Delete everybody's subscriptions to something that is deleted."""
    Subscription.objects.filter(target=target).delete()
