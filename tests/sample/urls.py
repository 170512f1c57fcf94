"""URLs of notes."""

from django.urls import path

from . import api, feeds, views

urlpatterns = [
    path("notes", views.notes, name="notes"),
    path("notes/new", views.new_note, name="new_note"),
    path("notes/<int:note_id>", views.note, name="note"),
    path("notes/<int:note_id>/delete", views.delete, name="delete_note"),
    path("feeds/notes.atom", feeds.notes_atom, name="feed_notes_atom"),
    path("api/v1/notes", api.NoteList.as_view(), name="api_notes"),
    path("api/v1/notes/<int:note_id>", api.OneNote.as_view(), name="api_note"),
]
