"""Access policies of the forum: they open the topic or the category of the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.core.actor import Actor, Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy

from .access import (
    category_for,
    check_manager,
    check_writer,
    editable_topic,
    moderated_topic,
    replyable_topic,
    topic_for,
)
from .models import Category, Topic


def _topic(name: str, words: str, fetch: Callable[..., Topic], need: Need, **options: Any) -> Policy:
    def open_topic(request: HubRequest, *, topic_id: int, lock: bool = False) -> Topic:
        return fetch(request.actor, topic_id, lock=lock)

    return Policy(name, words, open=open_topic, takes=("topic_id",), gives="topic", need=need, **options)


def _open_category(request: HubRequest, *, category: str, lock: bool = False) -> Category:
    return category_for(request.actor, category, lock=lock)


def _check_writer(actor: Actor) -> None:
    check_writer(actor)


TOPIC_READ = _topic(
    "topic-read",
    "readers of the topic",
    topic_for,
    Need.READ,
    admits_anonymous=True,
    admits_applications=True,
)
TOPIC_REPLY = _topic("topic-reply", "signed in, who may reply in the topic", replyable_topic, Need.WRITE)
TOPIC_EDIT = _topic("topic-edit", "the author of the topic and its moderators", editable_topic, Need.WRITE)
TOPIC_MODERATE = _topic("topic-moderate", "moderators of the topic", moderated_topic, Need.ADMIN)
CATEGORY_READ = Policy(
    "category-read",
    "readers of the category",
    open=_open_category,
    takes=("category",),
    gives="category",
    need=Need.READ,
    admits_anonymous=True,
    admits_applications=True,
)
CATEGORY_ADMIN = Policy(
    "category-admin",
    "staff, with a credential that may write",
    check=check_manager,
    open=_open_category,
    takes=("category",),
    gives="category",
    need=Need.ADMIN,
    hides=True,
)
FORUM_WRITER = Policy(
    "forum-writer", "signed in, with a credential that may write in the forum", check=_check_writer
)
POLICIES = [
    TOPIC_READ,
    TOPIC_REPLY,
    TOPIC_EDIT,
    TOPIC_MODERATE,
    CATEGORY_READ,
    CATEGORY_ADMIN,
    FORUM_WRITER,
]
