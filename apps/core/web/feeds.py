"""Feeds of changes, written as Atom or JSON Feed."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date
from django.utils.translation import get_language

from apps.core.errors import Unauthenticated

from .etags import etag_of
from .http import HubRequest

# characters that XML 1.0 forbids even as escapes
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
PUBLIC_SECONDS = 300
REALM = 'Basic realm="feeds", charset="UTF-8"'
View = Callable[..., HttpResponse]


class FeedForm(StrEnum):
    ATOM = "atom"
    JSON = "json"


TYPES = {
    FeedForm.ATOM: "application/atom+xml; charset=utf-8",
    FeedForm.JSON: "application/feed+json; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One entry.

    id       tag: URI that survives renames
    url      absolute URL of its page
    summary  plain text
    """

    id: str
    url: str
    title: str
    at: datetime
    summary: str = ""
    author: str = ""
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of a feed; all URLs are absolute.

    began     the feed's timestamp while it has no entries
    next_url  page of older entries, empty on the last page
    """

    id: str
    title: str
    home_url: str
    feed_url: str
    began: datetime
    items: Sequence[Item]
    description: str = ""
    next_url: str = ""

    @property
    def updated(self) -> datetime:
        return max((item.at for item in self.items), default=self.began)


def tag_uri(host: str, since: datetime, *parts: str) -> str:
    """Return an id that survives changes of URLs.

    source  RFC 4151
    """
    return f"tag:{host.partition(':')[0]},{since:%Y-%m-%d}:{'/'.join(parts)}"


def _clean(text: str) -> str:
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


class _Atom(Atom1Feed):
    """Django's Atom feed with an explicit timestamp and a link to the next page (RFC 5005)."""

    def latest_post_date(self) -> datetime:
        moment: datetime = self.feed["moment"]
        return moment

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        if self.feed["next_url"]:
            handler.addQuickElement("link", "", {"rel": "next", "href": self.feed["next_url"]})


def render_atom(feed: Feed) -> bytes:
    """source  RFC 4287"""
    document = _Atom(
        title=_clean(feed.title),
        link=feed.home_url,
        description="",
        subtitle=_clean(feed.description) or None,
        language=get_language(),
        feed_url=feed.feed_url,
        feed_guid=feed.id,
        moment=feed.updated,
        next_url=feed.next_url,
    )
    for item in feed.items:
        document.add_item(
            title=_clean(item.title),
            link=item.url,
            description=_clean(item.summary) or None,  # type: ignore[arg-type]
            author_name=_clean(item.author) or None,
            unique_id=item.id,
            pubdate=item.at,
            updateddate=item.at,
            categories=[_clean(tag) for tag in item.tags],
        )
    output = io.StringIO()
    document.write(output, "utf-8")
    return output.getvalue().encode()


def render_json_feed(feed: Feed) -> bytes:
    """source  https://www.jsonfeed.org/version/1.1/"""
    body: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _clean(feed.title),
        "home_page_url": feed.home_url,
        "feed_url": feed.feed_url,
        "description": _clean(feed.description),
        "next_url": feed.next_url,
        "language": get_language() or "en",
    }
    items = [_json_item(item) for item in feed.items]
    present = {name: value for name, value in body.items() if value}
    return json.dumps({**present, "items": items}, ensure_ascii=False).encode()


def _json_item(item: Item) -> dict[str, Any]:
    at = item.at.isoformat()
    data = {
        "id": item.id,
        "url": item.url,
        "title": _clean(item.title),
        "content_text": _clean(item.summary or item.title),
    }
    authors = [{"name": _clean(item.author)}] if item.author else []
    return {
        **data,
        "date_published": at,
        "date_modified": at,
        "authors": authors,
        "tags": [_clean(tag) for tag in item.tags],
    }


def feed_response(request: HubRequest, feed: Feed, form: FeedForm) -> HttpResponse:
    """Return the feed, or 304 if it did not change; only anonymous responses may be cached publicly."""
    content = render_atom(feed) if form is FeedForm.ATOM else render_json_feed(feed)
    response = HttpResponse(content, content_type=TYPES[form])
    etag, modified = etag_of(content), int(feed.updated.timestamp())
    response["ETag"] = etag
    response["Last-Modified"] = http_date(modified)
    is_public = not request.actor.is_signed_in
    response["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}" if is_public else "private, no-cache"
    patch_vary_headers(response, ["Accept-Language", "Authorization", "Cookie"])
    return get_conditional_response(request, etag, modified, response) or response


def with_basic_challenge(view: View) -> View:
    """Answer anonymous requests for private feeds with a Basic challenge; the password is an access token."""

    @wraps(view)
    def feed(request: HubRequest, *args: Any, **names: Any) -> HttpResponse:
        try:
            return view(request, *args, **names)
        except Unauthenticated as refusal:
            return HttpResponse(
                f"{refusal.words}\n",
                status=401,
                content_type="text/plain; charset=utf-8",
                headers={"WWW-Authenticate": REALM},
            )

    return feed
