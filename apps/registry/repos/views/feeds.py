"""Atom and JSON feeds of new repositories."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.errors import BadRequest
from apps.core.web.feeds import Feed, FeedForm, Item, feed_response, tag_uri, with_basic_challenge
from apps.core.web.http import HubRequest
from apps.core.web.pagination import cursor_after
from apps.core.web.policies import PUBLIC, requires

from ..addresses import RepoKind
from ..kinds import labels_of
from ..models import Repo
from ..selectors.lists import ORDERS, list_repos
from .list_query import list_query
from .lists import filters_of

PAGE_ITEMS = 30
# date of the tag URI (RFC 4151): any date works, but it must never change
SITE_TAG = datetime(2025, 1, 1, tzinfo=UTC)


def absolute_url(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def site_host() -> str:
    host: str = settings.PUBLIC_URL.partition("://")[2].split("/")[0]
    return host


@with_basic_challenge
@requires(PUBLIC)
@require_safe
def new_repos_atom(request: HubRequest) -> HttpResponse:
    return _new_repos(request, FeedForm.ATOM)


@with_basic_challenge
@requires(PUBLIC)
@require_safe
def new_repos_json(request: HubRequest) -> HttpResponse:
    return _new_repos(request, FeedForm.JSON)


def _new_repos(request: HubRequest, form: FeedForm) -> HttpResponse:
    """Return the newest visible repositories; the query has kind and the filters of the lists."""
    word = request.GET.get("kind", "")
    if word and word not in RepoKind.values:
        raise BadRequest(_("Unknown kind of repository."))
    filters, cursor = filters_of(list_query(request)), request.GET.get("cursor")
    kinds = [RepoKind(word)] if word else list(RepoKind)
    pages = [
        list_repos(request.actor, kind, filters, order="created", cursor=cursor, limit=PAGE_ITEMS)
        for kind in kinds
    ]
    found = sorted(
        (repo for page in pages for repo in page.items),
        key=lambda repo: (repo.created_at, repo.pk),
        reverse=True,
    )
    rows = found[:PAGE_ITEMS]
    has_more = len(found) > PAGE_ITEMS or any(page.next_cursor for page in pages)
    query = request.GET.copy()
    query.pop("cursor", None)
    kept = query.urlencode()
    feed = Feed(
        id=tag_uri(site_host(), SITE_TAG, "new", quote(kept, safe=""))
        if kept
        else tag_uri(site_host(), SITE_TAG, "new"),
        title=_title(RepoKind(word) if word else None, filters.author),
        home_url=absolute_url(_list_path(word, filters.author)),
        feed_url=absolute_url(request.get_full_path()),
        began=SITE_TAG,
        items=[_repo_item(repo) for repo in rows],
        next_url=_next_page(query, f"/feeds/repos.{form}", rows) if has_more else "",
    )
    return feed_response(request, feed, form)


def _next_page(query: QueryDict, place: str, rows: list[Repo]) -> str:
    query["cursor"] = cursor_after(rows[-1], ORDERS["created"])
    return absolute_url(f"{place}?{query.urlencode()}")


def _title(kind: RepoKind | None, author: str) -> str:
    words = str(labels_of(kind).feed_title) if kind else _("New repositories")
    return f"{words} · {author or settings.SITE_NAME}"


def _list_path(word: str, author: str) -> str:
    if author and not word:
        return f"/{quote(author)}"
    path = labels_of(word or RepoKind.MODEL).href
    return f"{path}?{urlencode({'author': author})}" if author else path


def _repo_item(repo: Repo) -> Item:
    tags = [
        str(RepoKind(repo.kind).label),
        *[one for one in (repo.task_name, repo.library, repo.license) if one],
    ]
    return Item(
        id=tag_uri(site_host(), repo.created_at, str(repo.pk)),
        url=absolute_url(repo.get_absolute_url()),
        title=repo.address.id,
        at=repo.created_at,
        summary=repo.description or repo.title,
        author=repo.namespace.name,
        tags=tags,
    )
