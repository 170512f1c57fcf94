"""Policies of conversations: they open the thread or the post of the URL."""

from __future__ import annotations

from typing import Any

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy

from .access import attachment_for, check_moderator, check_writer, post_for, thread_for
from .models import Attachment, Post, Thread


def _open_thread(request: HubRequest, *, thread_id: int, lock: bool = False) -> Thread:
    return thread_for(request.actor, thread_id, lock=lock)


def _open_to_moderate(request: HubRequest, *, thread_id: int, lock: bool = False) -> Thread:
    thread = thread_for(request.actor, thread_id, lock=lock)
    check_moderator(request.actor, thread)
    return thread


def _open_post(request: HubRequest, *, post_id: int, lock: bool = False) -> Post:
    return post_for(request.actor, post_id, lock=lock)


def _open_post_to_moderate(request: HubRequest, *, post_id: int, lock: bool = False) -> Post:
    post = post_for(request.actor, post_id, lock=lock)
    check_moderator(request.actor, post.thread)
    return post


def _open_attachment(request: HubRequest, *, key: str) -> Attachment:
    return attachment_for(request.actor, key)


READS: dict[str, Any] = {"admits_anonymous": True, "admits_applications": True, "need": Need.READ}
WRITES: dict[str, Any] = {"check": check_writer, "need": Need.READ}
THREAD: dict[str, Any] = {"takes": ("thread_id",), "gives": "thread"}
POST: dict[str, Any] = {"takes": ("post_id",), "gives": "post"}

WRITER = Policy("writer", "signed in, with a credential that may write", check=check_writer)
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
POST_MODERATE = Policy(
    "post-moderate",
    "moderators of the post",
    open=_open_post_to_moderate,
    check=check_writer,
    need=Need.ADMIN,
    **POST,
)
ATTACHMENT_READ = Policy(
    "attachment-read",
    "readers of the post with the file",
    open=_open_attachment,
    takes=("key",),
    gives="attachment",
    **READS,
)
POLICIES = [
    WRITER,
    THREAD_READ,
    THREAD_WRITE,
    THREAD_MODERATE,
    POST_READ,
    POST_WRITE,
    POST_MODERATE,
    ATTACHMENT_READ,
]
