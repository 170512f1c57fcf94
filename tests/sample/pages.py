"""Notes on pages of others: the section of a profile, the sitemap."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.core.actor import ANONYMOUS, Actor
from apps.core.declaration import OwnNamespace, PageReference
from apps.core.web.http import HubRequest
from apps.core.web.sitemaps import PublicPages

from .models import Note
from .selectors import notes_for

SHOWN = 5


def note_count(request: HubRequest, namespace: OwnNamespace) -> int:
    return notes_for(request.actor, author=namespace.name).count()


def note_section(request: HubRequest, namespace: OwnNamespace) -> str:
    """Return the latest notes; nothing without any."""
    notes = list(notes_for(request.actor, author=namespace.name).order_by("-pk")[:SHOWN])
    return render_to_string("sample/_notes.html", {"notes": notes}, request) if notes else ""


def note_references(actor: Actor, paths: Collection[str]) -> dict[str, PageReference]:
    """Return the notes that posts link to."""
    ids = [int(path.rpartition("/")[2]) for path in paths]
    rows = notes_for(actor).filter(pk__in=ids)
    return {
        note.get_absolute_url(): PageReference(
            title=note.title, icon="file-text", kind=_("Note"), note=note.namespace.name
        )
        for note in rows
    }


class NotePages(PublicPages):
    def items(self) -> QuerySet[Note]:
        return notes_for(ANONYMOUS).order_by("pk")
