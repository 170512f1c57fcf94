"""Votes for ideas."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.errors import ValidationFailed
from apps.core.notifications.services.subscriptions import stop_watching, watch_own
from apps.users.accounts.models import User

from ..access import check_open, check_writer, idea_for, team_idea
from ..audit import Action
from ..errors import IdeaMerged
from ..models import Idea, Vote

WEIGHT_LIMIT = 1000


@transaction.atomic
def vote(*, actor: Actor, key: str) -> Idea:
    """Vote for an idea, once however often it is called; the voter watches it.

    raises  IdeaNotFound, IdeaMerged, BoardArchived, Unauthenticated, Forbidden, TokenScope
    """
    idea, user_id = _votable(actor, key)
    add_vote(idea, user_id)
    return idea


@transaction.atomic
def withdraw_vote(*, actor: Actor, key: str) -> Idea:
    """Take one's vote back, and stop watching.

    raises  IdeaNotFound, IdeaMerged, BoardArchived, Unauthenticated, Forbidden, TokenScope
    """
    idea, user_id = _votable(actor, key)
    _remove_vote(idea, user_id)
    stop_watching(user_id, idea.target)
    return idea


@transaction.atomic
def vote_on_behalf(*, actor: Actor, key: str, username: str, weight: int = 1) -> Idea:
    """Add the vote of a person who told the team, or change its weight, as a member of the team.

    weight  0 to 1000: what the team counts the vote as; never public
    raises  IdeaNotFound, IdeaMerged, BoardArchived, ValidationFailed, Forbidden, Unauthenticated, TokenScope
    """
    idea = team_idea(actor, key, lock=True)
    _check_votable(idea)
    if not 0 <= weight <= WEIGHT_LIMIT:
        raise ValidationFailed(fields={"weight": _("A weight is from 0 to 1000.")})
    user = _user_named(username)
    if not add_vote(idea, user.pk, added_by=actor.user_id, weight=weight):
        Vote.objects.filter(idea=idea, user=user).update(weight=weight)
    record(actor, Action.IDEA_VOTED_ON_BEHALF, idea.key, person=user.username)
    return idea


@transaction.atomic
def remove_vote_on_behalf(*, actor: Actor, key: str, username: str) -> Idea:
    """Remove a vote that the team added; one that the person gave is theirs alone.

    raises  IdeaNotFound, IdeaMerged, ValidationFailed, Forbidden, Unauthenticated, TokenScope
    """
    idea = team_idea(actor, key, lock=True)
    _check_votable(idea)
    user = _user_named(username)
    if Vote.objects.filter(idea=idea, user=user).exclude(added_by=None).exists():
        _remove_vote(idea, user.pk)
    return idea


def _user_named(username: str) -> User:
    user = User.objects.filter(namespace__key=username.casefold()).first()
    if user is None:
        raise ValidationFailed(fields={"username": _("There is no such person.")})
    return user


def _votable(actor: Actor, key: str) -> tuple[Idea, int]:
    check_writer(actor)
    idea = idea_for(actor, key, lock=True)
    _check_votable(idea)
    return idea, actor.user_id or 0


def _check_votable(idea: Idea) -> None:
    if idea.merged_into is not None:
        raise IdeaMerged(key=idea.merged_into.key)
    check_open(idea.board)


def add_vote(idea: Idea, user_id: int, *, added_by: int | None = None, weight: int = 1) -> bool:
    """Add a vote to an idea whose row is locked or new; return whether it is new."""
    values = {"added_by_id": added_by, "weight": weight}
    _vote, is_new = Vote.objects.get_or_create(idea=idea, user_id=user_id, defaults=values)
    if is_new:
        idea.vote_count += 1
        idea.save(update_fields=["vote_count"])
        watch_own(user_id, idea.target)
    return is_new


def _remove_vote(idea: Idea, user_id: int) -> None:
    removed, _by_model = Vote.objects.filter(idea=idea, user_id=user_id).delete()
    if removed:
        idea.vote_count -= 1
        idea.save(update_fields=["vote_count"])
