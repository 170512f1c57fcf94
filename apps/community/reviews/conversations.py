"""The conversations of reviews: their texts and the replies of owners."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.community.feedback.access import check_writer, is_author, members_of
from apps.core.actor import Actor, Need
from apps.core.conversations.models import Post, PostState, Thread
from apps.core.conversations.providers import ConversationKind, ThreadPlace
from apps.core.errors import Forbidden
from apps.users.accounts.models import User

from .access import is_repo_owner, visible_reviews
from .models import Review
from .services import follow_post


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
            people = people.filter(members_of(review.repo.namespace_id, Need.READ))
        return set(people.values_list("pk", flat=True))

    def targets(self, thread: Thread) -> list[str]:
        return [thread.target, f"repo:{_review_of(thread).repo_id}"]

    def check_reply(self, actor: Actor, thread: Thread) -> None:
        """Only the author and the owners of the repository write below a review."""
        check_writer(actor)
        review = _review_of(thread)
        if not is_author(actor, review.author_id) and not is_repo_owner(actor, review):
            raise Forbidden

    def can_moderate(self, actor: Actor, thread: Thread) -> bool:
        return actor.is_staff

    def post_changed(self, post: Post) -> None:
        follow_post(post)


def _review_of(thread: Thread) -> Review:
    return Review.objects.select_related("repo__namespace").get(thread=thread)
