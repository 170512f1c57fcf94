"""Atom and JSON feeds: new ideas, what happens with an idea, the roadmap, the changelog."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.conversations.models import Post
from apps.core.conversations.selectors import first_posts
from apps.core.web.feeds import Feed, FeedForm, Item, feed_response, tag_uri
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from ..models import Board, ChangelogEntry, Idea, StatusChange
from ..policies import BOARD_SEE, IDEA_SEE
from ..selectors.changelog import ENTRIES_ORDER, entries_for
from ..selectors.ideas import NEW_ORDER, IdeaFilters, comments_of, ideas_for, recent_changes

SHOWN = 30
SUMMARY_CHARACTERS = 500
# date of the tag URI (RFC 4151): any date works, but it must never change
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)


def _url(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def _tag(*parts: str) -> str:
    host = str(settings.PUBLIC_URL).partition("://")[2].partition("/")[0]
    return tag_uri(host, BEGAN, "feedback", *parts)


def _response(
    request: HubRequest, form: FeedForm, key: str, title: str, home: str, items: Iterable[Item]
) -> HttpResponse:
    feed = Feed(
        id=_tag(key),
        title=title,
        home_url=_url(home),
        feed_url=_url(request.get_full_path()),
        began=BEGAN,
        items=list(items),
    )
    return feed_response(request, feed, form)


# new ideas


@requires(PUBLIC)
@require_safe
def ideas(request: HubRequest, form: str) -> HttpResponse:
    """Return the newest ideas of all boards, of one author with ?author=."""
    rows = list(
        ideas_for(request.actor, filters=IdeaFilters(author=request.GET.get("author", ""))).order_by(
            *NEW_ORDER
        )[:SHOWN]
    )
    return _response(request, FeedForm(form), "ideas", _("New ideas"), "/feedback", _idea_items(rows))


@requires(BOARD_SEE)
@require_safe
def board_ideas(request: HubRequest, board: Board, form: str) -> HttpResponse:
    """Return the newest ideas of a board."""
    rows = list(ideas_for(request.actor, board=board).order_by(*NEW_ORDER)[:SHOWN])
    title = _("New ideas on %(board)s") % {"board": board.name}
    key = f"boards/{board.slug}/ideas"
    return _response(request, FeedForm(form), key, title, board.get_absolute_url(), _idea_items(rows))


def _idea_items(rows: list[Idea]) -> list[Item]:
    texts = first_posts([idea.thread_id for idea in rows])
    return [
        Item(
            id=_tag("ideas", idea.key),
            url=_url(idea.get_absolute_url()),
            title=idea.title,
            at=idea.created_at,
            summary=_summary(texts[idea.thread_id].source if idea.thread_id in texts else ""),
            author=idea.author.username if idea.author else idea.author_name,
            tags=[label.name for label in idea.labels.all()],
        )
        for idea in rows
    ]


def _summary(text: str) -> str:
    return text if len(text) <= SUMMARY_CHARACTERS else f"{text[:SUMMARY_CHARACTERS]}…"


# one idea


@requires(IDEA_SEE)
@require_safe
def idea(request: HubRequest, idea: Idea, form: str) -> HttpResponse:
    """Return the newest comments on an idea and the changes of its status."""
    comments = [_comment_item(idea, post) for post in comments_of(idea)[:SHOWN]]
    changes = [_change_item(change) for change in recent_changes(request.actor, idea=idea)[:SHOWN]]
    items = sorted([*comments, *changes], key=lambda item: item.at, reverse=True)[:SHOWN]
    return _response(
        request, FeedForm(form), f"ideas/{idea.key}/comments", idea.title, idea.get_absolute_url(), items
    )


def _comment_item(idea: Idea, post: Post) -> Item:
    author = post.author.get_username() if post.author else ""
    return Item(
        id=_tag("ideas", idea.key, post.public_id),
        url=_url(f"{idea.get_absolute_url()}?post={post.number}#post-{post.number}"),
        title=_("Comment by %(author)s") % {"author": author},
        at=post.published_at or post.created_at,
        summary=_summary(post.source),
        author=author,
    )


# the roadmap


@requires(BOARD_SEE)
@require_safe
def roadmap(request: HubRequest, board: Board, form: str) -> HttpResponse:
    """Return the newest changes of statuses on a board."""
    rows = recent_changes(request.actor, board=board)[:SHOWN]
    title = _("Roadmap of %(board)s") % {"board": board.name}
    home = f"{board.get_absolute_url()}/roadmap"
    key = f"boards/{board.slug}/roadmap"
    return _response(request, FeedForm(form), key, title, home, [_change_item(change) for change in rows])


def _change_item(change: StatusChange) -> Item:
    return Item(
        id=_tag("changes", str(change.pk)),
        url=_url(change.idea.get_absolute_url()),
        title=f"{change.idea.title}: {change.after}",
        at=change.created_at,
        summary=_summary(change.reply.source if change.reply and change.reply.is_visible else ""),
    )


# the changelog


@requires(PUBLIC)
@require_safe
def changelog(request: HubRequest, form: str) -> HttpResponse:
    """Return the newest entries of all changelogs."""
    rows = entries_for(request.actor).order_by(*ENTRIES_ORDER)[:SHOWN]
    items = [_entry_item(entry) for entry in rows]
    return _response(request, FeedForm(form), "changelog", _("Changelog"), "/feedback/changelog", items)


@requires(BOARD_SEE)
@require_safe
def board_changelog(request: HubRequest, board: Board, form: str) -> HttpResponse:
    """Return the newest entries of a board's changelog."""
    rows = entries_for(request.actor, board=board).order_by(*ENTRIES_ORDER)[:SHOWN]
    title = _("Changelog of %(board)s") % {"board": board.name}
    home = f"{board.get_absolute_url()}/changelog"
    key = f"boards/{board.slug}/changelog"
    return _response(request, FeedForm(form), key, title, home, [_entry_item(entry) for entry in rows])


def _entry_item(entry: ChangelogEntry) -> Item:
    return Item(
        id=_tag("changelog", entry.key),
        url=_url(entry.get_absolute_url()),
        title=f"{entry.version}: {entry.title}" if entry.version else entry.title,
        at=entry.published_at or entry.created_at,
        summary=_summary(entry.source),
        tags=entry.kinds,
    )
