"""The feed of new notes."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.web.feeds import Feed, FeedForm, Item, feed_response, tag_uri
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from .models import Note
from .selectors import notes_for

SHOWN = 30
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)


@requires(PUBLIC)
@require_safe
def notes_atom(request: HubRequest) -> HttpResponse:
    """Return the newest notes, of one namespace with ?author=."""
    rows = notes_for(request.actor, author=request.GET.get("author", "")).order_by("-pk")[:SHOWN]
    feed = Feed(
        id=tag_uri(_host(), BEGAN, "notes"),
        title=_("Newest notes"),
        home_url=f"{settings.PUBLIC_URL}/notes",
        feed_url=f"{settings.PUBLIC_URL}/feeds/notes.atom",
        began=BEGAN,
        items=[_item(note) for note in rows],
    )
    return feed_response(request, feed, FeedForm.ATOM)


def _host() -> str:
    return str(settings.PUBLIC_URL).partition("://")[2].partition("/")[0]


def _item(note: Note) -> Item:
    return Item(
        id=tag_uri(_host(), BEGAN, "notes", str(note.pk)),
        url=f"{settings.PUBLIC_URL}{note.get_absolute_url()}",
        title=note.title,
        at=note.created_at,
        author=note.namespace.name,
    )
