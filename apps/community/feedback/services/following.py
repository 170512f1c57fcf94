"""Rows that follow the posts of their threads: states and counts, in the same transaction."""

from __future__ import annotations

from django.db.models import F

from apps.core.conversations.models import Post, PostKind, PostState, Thread
from apps.core.conversations.selectors import first_post

from ..models import Board, Idea


def follow_post(post: Post) -> None:
    """Bring an idea in line with a post of its thread: the first one decides who sees it."""
    idea = Idea.objects.select_for_update().get(thread_id=post.thread_id)
    first = first_post(idea.thread_id)
    was_listed = idea.is_listed
    if first is not None:
        idea.state = first.state
    is_first_visible = first is not None and first.state == PostState.VISIBLE
    idea.comment_count = max(0, _post_count(post.thread) - is_first_visible)
    idea.save(update_fields=["state", "comment_count", "updated_at"])
    count_listed(idea.board_id, idea.is_listed - was_listed)


def _post_count(thread: Thread) -> int:
    return thread.posts.filter(state=PostState.VISIBLE, kind=PostKind.COMMENT).count()


def count_listed(board_id: int, change: int) -> None:
    """Count an idea that appeared (1) in the lists of its board or vanished from them (-1)."""
    if change:
        Board.objects.filter(pk=board_id).update(idea_count=F("idea_count") + change)
