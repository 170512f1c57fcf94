"""Watching and muting."""

from __future__ import annotations

from collections.abc import Collection

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
        watch_for([user_id], target)


def watch_for(user_ids: Collection[int], target: str) -> None:
    """Let people watch a target, such as those whom an import names; a level that they chose stays."""
    rows = [Subscription(user_id=user_id, target=target, level=Level.WATCH) for user_id in user_ids]
    Subscription.objects.bulk_create(rows, ignore_conflicts=True)


def stop_watching(user_id: int, target: str) -> None:
    """Forget that a person watches a target; another level that they chose stays."""
    Subscription.objects.filter(user_id=user_id, target=target, level=Level.WATCH).delete()


def move_target(target: str, into: str) -> None:
    """Give everybody's level for something that was merged to what took over, unless they chose one there."""
    rows = Subscription.objects.filter(target=target)
    known = Subscription.objects.filter(target=into).values("user_id")
    rows.exclude(user_id__in=known).update(target=into)
    rows.delete()


def forget_targets(targets: Collection[str]) -> None:
    """Delete everybody's subscriptions to things that are deleted."""
    Subscription.objects.filter(target__in=targets).delete()
