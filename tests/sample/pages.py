"""Notes on pages of others: the section of a profile, the sitemap."""

from __future__ import annotations

from django.db.models import QuerySet
from django.template.loader import render_to_string

from apps.core.actor import ANONYMOUS, Actor
from apps.core.declaration import OwnNamespace
from apps.core.web.http import HubRequest
from apps.core.web.sitemaps import PublicPages

from .models import Note
from .selectors import notes_for

SHOWN = 5


def note_count(actor: Actor, namespace: OwnNamespace) -> int:
    return notes_for(actor, author=namespace.name).count()


def note_section(request: HubRequest, namespace: OwnNamespace) -> str:
    """Return the latest notes; nothing without any."""
    notes = list(notes_for(request.actor, author=namespace.name).order_by("-pk")[:SHOWN])
    return render_to_string("sample/_notes.html", {"notes": notes}, request) if notes else ""


class NotePages(PublicPages):
    def items(self) -> QuerySet[Note]:
        return notes_for(ANONYMOUS).order_by("pk")
