"""Merging an idea into another one that says the same."""

from __future__ import annotations

from django.db import transaction

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.conversations.models import PostState
from apps.core.conversations.services.moving import lock_threads, move_posts
from apps.core.conversations.services.threads import add_event
from apps.core.notifications.services.subscriptions import move_target

from ..access import team_idea
from ..audit import Action
from ..errors import CannotMerge
from ..models import Idea, Vote
from .following import count_listed
from .ideas import check_not_merged


@transaction.atomic
def merge_ideas(*, actor: Actor, key: str, into: str) -> Idea:
    """Move the votes, watchers and posts of an idea to another one of its board, and redirect to that.

    Somebody who voted for both has one vote. A security report is merged into security reports alone.

    key     of the idea that goes
    into    key of the idea that stays
    raises  IdeaNotFound, IdeaMerged, CannotMerge, Forbidden, Unauthenticated, TokenScope
    """
    source, target = _locked_pair(actor, key, into)
    check_not_merged(source)
    check_not_merged(target)
    if source.board_id != target.board_id or source.is_security != target.is_security:
        raise CannotMerge(fields={"into": CannotMerge.default})
    _unite_votes(source, target)
    move_target(source.target, target.target)
    was_listed = source.is_listed
    imported, source.imported_votes = source.imported_votes, 0
    source.vote_count, source.merged_into = 0, target
    source.save(update_fields=["vote_count", "imported_votes", "merged_into", "updated_at"])
    count_listed(source.board_id, -1 if was_listed else 0)
    source.merged.update(merged_into=target)
    source.entries.through.objects.filter(idea=source, changelogentry__ideas=target).delete()
    source.entries.through.objects.filter(idea=source).update(idea=target)
    target.imported_votes += imported
    target.vote_count = target.votes.count() + target.imported_votes
    target.comment_count = _move_posts(source, target, actor.user_id)
    target.save(update_fields=["vote_count", "imported_votes", "comment_count", "updated_at"])
    record(actor, Action.IDEA_MERGED, source.key, into=target.key)
    return target


def _locked_pair(actor: Actor, key: str, into: str) -> tuple[Idea, Idea]:
    """Return both ideas, locked in one order (threads first) so that opposite merges cannot deadlock."""
    if key == into:
        raise CannotMerge(fields={"into": CannotMerge.default})
    ideas = [team_idea(actor, one) for one in (key, into)]
    lock_threads(*(idea.thread_id for idea in ideas))
    rows = Idea.objects.filter(pk__in=[idea.pk for idea in ideas])
    list(rows.select_for_update().order_by("pk").values_list("pk"))
    return team_idea(actor, key, lock=True), team_idea(actor, into, lock=True)


def _unite_votes(source: Idea, target: Idea) -> None:
    """Move the votes; of two votes of one person that for the target stays."""
    Vote.objects.filter(idea=source).exclude(user__in=target.votes.values("user")).update(idea=target)
    Vote.objects.filter(idea=source).delete()


def _move_posts(source: Idea, target: Idea, user_id: int | None) -> int:
    """Append the posts of one thread to another one, and return the number of comments there."""
    threads = lock_threads(source.thread_id, target.thread_id)
    old, thread = threads[source.thread_id], threads[target.thread_id]
    add_event(thread, "merged", author_id=user_id, title=source.title)
    move_posts(old, thread, list(old.posts.values_list("pk", flat=True)))
    return max(0, thread.post_count - (target.state == PostState.VISIBLE))
