"""What core.notifications asks of feedback: who reads an event, and what can be watched."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor
from apps.core.notifications.models import Event, MailMode
from apps.core.notifications.providers import MailBody, NotificationKind, TargetKind, TargetPlace

from .access import board_readers, idea_readers, published_entries, visible_boards, visible_ideas
from .announcements import CHANGELOG, STATUS
from .models import ChangelogEntry, EntryState, Idea, StatusChange

LONGEST_NUMBER = 18


class StatusNotifications(NotificationKind):
    """Another status of an idea."""

    name = STATUS
    label = gettext_lazy("Statuses of ideas")
    default_mail = MailMode.EACH

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        related = ("board__repo__namespace", "board__namespace")
        idea = Idea.objects.select_related(*related).filter(status_changes=_id_of(event)).first()
        return idea_readers(idea, user_ids) if idea is not None else []

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        ids = [_id_of(event) for event in events]
        changes = StatusChange.objects.filter(pk__in=ids, idea__in=visible_ideas(actor).values("pk"))
        return _events_of(events, changes.values_list("pk", flat=True))

    def headline(self, event: Event) -> str:
        return _("%(title)s: %(status)s") % {"title": event.title, "status": event.facts.get("status", "")}


class ChangelogNotifications(NotificationKind):
    """A published entry of a changelog."""

    name = CHANGELOG
    label = gettext_lazy("Changelogs")
    default_mail = MailMode.EACH

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        rows = ChangelogEntry.objects.select_related("board__repo__namespace", "board__namespace")
        entry = rows.filter(pk=_id_of(event), state=EntryState.PUBLISHED).first()
        return board_readers(entry.board, user_ids) if entry is not None else []

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        entries = published_entries(actor).filter(pk__in=[_id_of(event) for event in events])
        return _events_of(events, entries.values_list("pk", flat=True))

    def body(self, event: Event) -> MailBody:
        entry = ChangelogEntry.objects.get(pk=_id_of(event))
        return MailBody(entry.source, entry.html)


class BoardTargets(TargetKind):
    name = "board"
    label = gettext_lazy("Boards")

    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        ids = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) <= LONGEST_NUMBER]
        boards = visible_boards(actor).filter(pk__in=ids)
        return {str(board.pk): TargetPlace(board.name, board.get_absolute_url()) for board in boards}


class IdeaTargets(TargetKind):
    name = "idea"
    label = gettext_lazy("Ideas")

    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        ideas = visible_ideas(actor).filter(key__in=[key for key in keys if key.isalnum()])
        return {idea.key: TargetPlace(idea.title, idea.get_absolute_url()) for idea in ideas}


def _id_of(event: Event) -> int:
    return int(event.source.partition(":")[2])


def _events_of(events: Sequence[Event], ids: Collection[int]) -> list[int]:
    found = set(ids)
    return [event.pk for event in events if _id_of(event) in found]
