"""REST API of notes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, RawCharField, StrictBooleanField, StrictCharField, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, limit_of, no_content, page_response
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires

from .models import Note
from .policies import NOTE_ADMIN, NOTE_READ
from .selectors import notes_for
from .services import create_note, delete_note


@with_example(
    {
        "id": 1,
        "owner": "owner",
        "title": "Shopping",
        "text": "Milk",
        "is_public": True,
        "created_at": "2026-01-31T12:00:00Z",
        "url": "/notes/1",
    }
)
class NoteDetail(serializers.ModelSerializer[Any]):
    """A note."""

    owner = serializers.CharField(source="namespace.name")
    url = serializers.CharField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = Note
        fields = ("id", "owner", "title", "text", "is_public", "created_at", "url")


@with_example({"title": "Shopping", "text": "Milk"})
class NoteCreate(Body):
    """A new note."""

    title = StrictCharField(max_length=200)
    text = RawCharField(max_length=4000, required=False, default="")
    is_public = StrictBooleanField(required=False, default=True)


NotePage = page_of(NoteDetail, "NotePage")
NOTE_ID = in_path("note_id", "ID of the note.", int)


@requires(PUBLIC, POST=SIGNED_IN)
class NoteList(ApiView):
    @operation("list_notes", "notes", NotePage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the notes that you may see, newest first."""
        page = page_by_cursor(
            notes_for(actor_of(request)),
            order=("-id",),
            cursor=query_str(request, "cursor"),
            limit=limit_of(request),
        )
        return page_response(page, NoteDetail)

    @operation("create_note", "notes", NoteDetail, status=201, body=NoteCreate)
    def post(self, request: Request) -> Response:
        """Create a note in your own namespace."""
        note = create_note(actor=actor_of(request), **validated(request, NoteCreate))
        location = f"/api/v1/notes/{note.pk}"
        return Response(NoteDetail(note).data, status=201, headers={"Location": location})


@requires(NOTE_READ, DELETE=NOTE_ADMIN)
class OneNote(ApiView):
    @operation("get_note", "notes", NoteDetail, 404, params=[NOTE_ID])
    def get(self, request: Request, note: Note) -> Response:
        """Get a note."""
        return Response(NoteDetail(note).data)

    @operation("delete_note", "notes", None, 404, status=204, params=[NOTE_ID])
    def delete(self, request: Request, note: Note) -> Response:
        """Delete a note."""
        delete_note(actor=actor_of(request), note_id=note.pk)
        return no_content()
