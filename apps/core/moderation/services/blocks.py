"""Blocks between people."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import transaction

from apps.core.actor import Actor
from apps.core.errors import Conflict, Unauthenticated

from ..errors import PersonNotFound
from ..models import Block

BLOCKS_LIMIT = 1_000


@transaction.atomic
def block(*, actor: Actor, user_id: int) -> Block:
    """Hear nothing more from a person.

    raises  Unauthenticated, PersonNotFound, Conflict at the limit
    """
    if actor.user_id is None:
        raise Unauthenticated
    is_known = get_user_model()._default_manager.filter(pk=user_id).exists()
    if user_id == actor.user_id or not is_known:
        raise PersonNotFound
    if Block.objects.filter(person_id=actor.user_id).count() >= BLOCKS_LIMIT:
        raise Conflict
    return Block.objects.get_or_create(person_id=actor.user_id, blocked_id=user_id)[0]


def unblock(*, actor: Actor, user_id: int) -> None:
    """raises  Unauthenticated"""
    if actor.user_id is None:
        raise Unauthenticated
    Block.objects.filter(person_id=actor.user_id, blocked_id=user_id).delete()
