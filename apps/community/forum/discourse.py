"""The forum as read-only Discourse JSON, for its clients and for programs that preview links.

source  https://docs.discourse.org: GET /latest.json, /top.json, /categories.json, /search.json, /t/{id}.json,
        /t/{id}/posts.json, /c/{slug}/{id}.json; pydiscourse reads these
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from apps.core.conversations.models import Post, PostKind, PostState
from apps.core.errors import NotFound, Refusal
from apps.core.rest.fields import timestamp
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.params import page_int
from apps.core.web.policies import PUBLIC, requires

from .models import Category, Topic
from .policies import TOPIC_READ
from .previews import excerpt
from .selectors import (
    CategoryNode,
    Period,
    TopicFilter,
    TopicList,
    category_tree,
    flat_tree,
    order_of,
    topics_for,
)

PAGE_SIZE, POSTS_PAGE, STREAM_LIMIT = 30, 20, 2000
PERIODS = {
    "daily": Period.DAY,
    "weekly": Period.WEEK,
    "monthly": Period.MONTH,
    "yearly": Period.YEAR,
    "all": Period.ALL,
}


def is_discourse(path: str) -> bool:
    return path.startswith("/forum/") and path.endswith(".json")


def _answer(data: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> JsonResponse:
    """Return JSON with the content type that pydiscourse compares letter by letter."""
    return JsonResponse(data, status=status, headers=headers, content_type="application/json; charset=utf-8")


def render_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return a refusal as Discourse sends one."""
    body = {"errors": [refusal.message], "error_type": refusal.code}
    return _answer(body, status=refusal.status, headers={"X-Error-Code": refusal.code})


@requires(PUBLIC)
@require_safe
def latest(request: HubRequest) -> HttpResponse:
    return _topic_list(request, TopicList.LATEST)


@requires(PUBLIC)
@require_safe
def newest(request: HubRequest) -> HttpResponse:
    return _topic_list(request, TopicList.NEW)


@requires(PUBLIC)
@require_safe
def top(request: HubRequest) -> HttpResponse:
    return _topic_list(request, TopicList.TOP, period=PERIODS.get(request.GET.get("period", ""), Period.YEAR))


@requires(PUBLIC)
@require_safe
def category_topics(request: HubRequest, number: int, slug: str = "") -> HttpResponse:
    nodes = flat_tree(category_tree(request.actor))
    category = next((node.category for node in nodes if node.category.pk == number), None)
    if category is None:
        raise NotFound
    return _topic_list(request, TopicList.LATEST, category=category)


@requires(PUBLIC)
@require_safe
def categories(request: HubRequest) -> HttpResponse:
    nodes = category_tree(request.actor)
    return _answer(
        {"category_list": {"can_create_category": False, "categories": [_category(node) for node in nodes]}}
    )


@requires(PUBLIC)
@require_safe
def search(request: HubRequest) -> HttpResponse:
    """Return topics that match `q`, with their first posts."""
    q = request.GET.get("q", "") or request.GET.get("term", "")
    rows = topics_for(request.actor, filters=TopicFilter(q=q[:200])) if q.strip() else Topic.objects.none()
    topics = list(rows.select_related("first_post").order_by(*order_of(TopicList.LATEST))[:PAGE_SIZE])
    posts = [
        (topic, topic.first_post) for topic in topics if topic.first_post and topic.first_post.is_visible
    ]
    return _answer(
        {
            "topics": [_topic(topic) for topic in topics],
            "posts": [{**_post(post, topic), "blurb": excerpt(post.html)} for topic, post in posts],
            "users": [],
            "categories": [],
            "grouped_search_result": {"term": q, "post_ids": [post.pk for _topic, post in posts]},
        }
    )


@requires(TOPIC_READ)
@require_safe
def topic(request: HubRequest, topic: Topic, slug: str = "") -> HttpResponse:
    """Return a topic with a page of its posts, and the ids of the first `STREAM_LIMIT` posts."""
    rows = _posts_of(topic)
    start = (page_int(request.GET, "page", least=1, most=10**6) - 1) * POSTS_PAGE
    ids = list(rows.values_list("pk", flat=True)[:STREAM_LIMIT])
    posts = list(rows[start : start + POSTS_PAGE])
    details = {"created_by": _user(topic.author), "last_poster": _user(topic.last_author)}
    stream = {"posts": [_post(post, topic) for post in posts], "stream": ids}
    return _answer({**_topic(topic), "post_stream": stream, "details": details})


@requires(TOPIC_READ)
@require_safe
def topic_posts(request: HubRequest, topic: Topic) -> HttpResponse:
    """Return the posts with the ids in `post_ids[]`; without any, the first page."""
    wanted = request.GET.getlist("post_ids[]")[:POSTS_PAGE]
    ids = [int(word) for word in wanted if word.isascii() and word.isdigit() and len(word) < 19]
    rows = _posts_of(topic).filter(pk__in=ids) if ids else _posts_of(topic)[:POSTS_PAGE]
    return _answer({"id": topic.public_id, "post_stream": {"posts": [_post(post, topic) for post in rows]}})


