"""Atom and JSON feeds of topics and posts, and the oEmbed provider."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.conversations.models import Post, PostKind, PostState
from apps.core.errors import NotFound
from apps.core.web.feeds import Feed, FeedForm, Item, feed_response, tag_uri, with_basic_challenge
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, requires

from .models import Topic
from .policies import TOPIC_READ
from .presenters import place_of
from .previews import absolute, excerpt, oembed
from .selectors import category_named, order_of, posts_by, public_topic, tag_for, topics_for
from .views.queries import list_query

PAGE_ITEMS = 30
EXCERPT_CHARACTERS = 500
# date of the tag URI (RFC 4151): any date works, but it must never change
SITE_TAG = datetime(2025, 1, 1, tzinfo=UTC)


@with_basic_challenge
@requires(PUBLIC)
@require_safe
def topics_atom(request: HubRequest) -> HttpResponse:
    return _topics(request, FeedForm.ATOM)


@with_basic_challenge
@requires(PUBLIC)
@require_safe
def topics_json(request: HubRequest) -> HttpResponse:
    return _topics(request, FeedForm.JSON)


@with_basic_challenge
@requires(TOPIC_READ)
@require_safe
def posts_atom(request: HubRequest, topic: Topic) -> HttpResponse:
    return _posts(request, topic, FeedForm.ATOM)


@with_basic_challenge
@requires(TOPIC_READ)
@require_safe
def posts_json(request: HubRequest, topic: Topic) -> HttpResponse:
    return _posts(request, topic, FeedForm.JSON)


@with_basic_challenge
@requires(PUBLIC)
@require_safe
def person_atom(request: HubRequest, author: str) -> HttpResponse:
    return _person(request, author, FeedForm.ATOM)


@with_basic_challenge
@requires(PUBLIC)
@require_safe
def person_json(request: HubRequest, author: str) -> HttpResponse:
    return _person(request, author, FeedForm.JSON)


@requires(PUBLIC)
@require_safe
def oembed_topic(request: HubRequest) -> HttpResponse:
    """How other sites show a link to a public topic.

    source  https://oembed.com
    """
    if request.GET.get("format", "json") != "json":
        return JsonResponse({"error": "Only JSON is available."}, status=501)
    address = urlsplit(request.GET.get("url", "")[:1000])
    own = urlsplit(settings.PUBLIC_URL)
    last = address.path.rstrip("/").rpartition("/")[2]
    is_own = (address.scheme, address.netloc) == (own.scheme, own.netloc) and "/forum/t/" in address.path
    if not is_own or not (last.isascii() and last.isdigit() and len(last) < 19):
        raise NotFound
    response = JsonResponse(oembed(public_topic(int(last))))
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _topics(request: HubRequest, form: FeedForm) -> HttpResponse:
    """Return a list of topics, by the same query as the page: list, period, category, tag, author, kind."""
    slug, name = request.GET.get("category", ""), request.GET.get("tag", "")
    category = category_named(request.actor, slug) if slug else None
    tag = tag_for(request.actor, name).name if name else ""
    query = list_query(request.GET, category, tag)
    page = page_by_cursor(
        topics_for(request.actor, query.name, filters=query.filters, period=query.period).select_related(
            "first_post"
        ),
        order=order_of(query.name, query.period),
        cursor=request.GET.get("cursor"),
        limit=PAGE_ITEMS,
    )
    named = {
        key: request.GET[key]
        for key in ("list", "period", "category", "tag", "author", "kind")
        if request.GET.get(key)
    }
    place = f"/feeds/forum.{form}"
    following = {**named, "cursor": page.next_cursor} if page.next_cursor else None
    parts = [f"{key}={value}" for key, value in named.items()]
    feed = Feed(
        id=tag_uri(_host(), SITE_TAG, "forum", *parts),
        title=_feed_title(category.name if category else "", tag, query.filters.author),
        home_url=absolute(category.get_absolute_url() if category else "/forum"),
        feed_url=_url(place, named),
        began=SITE_TAG,
        items=[_topic_item(topic) for topic in page.items],
        next_url=_url(place, following) if following else "",
    )
    return feed_response(request, feed, form)


def _posts(request: HubRequest, topic: Topic, form: FeedForm) -> HttpResponse:
    """Return the newest posts of a topic."""
    rows = Post.objects.filter(thread=topic.thread, state=PostState.VISIBLE, kind=PostKind.COMMENT)
    posts = rows.select_related("author").order_by("-number")[:PAGE_ITEMS] if topic.is_listed else []
    feed = Feed(
        id=tag_uri(_host(), SITE_TAG, "forum", "topics", str(topic.public_id)),
        title=topic.title,
        home_url=absolute(topic.get_absolute_url()),
        feed_url=absolute(f"/feeds/forum/{topic.public_id}.{form}"),
        began=topic.created_at,
        items=[_post_item(post, topic) for post in posts],
    )
    return feed_response(request, feed, form)


def _person(request: HubRequest, author: str, form: FeedForm) -> HttpResponse:
    """Return what a person wrote, newest first."""
    posts = list(posts_by(request.actor, author).order_by("-published_at", "-id")[:PAGE_ITEMS])
    feed = Feed(
        id=tag_uri(_host(), SITE_TAG, "forum", "people", author.casefold()),
        title=_("Posts by %(name)s") % {"name": author},
        home_url=absolute(f"/{author}"),
        feed_url=absolute(f"/feeds/forum/people/{author}.{form}"),
        began=SITE_TAG,
        items=[_post_item(post, post.thread.topic) for post in posts],
    )
    return feed_response(request, feed, form)


def _topic_item(topic: Topic) -> Item:
    first = topic.first_post
    return Item(
        id=tag_uri(_host(), SITE_TAG, "topic", str(topic.public_id)),
        url=absolute(topic.get_absolute_url()),
        title=topic.title,
        at=topic.bumped_at,
        summary=excerpt(first.html, EXCERPT_CHARACTERS) if first and first.is_visible else "",
        author=topic.author.username if topic.author else "",
        tags=[tag.name for tag in topic.tags.all()],
    )


def _post_item(post: Post, topic: Topic) -> Item:
    place = place_of(topic)
    return Item(
        id=tag_uri(_host(), SITE_TAG, "post", post.public_id),
        url=absolute(place.post_path(post.number or 1)),
        title=topic.title,
        at=post.edited_at or post.published_at or post.created_at,
        summary=excerpt(post.html, EXCERPT_CHARACTERS),
        author=post.author.get_username() if post.author else "",
    )


def _feed_title(category: str, tag: str, author: str) -> str:
    parts = [settings.SITE_NAME, _("Forum"), category, f"#{tag}" if tag else "", author]
    return " · ".join(part for part in parts if part)


def _host() -> str:
    return str(settings.PUBLIC_URL).partition("://")[2].partition("/")[0]


def _url(place: str, named: dict[str, str]) -> str:
    return absolute(f"{place}?{urlencode(named)}" if named else place)
