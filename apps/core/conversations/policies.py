"""Policies of conversations: they open the thread or the post of the URL."""

from __future__ import annotations

from typing import Any

from apps.core.actor import Need
from apps.core.errors import Forbidden
from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy, check_writer

from .access import (
    attachment_for,
    check_editor,
    check_moderator,
    draft_for,
    is_author,
    post_for,
    thread_for,
)
from .errors import DraftNotFound
from .models import Attachment, Draft, Post, Thread


def _open_thread(request: HubRequest, *, thread_id: str, lock: bool = False) -> Thread:
    return thread_for(request.actor, thread_id, lock=lock)


def _open_to_moderate(request: HubRequest, *, thread_id: str, lock: bool = False) -> Thread:
    thread = thread_for(request.actor, thread_id, lock=lock)
    check_moderator(request.actor, thread)
    return thread


def _open_post(request: HubRequest, *, post_id: str, lock: bool = False) -> Post:
    return post_for(request.actor, post_id, lock=lock)


def _open_post_to_edit(request: HubRequest, *, post_id: str, lock: bool = False) -> Post:
    post = post_for(request.actor, post_id, lock=lock)
    check_editor(request.actor, post)
    return post


def _open_own_post(request: HubRequest, *, post_id: str, lock: bool = False) -> Post:
    post = post_for(request.actor, post_id, lock=lock)
    if not is_author(request.actor, post):
        raise Forbidden
    return post


def _open_post_to_moderate(request: HubRequest, *, post_id: str, lock: bool = False) -> Post:
    post = post_for(request.actor, post_id, lock=lock)
    check_moderator(request.actor, post.thread)
    return post


def _open_attachment(request: HubRequest, *, attachment_key: str) -> Attachment:
    return attachment_for(request.actor, attachment_key)


def _open_draft(request: HubRequest, *, place: str, lock: bool = False) -> Draft:
    return draft_for(request.actor, place, lock=lock)


def _open_draft_to_write(request: HubRequest, *, place: str, lock: bool = False) -> Draft:
    """Return the draft that is saved, or a new one."""
    try:
        return draft_for(request.actor, place, lock=lock)
    except DraftNotFound:
        return Draft(place=place)


READS: dict[str, Any] = {"admits_anonymous": True, "admits_applications": True, "need": Need.READ}
WRITES: dict[str, Any] = {"check": check_writer, "need": Need.READ}
THREAD: dict[str, Any] = {"takes": ("thread_id",), "gives": "thread"}
POST: dict[str, Any] = {"takes": ("post_id",), "gives": "post"}

THREAD_READ = Policy("thread-read", "readers of the conversation", open=_open_thread, **READS, **THREAD)
THREAD_WRITE = Policy(
    "thread-write", "signed-in readers of the conversation", open=_open_thread, **WRITES, **THREAD
)
THREAD_MODERATE = Policy(
    "thread-moderate",
    "moderators of the conversation",
    open=_open_to_moderate,
    check=check_writer,
    need=Need.ADMIN,
    **THREAD,
)
POST_READ = Policy("post-read", "readers of the post", open=_open_post, **READS, **POST)
POST_WRITE = Policy("post-write", "signed-in readers of the post", open=_open_post, **WRITES, **POST)
POST_EDIT = Policy(
    "post-edit", "author of the post, and moderators", open=_open_post_to_edit, **WRITES, **POST
)
POST_OWN = Policy("post-own", "author of the post", open=_open_own_post, **WRITES, **POST)
POST_MODERATE = Policy(
    "post-moderate",
    "moderators of the post",
    open=_open_post_to_moderate,
    check=check_writer,
    need=Need.ADMIN,
    **POST,
)
DRAFT = Policy(
    "draft", "whose draft it is", open=_open_draft, check=check_writer, takes=("place",), gives="draft"
)
DRAFT_WRITE = Policy(
    "draft-write",
    "who writes the draft",
    open=_open_draft_to_write,
    check=check_writer,
    takes=("place",),
    gives="draft",
)
ATTACHMENT_READ = Policy(
    "attachment-read",
    "readers of the post with the file",
    open=_open_attachment,
    takes=("attachment_key",),
    gives="attachment",
    **READS,
)
POLICIES = [
    THREAD_READ,
    THREAD_WRITE,
    THREAD_MODERATE,
    POST_READ,
    POST_WRITE,
    POST_EDIT,
    POST_OWN,
    POST_MODERATE,
    DRAFT,
    DRAFT_WRITE,
    ATTACHMENT_READ,
]
