"""The conversations below ideas and reviews."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor, Need
from apps.core.conversations.models import Post, PostState, Thread
from apps.core.conversations.providers import ConversationKind, ThreadPlace
from apps.core.errors import Forbidden
from apps.users.accounts.models import User

from .access import (
    check_open,
    check_writer,
    is_author,
    is_repo_owner,
    is_team,
    visible_ideas,
    visible_reviews,
)
from .errors import IdeaMerged
from .models import Board, Idea, Review
from .services.following import follow_post, review_follows_post


class IdeaComments(ConversationKind):
    name = "idea"
    label = _("Ideas")

    def visible_to(self, actor: Actor) -> QuerySet[Thread]:
        return Thread.objects.filter(idea__in=visible_ideas(actor).values("pk"))

    def places(self, thread_ids: Collection[int]) -> Mapping[int, ThreadPlace]:
        ideas = Idea.objects.filter(thread_id__in=thread_ids)
        return {idea.thread_id: ThreadPlace(idea.title, idea.get_absolute_url()) for idea in ideas}

    def readers(self, thread: Thread, user_ids: Collection[int]) -> Collection[int]:
        idea = _idea_of(thread)
        people = User.objects.filter(pk__in=user_ids)
        if idea.is_security or idea.state != PostState.VISIBLE:
            people = people.filter(_team_members(idea.board, Need.WRITE) | Q(pk=idea.author_id))
        if not _is_public(idea.board):
            people = people.filter(_team_members(idea.board, Need.READ))
        return set(people.values_list("pk", flat=True))

    def targets(self, thread: Thread) -> list[str]:
        idea = _idea_of(thread)
        return [f"idea:{idea.pk}", f"board:{idea.board_id}"]

    def check_reply(self, actor: Actor, thread: Thread) -> None:
        check_writer(actor)
        idea = _idea_of(thread)
        if idea.merged_into is not None:
            raise IdeaMerged(key=idea.merged_into.key)
        check_open(idea.board)

    def can_moderate(self, actor: Actor, thread: Thread) -> bool:
        return is_team(actor, _idea_of(thread).board, Need.WRITE)

    def post_changed(self, post: Post) -> None:
        follow_post(post)


class ReviewReplies(ConversationKind):
    name = "review"
    label = _("Reviews")

    def visible_to(self, actor: Actor) -> QuerySet[Thread]:
        return Thread.objects.filter(review__in=visible_reviews(actor).values("pk"))

    def places(self, thread_ids: Collection[int]) -> Mapping[int, ThreadPlace]:
        rows = Review.objects.filter(thread_id__in=thread_ids).select_related("repo__namespace")
        return {
            review.thread_id: ThreadPlace(str(review.repo.address.id), review.get_absolute_url())
            for review in rows
        }

    def readers(self, thread: Thread, user_ids: Collection[int]) -> Collection[int]:
        review = _review_of(thread)
        people = User.objects.filter(pk__in=user_ids)
        if review.repo.is_private or review.state != PostState.VISIBLE:
            people = people.filter(_members_of(review.repo.namespace_id))
        return set(people.values_list("pk", flat=True))

    def targets(self, thread: Thread) -> list[str]:
        return [thread.target, f"repo:{_review_of(thread).repo_id}"]

    def check_reply(self, actor: Actor, thread: Thread) -> None:
        """Only the author and the owners of the repository write below a review."""
        check_writer(actor)
        review = _review_of(thread)
        if not is_author(actor, review) and not is_repo_owner(actor, review):
            raise Forbidden

    def can_moderate(self, actor: Actor, thread: Thread) -> bool:
        return actor.is_staff

    def post_changed(self, post: Post) -> None:
        review_follows_post(post)


def _idea_of(thread: Thread) -> Idea:
    related = ("board__repo__namespace", "board__namespace", "merged_into")
    return Idea.objects.select_related(*related).get(thread=thread)


def _review_of(thread: Thread) -> Review:
    return Review.objects.select_related("repo__namespace").get(thread=thread)


def _is_public(board: Board) -> bool:
    return not board.is_private and (board.repo is None or not board.repo.is_private)


def _team_members(board: Board, role: Need) -> Q:
    return Q(is_staff=True) if board.owner_id is None else _members_of(board.owner_id, role)


def _members_of(namespace_id: int, need: Need = Need.READ) -> Q:
    return Q(namespace_id=namespace_id) | Q(
        pk__in=User.objects.filter(
            memberships__namespace_id=namespace_id, memberships__role__gte=need
        ).values("pk")
    )
