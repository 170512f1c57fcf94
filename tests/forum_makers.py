"""Factories of the forum."""

from __future__ import annotations

from typing import Any

from apps.community.forum.models import Audience, Category, Topic
from apps.community.forum.services.categories import create_category
from apps.community.forum.services.topics import create_topic
from apps.core.conversations.models import Post
from apps.core.conversations.services.posts import add_post
from tests.makers import Cast, Person


def a_category(cast: Cast, name: str = "General", **fields: Any) -> Category:
    return create_category(actor=cast.staff.actor, name=name, **fields)


def a_private_category(cast: Cast, name: str = "Team", **fields: Any) -> Category:
    """A category of the organization's members."""
    rights = dict.fromkeys(("read_audience", "reply_audience", "create_audience"), Audience.ORGANIZATION)
    return a_category(cast, name, organization=cast.organization, **{**rights, **fields})


def a_topic(person: Person, category: Category, title: str = "How to begin", **fields: Any) -> Topic:
    facts = {"source": "Where is the manual?", **fields}
    return create_topic(actor=person.actor, category=category.slug, title=title, **facts)


def a_reply(person: Person, topic: Topic, source: str = "On the first page.", **options: Any) -> Post:
    return add_post(actor=person.actor, thread_id=topic.thread_id, source=source, **options)
