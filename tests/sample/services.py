"""Creating, changing and deleting notes."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.core.conversations.models import Thread
from apps.core.conversations.services.threads import create_thread
from apps.core.errors import Forbidden, Unauthenticated
from apps.core.moderation.services import Facts, judge, open_review
from apps.core.notifications.services import restore_event, withdraw
from apps.users.accounts.models import Namespace

from .access import note_for
from .models import Note, NoteState
from .notifications import NOTE, announce_note, source_of


@transaction.atomic
def create_note(
    *, actor: Actor, title: str, text: str = "", is_public: bool = True, facts: Facts | None = None
) -> Note:
    """Create a note in the actor's own namespace. Moderation may hold it.

    facts   what moderation can know of the request
    raises  Unauthenticated, Forbidden for credentials that may not write there; Silenced, Banned,
            PostingPaused, NewAccountLimit
    """
    if not actor.is_signed_in or actor.namespace_id is None:
        raise Forbidden if actor.is_signed_in else Unauthenticated
    if not actor.can(Need.WRITE, actor.namespace_id, f"namespace:{actor.name.casefold()}"):
        raise Forbidden
    facts = facts or Facts(starts_thread=True)
    outcome = judge(actor=actor, text=f"{title}\n{text}", kind=NOTE, facts=facts).check()
    note = Note.objects.create(
        author_id=actor.user_id,
        state=NoteState.HELD if outcome.is_held else NoteState.VISIBLE,
        namespace_id=actor.namespace_id,
        title=title,
        text=text,
        is_public=is_public,
        thread=create_thread("note"),
    )
    if outcome.is_held:
        open_review(kind=NOTE, key=str(note.pk), author_id=actor.user_id, outcome=outcome)
    else:
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
    """Change the title, the text or the visibility of a note. Moderation may take it back.

    raises  NoteNotFound, Forbidden; Silenced, Banned, PostingPaused
    """
    note = note_for(actor, note_id, Need.ADMIN, lock=True)
    for name, value in fields.items():
        setattr(note, name, value)
    text = f"{note.title}\n{note.text}"
    outcome = judge(actor=actor, text=text, kind=NOTE, facts=Facts(is_edit=True)).check()
    if outcome.is_held and note.is_visible:
        move_note(note, NoteState.HELD)
        open_review(kind=NOTE, key=str(note.pk), author_id=note.author_id, outcome=outcome)
    note.save()
    return note


def move_note(note: Note, state: NoteState) -> None:
    """Change the state of a locked note; who was told of it hears of it only while it is visible."""
    was_visible, note.state = note.is_visible, state
    note.save(update_fields=["state"])
    if note.is_visible and not was_visible:
        announce_note(note, note.author_id)
        restore_event(NOTE, source_of(note))
    elif was_visible and not note.is_visible:
        withdraw(NOTE, source_of(note))


@transaction.atomic
def delete_note(*, actor: Actor, note_id: int) -> None:
    """raises  NoteNotFound, Forbidden"""
    note_for(actor, note_id, Need.ADMIN, lock=True).delete()


def delete_expired_notes() -> int:
    """Delete the notes whose time is over; return how many."""
    return Note.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def delete_notes_of(namespace: Namespace) -> None:
    Note.objects.filter(namespace=namespace).delete()
