"""Who may read or change a note."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.core.actor import Actor, Need
from apps.core.errors import Forbidden, Unauthenticated

from .errors import NoteHidden, NoteNotFound
from .models import Note, NoteState


def visible_to(actor: Actor) -> QuerySet[Note]:
    own = Q(namespace_id__in=actor.namespaces_with(Need.READ)) if actor.scope.limit is not None else Q()
    rows = Note.objects.select_related("namespace", "thread")
    written = Q(state=NoteState.VISIBLE)
    if actor.user_id is not None:
        written |= Q(author_id=actor.user_id)
    return rows.filter(written, Q(is_public=True) | own) if own else rows.filter(written, is_public=True)


def can(actor: Actor, need: Need, note: Note) -> bool:
    if not (note.is_visible or actor.is_staff or (actor.user_id and note.author_id == actor.user_id)):
        return False
    is_open = note.is_public and need <= Need.READ
    return is_open or actor.can(need, note.namespace_id, f"namespace:{note.namespace.key}")


def note_for(actor: Actor, note_id: int, need: Need = Need.READ, *, lock: bool = False) -> Note:
    """Return the note if the actor may do what it needs to.

    lock    hold the row until the transaction ends
    raises  NoteNotFound if it is absent or hidden (NoteHidden for anonymous users), Forbidden
    """
    rows = Note.objects.select_related("namespace", "thread")
    note = (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=note_id).first()
    if note is None or not can(actor, Need.READ, note):
        raise NoteNotFound if actor.is_signed_in else NoteHidden
    if not can(actor, need, note):
        raise Forbidden if actor.is_signed_in else Unauthenticated
    return note
