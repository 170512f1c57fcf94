"""Bookmarks of posts."""

from __future__ import annotations

from apps.core.actor import Actor
from apps.core.conversations.access import post_for
from apps.core.errors import TooMany
from apps.core.public_ids import by_id

from ..access import check_writer
from ..errors import BookmarkNotFound, TopicNotFound
from ..models import Bookmark, Topic

BOOKMARKS_LIMIT = 5000


def add_bookmark(*, actor: Actor, post_id: int | str, note: str = "") -> Bookmark:
    """Mark a post that the actor may see; again, only the note changes.

    raises  PostNotFound, TopicNotFound for a post of no topic, TooMany, Unauthenticated
    """
    user_id = check_writer(actor)
    post = post_for(actor, post_id)
    topic = Topic.objects.filter(thread_id=post.thread_id).first()
    if topic is None:
        raise TopicNotFound
    if Bookmark.objects.filter(user_id=user_id).count() >= BOOKMARKS_LIMIT:
        raise TooMany
    bookmark, _is_new = Bookmark.objects.update_or_create(
        user_id=user_id, post=post, defaults={"topic": topic, "note": note[:200]}
    )
    return bookmark


def remove_bookmark(*, actor: Actor, post_id: int | str) -> Bookmark:
    """Remove a mark and return it.

    raises  BookmarkNotFound, Unauthenticated
    """
    rows = Bookmark.objects.select_related("topic", "post")
    bookmark = rows.filter(user_id=check_writer(actor), **by_id(post_id, "post__")).first()
    if bookmark is None:
        raise BookmarkNotFound
    bookmark.delete()
    return bookmark
