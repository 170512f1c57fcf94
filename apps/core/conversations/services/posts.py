"""Writing, editing and deleting posts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.errors import Forbidden
from apps.core.moderation.models import Act
from apps.core.moderation.services.judge import PUBLISHED, Outcome, judge
from apps.core.moderation.services.queue import open_review, settle, withdraw_review
from apps.core.moderation.services.rules import Facts
from apps.core.public_ids import by_id

from ..access import can_moderate, check_editor, is_author, post_for, thread_for
from ..audit import Action
from ..errors import EditConflict, EmptyPost, ImpossibleMove, PostTooLong, SlowMode, ThreadLocked
from ..live import signal_after_commit
from ..models import (
    MOVES,
    SOURCE_LIMIT_CHARACTERS,
    Post,
    PostKind,
    PostRevision,
    PostState,
    Thread,
)
from ..notifications import announce_post, correct_post, follow_post
from ..providers import kind_of
from ..rendering import VERSION, render_post
from .attachments import attach_files
from .drafts import discard_draft
from .reading import set_mark

# name of posts as a ModeratedKind
POST = "post"


@transaction.atomic
def add_post(
    *,
    actor: Actor,
    thread_id: int | str,
    source: str,
    reply_to: int | str | None = None,
    is_held: bool = False,
    draft: str = "",
    facts: Facts | None = None,
) -> Post:
    """Add a post to a thread. Moderation may hold it: then nobody but the author and moderators see it.

    reply_to  id of a post of the same thread
    is_held   it waits for a moderator, whatever moderation says
    draft     place of the draft that it was written from, which is deleted
    facts     what moderation can know of the request
    raises    ThreadNotFound, ThreadLocked, SlowMode, EmptyPost, PostTooLong, Forbidden; Silenced, Banned,
              PostingPaused, NewAccountLimit
    """
    thread = thread_for(actor, thread_id, lock=True)
    _check_reply(actor, thread)
    outcome = judge_post(actor, thread, source, facts)
    post = write_post(
        thread,
        actor.user_id,
        source,
        reply_to=reply_to,
        is_held=is_held or outcome.is_held,
        outcome=outcome,
    )
    if draft:
        discard_draft(actor=actor, place=draft)
    return post


def judge_post(actor: Actor, thread: Thread, source: str, facts: Facts | None = None) -> Outcome:
    """Return what moderation says of a text; who moderates the thread may write everything.

    raises  Silenced, Banned, PostingPaused, NewAccountLimit
    """
    if can_moderate(actor, thread):
        return PUBLISHED
    return judge(actor=actor, text=source, kind=POST, facts=facts).check()


def write_post(
    thread: Thread,
    author_id: int | None,
    source: str,
    *,
    reply_to: int | str | None = None,
    is_held: bool = False,
    is_silent: bool = False,
    outcome: Outcome = PUBLISHED,
) -> Post:
    """Add a post to a locked thread row without asking whether the author may, such as the first post.

    is_held    it gets a place in the review queue
    is_silent  nobody is notified, as of imported posts
    outcome    of moderation, for the queue
    raises     EmptyPost, PostTooLong
    """
    post = Post(thread=thread, author_id=author_id, state=PostState.HELD if is_held else PostState.VISIBLE)
    post.reply_to = thread.posts.filter(**by_id(reply_to)).first() if reply_to else None
    _render(post, source)
    if not is_held:
        _number(post)
    post.save()
    attach_files(post)
    if not is_held:
        _count(post, 1)
        kind_of(thread).post_changed(post)
        if not is_silent:
            announce_post(post)
    else:
        open_review(kind=POST, key=post.public_id, author_id=author_id, outcome=outcome)
    if author_id is not None:
        set_mark(author_id, thread, thread.last_number)
    return post


@transaction.atomic
def edit_post(
    *, actor: Actor, post_id: int | str, source: str, revision: int, facts: Facts | None = None
) -> Post:
    """Replace the text of a post; the former one is kept. Moderation may hold the post with its new text.

    revision  the one that the editor read
    facts     what moderation can know of the request
    raises    PostNotFound, Forbidden, EditConflict with the current text, EmptyPost, PostTooLong; Silenced,
              Banned, PostingPaused
    """
    post = post_for(actor, post_id, lock=True)
    check_editor(actor, post)
    if post.revision != revision:
        raise EditConflict(revision=post.revision, source=post.source)
    if source.strip() == post.source:
        return post
    outcome = judge_post(actor, post.thread, source, replace(facts or Facts(), is_edit=True))
    written_at = post.edited_at or post.created_at
    PostRevision.objects.create(
        post=post,
        number=post.revision,
        source=post.source,
        editor_id=post.editor_id or post.author_id,
        created_at=written_at,
    )
    _render(post, source)
    post.revision, post.edited_at = post.revision + 1, timezone.now()
    post.editor_id = None if is_author(actor, post) else actor.user_id
    post.save()
    attach_files(post)
    if not is_author(actor, post):
        record(actor, Action.POST_EDITED_BY_MODERATOR, post)
    if outcome.is_held and post.is_visible:
        hold_post(post, outcome)
    else:
        correct_post(post)
        kind_of(post.thread).post_changed(post)
    return post


def delete_post(*, actor: Actor, post_id: int | str) -> Post:
    """Delete one's own post; its place in the thread stays, without text.

    raises  PostNotFound, Forbidden, ImpossibleMove
    """
    return _move(actor, post_id, PostState.DELETED, by_author=True)


def restore_post(*, actor: Actor, post_id: int | str) -> Post:
    """Restore a post that one deleted oneself.

    raises  PostNotFound, Forbidden, ImpossibleMove if a moderator has hidden it
    """
    return _move(actor, post_id, PostState.VISIBLE, by_author=True)


def hide_post(*, actor: Actor, post_id: int | str, reason: str = "") -> Post:
    """Hide a post from everybody but its author and moderators.

    raises  PostNotFound, Forbidden, ImpossibleMove
    """
    return _move(actor, post_id, PostState.HIDDEN, action=Action.POST_HIDDEN, reason=reason)


def show_post(*, actor: Actor, post_id: int | str) -> Post:
    """Show a hidden post again.

    raises  PostNotFound, Forbidden, ImpossibleMove
    """
    return _move(actor, post_id, PostState.VISIBLE, action=Action.POST_SHOWN)


def approve_post(*, actor: Actor, post_id: int | str) -> Post:
    """Publish a held post: it becomes the newest of its thread.

    raises  PostNotFound, Forbidden, ImpossibleMove
    """
    return _move(actor, post_id, PostState.VISIBLE, action=Action.POST_APPROVED, only_from=(PostState.HELD,))


@transaction.atomic
def _move(
    actor: Actor,
    post_id: int | str,
    state: PostState,
    *,
    by_author: bool = False,
    action: Action | None = None,
    reason: str = "",
    only_from: Collection[PostState] = (),
) -> Post:
    post = post_for(actor, post_id, lock=True)
    allowed = is_author(actor, post) if by_author else can_moderate(actor, post.thread)
    if not allowed:
        raise Forbidden
    before = PostState(post.state)
    if (by_author and PostState.HIDDEN in (before, state)) or (only_from and before not in only_from):
        raise ImpossibleMove(state=post.state)
    move_post(post, state)
    if action is not None:
        record(actor, action, post, reason=reason)
        act = Act.APPROVE if state == PostState.VISIBLE else Act.DECLINE
        settle(actor=actor, kind=POST, key=post.public_id, act=act, statement=reason)
    elif state == PostState.DELETED:
        withdraw_review(POST, post.public_id)
    return post


def hold_post(post: Post, outcome: Outcome) -> None:
    """Take back a visible post, whose thread row is locked, until a moderator has seen its text or title."""
    move_post(post, PostState.HELD)
    open_review(kind=POST, key=post.public_id, author_id=post.author_id, outcome=outcome)


def move_post(post: Post, state: PostState) -> None:
    """Change the state of a post whose thread row is locked; publication gives it a number.

    raises  ImpossibleMove
    """
    before = PostState(post.state)
    if before != state and state not in MOVES[before]:
        raise ImpossibleMove(state=post.state)
    post.state = state
    is_published = state == PostState.VISIBLE and post.number is None
    if is_published:
        _number(post)
    post.save(update_fields=["state", "number", "published_at"])
    _count(post, (state == PostState.VISIBLE) - (before == PostState.VISIBLE))
    kind_of(post.thread).post_changed(post)
    if is_published:
        announce_post(post)
    else:
        follow_post(post)


def _number(post: Post) -> None:
    post.thread.last_number += 1
    post.number, post.published_at = post.thread.last_number, timezone.now()
    signal_after_commit(post.thread_id)


def _count(post: Post, change: int) -> None:
    """Count a post that appeared (1) or vanished (-1) in its locked thread row, and remember the newest."""
    thread = post.thread
    rows = thread.posts.filter(state=PostState.VISIBLE, kind=PostKind.COMMENT)
    newest = rows.order_by("-number").only("published_at", "author_id").first()
    thread.post_count += change
    thread.last_posted_at = newest.published_at if newest else None
    thread.last_author_id = newest.author_id if newest else None
    thread.save(update_fields=["post_count", "last_posted_at", "last_author", "last_number"])


def _render(post: Post, source: str) -> None:
    source = source.strip()
    if not source:
        raise EmptyPost
    if len(source) > SOURCE_LIMIT_CHARACTERS:
        raise PostTooLong(
            _("A post can have at most %(limit)s characters.") % {"limit": SOURCE_LIMIT_CHARACTERS}
        )
    text = render_post(source)
    post.source, post.html, post.html_version = source, text.html, VERSION
    post.mentions, post.references = text.mentions, text.references


def _check_reply(actor: Actor, thread: Thread) -> None:
    kind = kind_of(thread)
    kind.check_reply(actor, thread)
    if kind.can_moderate(actor, thread):
        return
    if thread.is_locked:
        raise ThreadLocked
    if thread.slow_mode_seconds:
        _check_pace(actor, thread)


def _check_pace(actor: Actor, thread: Thread) -> None:
    last = thread.posts.filter(author_id=actor.user_id).order_by("-created_at").first()
    passed = (timezone.now() - last.created_at).total_seconds() if last else thread.slow_mode_seconds
    left = int(thread.slow_mode_seconds - passed)
    if left > 0:
        raise SlowMode(headers={"Retry-After": str(left)}, seconds=left)
