"""Moving posts from one thread to another of the same kind."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Max

from ..models import Post, PostKind, PostState, Thread


def lock_threads(*thread_ids: int) -> dict[int, Thread]:
    """Lock the rows of threads by id: in one order, so that two acts cannot wait for each other."""
    rows = Thread.objects.select_for_update().filter(pk__in=thread_ids).order_by("pk")
    return {thread.pk: thread for thread in rows}


def move_posts(source: Thread, target: Thread, post_ids: Collection[int]) -> dict[int, Post]:
    """Append comments of one thread to another, both locked; return those that had a number, by that number.

    Times and states stay. A held post has no number in either thread.
    """
    rows = source.posts.filter(pk__in=post_ids, kind=PostKind.COMMENT).order_by("number", "pk")
    moved: dict[int, Post] = {}
    posts = list(rows)
    for post in posts:
        if post.number is not None:
            target.last_number += 1
            moved[post.number] = post
            post.number = target.last_number
        post.thread = target
    # one statement: the unique pairs of thread and number hold before and after
    Post.objects.bulk_update(posts, ["thread", "number"], batch_size=500)
    for thread in (source, target):
        recount_thread(thread)
    return moved


def recount_thread(thread: Thread) -> None:
    """Count the posts of a locked thread anew, and find the newest."""
    rows = thread.posts.filter(state=PostState.VISIBLE, kind=PostKind.COMMENT)
    newest = rows.order_by("-published_at", "-number").only("published_at", "author_id").first()
    thread.post_count = rows.count()
    thread.last_posted_at = newest.published_at if newest else None
    thread.last_author_id = newest.author_id if newest else None
    highest = thread.posts.aggregate(highest=Max("number"))["highest"] or 0
    thread.last_number = max(thread.last_number, highest)
    thread.save(update_fields=["post_count", "last_posted_at", "last_author", "last_number"])
