"""Comments on notes: who reads a note reads them, and who is signed in writes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor, Need
from apps.core.conversations.models import Thread
from apps.core.conversations.providers import ConversationKind, ThreadPlace
from apps.core.errors import Unauthenticated
from apps.users.accounts.models import User

from .access import can, visible_to
from .models import Note


class NoteComments(ConversationKind):
    name = "note"
    label = _("Notes")

    def visible_to(self, actor: Actor) -> QuerySet[Thread]:
        return Thread.objects.filter(note__in=visible_to(actor))

    def places(self, thread_ids: Collection[int]) -> Mapping[int, ThreadPlace]:
        notes = Note.objects.filter(thread_id__in=thread_ids)
        return {note.thread_id or 0: ThreadPlace(note.title, note.get_absolute_url()) for note in notes}

    def readers(self, thread: Thread, user_ids: Collection[int]) -> Collection[int]:
        note = Note.objects.select_related("namespace").get(thread=thread)
        if note.is_public:
            return user_ids
        people = User.objects.filter(pk__in=user_ids)
        own = people.filter(namespace=note.namespace) | people.filter(memberships__namespace=note.namespace)
        return set(own.values_list("pk", flat=True))

    def check_reply(self, actor: Actor, thread: Thread) -> None:
        if not actor.is_signed_in:
            raise Unauthenticated

    def can_moderate(self, actor: Actor, thread: Thread) -> bool:
        return actor.is_staff or can(
            actor, Need.ADMIN, Note.objects.select_related("namespace").get(thread=thread)
        )
