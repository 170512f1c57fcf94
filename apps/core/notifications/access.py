"""Who reads and keeps an inbox: its owner, but no program with a key for one purpose."""

from __future__ import annotations

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Forbidden, TokenScope, Unauthenticated


def check_reader(actor: Actor) -> None:
    """raises  Unauthenticated, Forbidden, TokenScope"""
    _check(actor, Need.READ)


def check_keeper(actor: Actor) -> None:
    """raises  Unauthenticated, Forbidden, TokenScope"""
    _check(actor, Need.WRITE)


def _check(actor: Actor, need: Need) -> None:
    if not actor.is_signed_in:
        raise Unauthenticated
    if actor.kind not in (ActorKind.PERSON, ActorKind.TOKEN):
        raise Forbidden
    if actor.scope.limit is None or actor.scope.limit < need:
        raise TokenScope(needs=need.name.lower())
