"""Who may read, write and moderate a conversation: the kind of the thread decides."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.core.actor import Actor, Need
from apps.core.errors import Forbidden, Refusal, Unauthenticated
from apps.core.public_ids import by_id

from .errors import (
    AttachmentHidden,
    AttachmentNotFound,
    DraftNotFound,
    PostHidden,
    PostNotFound,
    ThreadHidden,
    ThreadLocked,
    ThreadNotFound,
)
from .models import Attachment, Draft, Post, PostKind, PostState, Thread
from .providers import kind_of, kinds


def visible_threads(actor: Actor) -> QuerySet[Thread]:
    """Return the threads of all kinds that the actor may read."""
    readable = Q()
    for kind in kinds().values():
        readable |= Q(kind=kind.name, pk__in=kind.visible_to(actor).values("pk"))
    return Thread.objects.filter(readable) if readable else Thread.objects.none()


def visible_posts(actor: Actor) -> QuerySet[Post]:
    """Return the posts that everybody sees who may read their thread."""
    return Post.objects.filter(state=PostState.VISIBLE, thread__in=visible_threads(actor).values("pk"))


def thread_for(actor: Actor, thread_id: int | str, *, lock: bool = False) -> Thread:
    """Return a thread that the actor may read.

    thread_id  its key or its public id
    raises     ThreadNotFound (ThreadHidden for anonymous users)
    """
    rows = Thread.objects.select_for_update() if lock else Thread.objects
    thread = rows.filter(**by_id(thread_id)).first()
    if thread is None or not _can_read(actor, thread):
        raise ThreadNotFound if actor.is_signed_in else ThreadHidden
    return thread


def post_for(actor: Actor, post_id: int | str, *, lock: bool = False) -> Post:
    """Return a post that the actor may see: a visible one, their own, or any as a moderator.

    post_id  its key or its public id
    lock     hold the rows of the thread and the post until the transaction ends
    raises   PostNotFound (PostHidden for anonymous users)
    """
    post = Post.objects.select_related("thread", "author").filter(**by_id(post_id)).first()
    if post is None or not can_see(actor, post):
        raise PostNotFound if actor.is_signed_in else PostHidden
    if lock:
        # the thread first, as a new post does: two locks in one order cannot deadlock
        thread = Thread.objects.select_for_update().get(pk=post.thread_id)
        post = Post.objects.select_for_update(of=("self",)).select_related("author").get(pk=post.pk)
        post.thread = thread
        if not can_see(actor, post):
            raise PostNotFound
    return post


def attachment_for(actor: Actor, key: str) -> Attachment:
    """Return a file that the actor may read: of a post that they may see, or their own.

    raises  AttachmentNotFound (AttachmentHidden for anonymous users)
    """
    attachment = Attachment.objects.select_related("post__thread").filter(key=key).first()
    if attachment is None or not _can_open(actor, attachment):
        raise AttachmentNotFound if actor.is_signed_in else AttachmentHidden
    return attachment


def _can_open(actor: Actor, attachment: Attachment) -> bool:
    return _is_own(actor, attachment) or (attachment.post is not None and can_see(actor, attachment.post))


def _is_own(actor: Actor, attachment: Attachment) -> bool:
    """Return whether the actor has uploaded a file; credentials for something else do not reach it."""
    if actor.user_id is None or actor.namespace_id is None or attachment.uploader_id != actor.user_id:
        return False
    return actor.can(Need.READ, actor.namespace_id, f"namespace:{actor.name.casefold()}")


def can_see(actor: Actor, post: Post) -> bool:
    if not _can_read(actor, post.thread):
        return False
    return post.is_visible or is_author(actor, post) or can_moderate(actor, post.thread)


def is_author(actor: Actor, post: Post) -> bool:
    return actor.user_id is not None and post.author_id == actor.user_id


def can_moderate(actor: Actor, thread: Thread) -> bool:
    return actor.is_signed_in and kind_of(thread).can_moderate(actor, thread)


def check_moderator(actor: Actor, thread: Thread) -> None:
    if not can_moderate(actor, thread):
        raise Forbidden if actor.is_signed_in else Unauthenticated


def check_editor(actor: Actor, post: Post) -> None:
    """Refuse everybody but the author and moderators, and texts that cannot be edited.

    raises  Forbidden, ThreadLocked
    """
    if post.kind != PostKind.COMMENT or post.state == PostState.DELETED:
        raise Forbidden
    if can_moderate(actor, post.thread):
        return
    if not is_author(actor, post) or post.state == PostState.HIDDEN:
        raise Forbidden
    if post.thread.is_locked:
        raise ThreadLocked


def draft_for(actor: Actor, place: str, *, lock: bool = False) -> Draft:
    """Return the actor's own draft for a place.

    raises  DraftNotFound
    """
    rows = Draft.objects.select_for_update() if lock else Draft.objects
    draft = rows.filter(user_id=actor.user_id, place=place).first() if actor.user_id else None
    if draft is None:
        raise DraftNotFound
    return draft


def reply_refusal(actor: Actor, thread: Thread, *, is_moderator: bool) -> Refusal | None:
    """Return why the actor cannot reply in a thread that they may read; None if they can."""
    try:
        kind_of(thread).check_reply(actor, thread)
    except Refusal as refusal:
        return refusal
    return ThreadLocked() if thread.is_locked and not is_moderator else None


def _can_read(actor: Actor, thread: Thread) -> bool:
    kind = kinds().get(thread.kind)
    return kind is not None and kind.visible_to(actor).filter(pk=thread.pk).exists()
