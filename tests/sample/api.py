"""REST API of notes."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.moderation.submissions import facts_of
from apps.core.rest.body import Body, RawCharField, StrictBooleanField, StrictCharField, validated
from apps.core.rest.fields import ModelResource
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires

from .models import Note
from .policies import NOTE_ADMIN, NOTE_READ
from .selectors import notes_for
from .services import create_note, delete_note, update_note


@with_example(
    {
        "id": "1",
        "owner": "owner",
        "title": "Shopping",
        "text": "Milk",
        "is_public": True,
        "created_at": "2026-01-31T12:00:00.000Z",
        "url": "/notes/1",
    }
)
class NoteDetail(ModelResource):
    """A note."""

    owner = serializers.CharField(source="namespace.name", help_text="Person or organization that has it.")
    url = serializers.CharField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = Note
        fields = ("id", "owner", "title", "text", "is_public", "created_at", "url")
        extra_kwargs = {
            "text": {"help_text": "Text of the note."},
            "is_public": {"help_text": "Whether everybody may read it."},
        }


@with_example({"title": "Shopping", "text": "Milk"})
class NoteCreate(Body):
    """A new note."""

    title = StrictCharField(max_length=200)
    text = RawCharField(max_length=4000, required=False, default="", help_text="Default: empty.")
    is_public = StrictBooleanField(required=False, default=True, help_text="Whether everybody may read it.")


@with_example({"title": "Shopping list"})
class NoteUpdate(Body):
    """Changes to a note; what is absent stays."""

    title = StrictCharField(max_length=200, required=False)
    text = RawCharField(max_length=4000, required=False, help_text="Default: unchanged.")
    is_public = StrictBooleanField(required=False, help_text="Default: unchanged.")


NotePage = page_of(NoteDetail, "NotePage")
NOTE_ID = in_path("note_id", "ID of the note.", int)


@requires(PUBLIC, POST=SIGNED_IN)
class NoteList(ApiView):
    @operation("list_notes", "notes", NotePage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the notes that you may see, newest first."""
        return list_response(request, notes_for(actor_of(request)), NoteDetail, order=("-id",))

    @operation("create_note", "notes", NoteDetail, status=201, body=NoteCreate)
    def post(self, request: Request) -> Response:
        """Create a note in your own namespace."""
        fields = validated(request, NoteCreate)
        facts = facts_of(request._request, starts_thread=True)
        note = create_note(actor=actor_of(request), facts=facts, **fields)
        return created(NoteDetail(note).data, f"/api/v1/notes/{note.pk}")


@requires(NOTE_READ, PATCH=NOTE_ADMIN, DELETE=NOTE_ADMIN)
class OneNote(ApiView):
    @operation("get_note", "notes", NoteDetail, 404, params=[NOTE_ID])
    def get(self, request: Request, note: Note) -> Response:
        """Get a note."""
        return Response(NoteDetail(note).data)

    @operation("update_note", "notes", NoteDetail, 404, body=NoteUpdate, params=[NOTE_ID])
    def patch(self, request: Request, note: Note) -> Response:
        """Update a note."""
        changed = update_note(actor=actor_of(request), note_id=note.pk, **validated(request, NoteUpdate))
        return Response(NoteDetail(changed).data)

    @operation("delete_note", "notes", None, 404, status=204, params=[NOTE_ID])
    def delete(self, request: Request, note: Note) -> Response:
        """Delete a note."""
        delete_note(actor=actor_of(request), note_id=note.pk)
        return no_content()
