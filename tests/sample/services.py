"""Creating, changing and deleting notes."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.core.conversations.models import Thread
from apps.core.conversations.services.threads import create_thread
from apps.core.errors import Forbidden, Unauthenticated
from apps.users.accounts.models import Namespace

from .access import note_for
from .models import Note
from .notifications import announce_note


@transaction.atomic
def create_note(*, actor: Actor, title: str, text: str = "", is_public: bool = True) -> Note:
    """Create a note in the actor's own namespace.

    raises  Unauthenticated, Forbidden for credentials that may not write there
    """
    if not actor.is_signed_in or actor.namespace_id is None:
        raise Forbidden if actor.is_signed_in else Unauthenticated
    if not actor.can(Need.WRITE, actor.namespace_id, f"namespace:{actor.name.casefold()}"):
        raise Forbidden
    note = Note.objects.create(
        namespace_id=actor.namespace_id,
        title=title,
        text=text,
        is_public=is_public,
        thread=create_thread("note"),
    )
    announce_note(note, actor.user_id)
    return note


def thread_of(note: Note) -> Thread:
    """Return the thread of a note, which begins with the first comment."""
    if note.thread is None:
        note.thread = create_thread("note")
        note.save(update_fields=["thread"])
    return note.thread


@transaction.atomic
def update_note(*, actor: Actor, note_id: int, **fields: object) -> Note:
    """Change the title, the text or the visibility of a note.

    raises  NoteNotFound, Forbidden
    """
    note = note_for(actor, note_id, Need.ADMIN, lock=True)
    for name, value in fields.items():
        setattr(note, name, value)
    note.save()
    return note


@transaction.atomic
def delete_note(*, actor: Actor, note_id: int) -> None:
    """raises  NoteNotFound, Forbidden"""
    note_for(actor, note_id, Need.ADMIN, lock=True).delete()


def delete_expired_notes() -> int:
    """Delete the notes whose time is over; return how many."""
    return Note.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def delete_notes_of(namespace: Namespace) -> None:
    Note.objects.filter(namespace=namespace).delete()