urlpatterns = [
    path("forum/latest.json", latest, name="discourse_latest"),
    path("forum/new.json", newest, name="discourse_new"),
    path("forum/top.json", top, name="discourse_top"),
    path("forum/categories.json", categories, name="discourse_categories"),
    path("forum/search.json", search, name="discourse_search"),
    path("forum/c/<int:number>.json", category_topics, name="discourse_category_by_id"),
    path("forum/c/<str:slug>/<int:number>.json", category_topics, name="discourse_category"),
    path("forum/t/<int:topic_id>.json", topic, name="discourse_topic_by_id"),
    path("forum/t/<int:topic_id>/posts.json", topic_posts, name="discourse_posts"),
    path("forum/t/<str:slug>/<int:topic_id>.json", topic, name="discourse_topic"),
]


def _topic_list(
    request: HubRequest, name: TopicList, *, period: Period = Period.WEEK, category: Category | None = None
) -> HttpResponse:
    page = page_by_cursor(
        topics_for(request.actor, name, filters=TopicFilter(category=category), period=period),
        order=order_of(name, period),
        cursor=request.GET.get("cursor"),
        limit=PAGE_SIZE,
    )
    people = {
        person.pk: person for topic in page.items for person in (topic.author, topic.last_author) if person
    }
    more = {"more_topics_url": f"{request.path}?cursor={page.next_cursor}"} if page.next_cursor else {}
    listed = {"per_page": PAGE_SIZE, "topics": [_topic(topic) for topic in page.items], **more}
    return _answer({"users": [_user(person) for person in people.values()], "topic_list": listed})


def _posts_of(topic: Topic) -> Any:
    rows = Post.objects.filter(thread=topic.thread, state=PostState.VISIBLE, kind=PostKind.COMMENT)
    rows = rows if topic.is_listed else rows.none()
    return rows.select_related("author", "author__namespace", "reply_to").order_by("number")


def _topic(topic: Topic) -> dict[str, Any]:
    return {
        "id": topic.public_id,
        "title": topic.title,
        "fancy_title": topic.title,
        "slug": topic.slug,
        "posts_count": topic.reply_count + 1,
        "reply_count": topic.reply_count,
        "highest_post_number": topic.thread.last_number,
        "created_at": timestamp(topic.created_at),
        "last_posted_at": timestamp(topic.bumped_at),
        "bumped_at": timestamp(topic.bumped_at),
        "category_id": topic.category_id,
        "tags": [tag.name for tag in topic.tags.all()],
        "archetype": "regular",
        "visible": topic.is_listed,
        "closed": topic.thread.is_locked,
        "archived": topic.is_archived,
        "pinned": bool(topic.pinned_to),
        "has_accepted_answer": topic.is_solved,
        "last_poster_username": topic.last_author.username if topic.last_author else None,
        "posters": _posters(topic),
    }


def _posters(topic: Topic) -> list[dict[str, Any]]:
    first = [{"user_id": topic.author_id, "description": "Original Poster"}] if topic.author_id else []
    last = [{"user_id": topic.last_author_id, "description": "Most Recent Poster"}]
    return first + (last if topic.last_author_id and topic.last_author_id != topic.author_id else [])


def _post(post: Post, topic: Topic) -> dict[str, Any]:
    return {
        "id": post.pk,
        "post_number": post.number,
        "topic_id": topic.public_id,
        "topic_slug": topic.slug,
        "username": post.author.get_username() if post.author else None,
        "user_id": post.author_id,
        "cooked": post.html,
        "raw": post.source,
        "created_at": timestamp(post.published_at or post.created_at),
        "updated_at": timestamp(post.edited_at or post.published_at or post.created_at),
        "reply_to_post_number": post.reply_to.number if post.reply_to else None,
        "version": post.revision,
        "accepted_answer": topic.answer_id == post.pk,
    }


def _user(person: Any) -> dict[str, Any] | None:
    if person is None:
        return None
    return {
        "id": person.pk,
        "username": person.username,
        "name": person.namespace.full_name,
        "avatar_template": person.namespace.image_url,
    }


def _category(node: CategoryNode) -> dict[str, Any]:
    category, children = node.category, node.children
    below: Sequence[int] = [child.category.pk for child in children]
    return {
        "id": category.pk,
        "name": category.name,
        "slug": category.slug,
        "description": category.about or None,
        "description_text": category.about or None,
        "position": category.position,
        "parent_category_id": category.parent_id,
        "topic_count": category.topic_count,
        "post_count": category.post_count,
        "read_restricted": not category.is_public,
        "has_children": bool(children),
        "subcategory_ids": below,
        "subcategory_list": [_category(child) for child in children],
    }
