"""People who watch somebody's notes are told of a new one, if they may read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.notifications.models import Event
from apps.core.notifications.providers import NotificationKind, TargetKind, TargetPlace
from apps.core.notifications.services import announce
from apps.users.accounts.models import Namespace, User

from .access import visible_to
from .models import Note

NOTE = "note"


class NewNotes(NotificationKind):
    name = NOTE
    label = _("Notes")

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        note = Note.objects.filter(pk=note_id(event)).first()
        if note is None or not note.is_visible:
            return []
        if note.is_public:
            return user_ids
        people = User.objects.filter(pk__in=user_ids)
        own = people.filter(namespace=note.namespace_id)
        members = people.filter(memberships__namespace=note.namespace_id)
        return set((own | members).values_list("pk", flat=True))

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        ids = set(visible_to(actor).filter(pk__in=map(note_id, events)).values_list("pk", flat=True))
        return [event.pk for event in events if note_id(event) in ids]


class NotesOfSomebody(TargetKind):
    name = "notes"
    label = _("Notes")

    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        rows = Namespace.objects.filter(key__in=keys)
        return {row.key: TargetPlace(row.title, row.get_absolute_url()) for row in rows}


def note_id(event: Event) -> int:
    return int(event.source.partition(":")[2])


def source_of(note: Note) -> str:
    return f"note:{note.pk}"


def announce_note(note: Note, author_id: int | None) -> Event:
    return announce(
        kind=NOTE,
        source=source_of(note),
        title=note.title,
        path=note.get_absolute_url(),
        actor=author_id,
        excerpt=note.text,
        targets=[f"note:{note.pk}", f"notes:{note.namespace.key}"],
    )
