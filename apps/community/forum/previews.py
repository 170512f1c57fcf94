"""What other programs show of a topic: structured data, OpenGraph, oEmbed."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from apps.core.conversations.models import Post
from apps.core.conversations.presenters import PostView

from .models import Topic, TopicKind

EXCERPT_CHARACTERS = 200
# characters that end a script element or open a comment in HTML
ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def excerpt(markup: str, most: int = EXCERPT_CHARACTERS) -> str:
    """Return the beginning of the HTML of a post as plain text on one line."""
    text = " ".join(html.unescape(strip_tags(markup[: most * 20])).split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def absolute(path: str) -> str:
    """Return the address of a page in letters that every client can ask for."""
    return f"{settings.PUBLIC_URL}{iri_to_uri(path)}"


def json_ld(topic: Topic, posts: Sequence[PostView]) -> SafeString:
    """Return a topic as JSON-LD for a script element: a QAPage for a question, else a DiscussionForumPosting.

    posts   visible comments of the shown window; an accepted answer is among the answers even if not shown
    source  https://developers.google.com/search/docs/appearance/structured-data/qapage
    """
    data = _question(topic, posts) if topic.kind == TopicKind.QUESTION else _discussion(topic, posts)
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False)
    return mark_safe(text.translate(ESCAPES))


def _discussion(topic: Topic, posts: Sequence[PostView]) -> dict[str, Any]:
    return {
        "@type": "DiscussionForumPosting",
        "headline": topic.title,
        **_first(topic),
        "commentCount": topic.reply_count,
        "comment": [_post("Comment", post) for post in _others(posts, topic.first_post)],
    }


def _question(topic: Topic, posts: Sequence[PostView]) -> dict[str, Any]:
    answer = topic.answer
    accepted = {"acceptedAnswer": _accepted(topic, answer)} if answer else {}
    return {
        "@type": "QAPage",
        "mainEntity": {
            "@type": "Question",
            "name": topic.title,
            **_first(topic),
            "answerCount": topic.reply_count,
            **accepted,
            "suggestedAnswer": [_post("Answer", post) for post in _others(posts, topic.first_post, answer)],
        },
    }


def _others(posts: Sequence[PostView], *shown: Post | None) -> list[PostView]:
    ids = {post.public_id for post in shown if post}
    return [post for post in posts if post.id not in ids]


def _first(topic: Topic) -> dict[str, Any]:
    post = topic.first_post
    return {
        "url": absolute(topic.get_absolute_url()),
        "datePublished": topic.created_at.isoformat(),
        "author": _author(topic.author),
        "text": post.source if post and post.is_visible else "",
    }


def _accepted(topic: Topic, post: Post) -> dict[str, Any]:
    return {
        "@type": "Answer",
        "url": absolute(f"{topic.get_absolute_url()}?post={post.number}#post-{post.number}"),
        "datePublished": (post.published_at or post.created_at).isoformat(),
        "author": _author(post.author),
        "text": post.source,
        "upvoteCount": sum(post.reactions.values()),
    }


def _post(kind: str, post: PostView) -> dict[str, Any]:
    person = {"@type": "Person", "name": post.author.name}
    return {
        "@type": kind,
        "url": absolute(post.path),
        "datePublished": post.published_at.isoformat() if post.published_at else None,
        "author": {**person, "url": absolute(post.author.path)} if post.author.path else person,
        "text": post.source,
        "upvoteCount": sum(one.count for one in post.reactions),
    }


def _author(person: Any) -> dict[str, str]:
    if person is None:
        return {"@type": "Person", "name": "-"}
    return {"@type": "Person", "name": person.username, "url": absolute(person.get_absolute_url())}


def oembed(topic: Topic) -> dict[str, Any]:
    """Return how other sites embed a public topic.

    source  https://oembed.com, response of the type link
    """
    return {
        "version": "1.0",
        "type": "link",
        "title": topic.title,
        "author_name": topic.author.username if topic.author else None,
        "author_url": absolute(topic.author.get_absolute_url()) if topic.author else None,
        "provider_name": settings.SITE_NAME,
        "provider_url": settings.PUBLIC_URL,
        "cache_age": 3600,
    }
