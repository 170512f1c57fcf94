"""Notes as content that is held, reported and hidden."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor, Need
from apps.core.moderation.providers import ContentView, ModeratedKind

from .access import can
from .models import Note, NoteState
from .notifications import NOTE
from .services import move_note

EXCERPT_CHARACTERS = 2_000


class ModeratedNote(ModeratedKind):
    name = NOTE
    label = _("Notes")

    def views(self, keys: Collection[str]) -> Mapping[str, ContentView]:
        return {
            str(note.pk): ContentView(
                note.title,
                note.text[:EXCERPT_CHARACTERS],
                note.get_absolute_url(),
                note.author_id,
                note.created_at,
            )
            for note in Note.objects.filter(pk__in=filter(str.isdecimal, keys))
        }

    def publish(self, key: str) -> None:
        self._move(key, NoteState.VISIBLE, only_from=(NoteState.HELD,))

    def hide(self, key: str, reason: str) -> None:
        self._move(key, NoteState.HIDDEN, only_from=(NoteState.VISIBLE, NoteState.HELD))

    def restore(self, key: str) -> None:
        self._move(key, NoteState.VISIBLE, only_from=(NoteState.HIDDEN,))

    def of_author(self, user_id: int) -> Collection[str]:
        rows = Note.objects.filter(author_id=user_id, state=NoteState.VISIBLE)
        return [str(pk) for pk in rows.order_by("-pk").values_list("pk", flat=True)]

    def can_moderate(self, actor: Actor, key: str) -> bool:
        return actor.is_staff

    def can_see(self, actor: Actor, key: str) -> bool:
        note = Note.objects.select_related("namespace").filter(pk__in=filter(str.isdecimal, [key])).first()
        return note is not None and can(actor, Need.READ, note)

    def _move(self, key: str, state: NoteState, *, only_from: Collection[NoteState]) -> None:
        rows = Note.objects.select_for_update(of=("self",))
        note = rows.filter(pk=int(key), state__in=only_from).first()
        if note is not None:
            move_note(note, state)
