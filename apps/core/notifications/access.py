"""Who reads and keeps an inbox: its owner, but no job of theirs and no fine-grained token."""

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
    if actor.kind is ActorKind.JOB:
        raise Forbidden
    if actor.scope.limit is None or actor.scope.limit < need:
        raise TokenScope(needs=need.name.lower())
