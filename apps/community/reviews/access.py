"""Who may see or change reviews."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from apps.community.feedback.access import TEAM_NEED, absent_or_hidden, check_writer, is_author, is_person
from apps.core.actor import Actor, Need
from apps.core.conversations.models import PostState
from apps.core.errors import Forbidden
from apps.registry.repos.access import visible_to as visible_repos

from .errors import ReviewHidden, ReviewNotFound
from .models import Review


def visible_reviews(actor: Actor) -> QuerySet[Review]:
    """Return the reviews that everybody sees of repositories that the actor sees, and their own."""
    rows = Review.objects.filter(repo__in=visible_repos(actor).values("pk"))
    is_open = Q(state=PostState.VISIBLE)
    if is_person(actor, Need.READ):
        is_open |= Q(author_id=actor.user_id)
        if actor.is_staff:
            is_open |= Q(pk=F("pk"))
    related = ("repo", "repo__namespace", "author", "author__namespace", "thread", "reply", "reply__author")
    return rows.filter(is_open).select_related(*related)


def review_for(actor: Actor, key: str, *, lock: bool = False) -> Review:
    """Return a review that the actor may see.

    raises  ReviewNotFound if it is absent or hidden (ReviewHidden for anonymous users)
    """
    rows = visible_reviews(actor)
    review = (rows.select_for_update(of=("self",)) if lock else rows).filter(key=key).first()
    if review is None:
        raise absent_or_hidden(actor, ReviewNotFound, ReviewHidden)
    return review


def edited_review(actor: Actor, key: str, *, lock: bool = False) -> Review:
    """Return a review that the actor wrote.

    raises  ReviewNotFound, Forbidden, TokenScope, Unauthenticated
    """
    review = review_for(actor, key, lock=lock)
    check_writer(actor)
    if not is_author(actor, review.author_id):
        raise Forbidden
    return review


def is_repo_owner(actor: Actor, review: Review) -> bool:
    """Return whether the actor answers for the reviewed repository."""
    owner = review.repo.namespace
    is_allowed = actor.scope.allows(Need.READ, f"namespace:{owner.key}")
    return is_allowed and actor.roles.get(owner.pk, -1) >= TEAM_NEED
