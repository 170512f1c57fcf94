"""Pages with lists: topics, categories, tags, bookmarks, search."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from apps.core.actor import Actor
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires

from ..models import Category, Tag
from ..notifications import tag_target, targets_in
from ..policies import CATEGORY_READ
from ..presenters import topic_rows
from ..selectors import (
    Period,
    TopicList,
    bookmarks_of,
    category_tree,
    flat_tree,
    for_rows,
    order_of,
    pinned_topics,
    rights_and_tree,
    similar_topics,
    tag_for,
    tags_for,
    topics_for,
)
from .queries import ListQuery, list_query

PAGE_SIZE, TAGS_PAGE = 30, 100
TABS = (
    (TopicList.LATEST, _("Latest"), False),
    (TopicList.NEW, pgettext_lazy("topics", "New"), False),
    (TopicList.UNREAD, _("Unread"), True),
    (TopicList.TOP, pgettext_lazy("topics", "Top"), False),
    (TopicList.UNANSWERED, _("Unanswered"), False),
    (TopicList.MINE, _("Mine"), True),
)
PERIODS = (
    (Period.DAY, _("Today")),
    (Period.WEEK, _("This week")),
    (Period.MONTH, _("This month")),
    (Period.YEAR, _("This year")),
    (Period.ALL, _("All time")),
)


@requires(PUBLIC)
@require_safe
def topics(request: HubRequest) -> HttpResponse:
    """The topics of the whole forum."""
    return _topics_page(request, list_query(request.GET))


@requires(CATEGORY_READ)
@require_safe
def category(request: HubRequest, category: Category) -> HttpResponse:
    """The topics of a category and those below it."""
    return _topics_page(request, list_query(request.GET, category), category=category)


@requires(PUBLIC)
@require_safe
def tag(request: HubRequest, tag: str) -> HttpResponse:
    found = tag_for(request.actor, tag)
    return _topics_page(request, list_query(request.GET, tag=found.name), tag=found)


@requires(PUBLIC)
@require_safe
def search(request: HubRequest) -> HttpResponse:
    """Topics that match words and filters, those with the newest posts first."""
    query = list_query(request.GET)
    return _topics_page(request, query, template="community/forum/search.html", is_search=True)


@requires(PUBLIC)
@require_safe
def categories(request: HubRequest) -> HttpResponse:
    return render(request, "community/forum/categories.html", {"nodes": category_tree(request.actor)})


@requires(PUBLIC)
@require_safe
def tags(request: HubRequest) -> HttpResponse:
    page = page_by_cursor(
        tags_for(request.actor, request.GET.get("q", "")),
        order=("-topic_count", "name"),
        cursor=request.GET.get("cursor"),
        limit=TAGS_PAGE,
    )
    context = {"tags": page.items, "next": page.next_cursor, "q": request.GET.get("q", "")}
    return render(request, "community/forum/tags.html", context)


@requires(SIGNED_IN)
@require_safe
def bookmarks(request: HubRequest) -> HttpResponse:
    page = page_by_cursor(
        bookmarks_of(request.actor), order=("-id",), cursor=request.GET.get("cursor"), limit=PAGE_SIZE
    )
    return render(
        request, "community/forum/bookmarks.html", {"bookmarks": page.items, "next": page.next_cursor}
    )


@requires(PUBLIC)
@require_safe
def similar(request: HubRequest) -> HttpResponse:
    """A fragment with topics like the one that is being typed."""
    found = similar_topics(request.actor, request.GET.get("title", ""))
    return render(request, "community/forum/_similar.html", {"topics": found})


def _topics_page(
    request: HubRequest,
    query: ListQuery,
    *,
    category: Category | None = None,
    tag: Tag | None = None,
    template: str = "community/forum/topics.html",
    is_search: bool = False,
) -> HttpResponse:
    actor, cursor = request.actor, request.GET.get("cursor")
    rights, nodes = rights_and_tree(actor)
    has_pins = query.name is TopicList.LATEST and not cursor and not is_search and tag is None
    pinned = pinned_topics(actor, category, rights) if has_pins else []
    ids = {topic.pk for topic in pinned}
    found = topics_for(actor, query.name, filters=query.filters, period=query.period, rights=rights)
    page = page_by_cursor(
        for_rows(found),
        order=order_of(query.name, query.period),
        cursor=cursor,
        limit=PAGE_SIZE,
    )
    shown = [*pinned, *(topic for topic in page.items if topic.pk not in ids)]
    categories = [node.category for node in flat_tree(nodes)]
    context: dict[str, Any] = {
        "query": query,
        "category": category,
        "tag": tag,
        "targets": targets_in(category) if category else [tag_target(tag)] if tag else [],
        "rows": topic_rows(actor, shown, pinned=ids, categories=categories),
        "next": page.next_cursor,
        "nodes": nodes,
        "tabs": tabs_for(actor, query.name),
        "periods": PERIODS if query.name is TopicList.TOP else (),
        "may_create": category.pk in rights.create if category else bool(rights.create),
        "moderates": category is not None and category.pk in rights.moderate,
        "feed_query": _feed_query(query, category, tag),
    }
    return render(request, template, context)


def tabs_for(actor: Actor, chosen: TopicList) -> list[tuple[str, Any, bool]]:
    """Return the name and label of each list for the actor, and whether it is the chosen one."""
    return [
        (name.value, label, name is chosen)
        for name, label, is_own in TABS
        if actor.is_signed_in or not is_own
    ]


def _feed_query(query: ListQuery, category: Category | None, tag: Tag | None) -> str:
    """Return the query of the feed of a list; own lists have none."""
    if query.name in (TopicList.UNREAD, TopicList.MINE):
        return ""
    parts = {"list": query.name.value}
    if query.name is TopicList.TOP:
        parts["period"] = query.period.value
    if category is not None:
        parts["category"] = category.slug
    if tag is not None:
        parts["tag"] = tag.name
    return urlencode(parts)
