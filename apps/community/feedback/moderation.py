"""Boards and changelog entries as content that is held, reported and hidden.

Ideas, reports and comments are posts: the first post of an idea hides the idea with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.conversations.models import PostState
from apps.core.moderation.providers import ContentView, ModeratedKind

from .access import visible_boards, visible_entries
from .announcements import CHANGELOG
from .models import Board, ChangelogEntry, EntryState
from .services.boards import BOARD
from .services.changelog import release_entry, set_state

EXCERPT_CHARACTERS = 2_000


class ModeratedBoard(ModeratedKind):
    """A board with everything on it: who opened it decides what the others write there."""

    name = BOARD
    label = _("Boards")

    def views(self, ids: Collection[int]) -> Mapping[int, ContentView]:
        return {
            board.pk: ContentView(
                board.name, board.about, board.get_absolute_url(), board.created_by_id, board.created_at
            )
            for board in Board.objects.filter(pk__in=ids)
        }

    def publish(self, id: int) -> None:
        _move_board(id, PostState.VISIBLE, PostState.HELD)

    def hide(self, id: int, reason: str) -> None:
        _move_board(id, PostState.HIDDEN, PostState.VISIBLE, PostState.HELD)

    def restore(self, id: int) -> None:
        _move_board(id, PostState.VISIBLE, PostState.HIDDEN)

    def of_author(self, user_id: int) -> Collection[int]:
        rows = Board.objects.filter(created_by_id=user_id, state=PostState.VISIBLE, is_private=False)
        return list(rows.order_by("-pk").values_list("pk", flat=True))

    def can_moderate(self, actor: Actor, id: int) -> bool:
        return actor.is_staff

    def can_see(self, actor: Actor, id: int) -> bool:
        return visible_boards(actor).filter(pk=id).exists()


def _move_board(id: int, state: PostState, *only_from: PostState) -> None:
    Board.objects.filter(pk=id, state__in=only_from).update(state=state)


class ModeratedEntry(ModeratedKind):
    """An entry of a changelog."""

    name = CHANGELOG
    label = _("Changelog entries")

    def views(self, ids: Collection[int]) -> Mapping[int, ContentView]:
        return {
            entry.pk: ContentView(
                entry.title,
                entry.source[:EXCERPT_CHARACTERS],
                entry.get_absolute_url(),
                entry.author_id,
                entry.created_at,
            )
            for entry in ChangelogEntry.objects.filter(pk__in=ids)
        }

    def publish(self, id: int) -> None:
        if entry := _locked_entry(id, EntryState.HELD):
            release_entry(entry)

    def hide(self, id: int, reason: str) -> None:
        if entry := _locked_entry(id, EntryState.PUBLISHED, EntryState.SCHEDULED, EntryState.HELD):
            set_state(entry, EntryState.HIDDEN)

    def restore(self, id: int) -> None:
        if entry := _locked_entry(id, EntryState.HIDDEN):
            release_entry(entry)

    def of_author(self, user_id: int) -> Collection[int]:
        rows = ChangelogEntry.objects.filter(author_id=user_id, state=EntryState.PUBLISHED)
        return list(rows.order_by("-pk").values_list("pk", flat=True))

    def can_moderate(self, actor: Actor, id: int) -> bool:
        return actor.is_staff

    def can_see(self, actor: Actor, id: int) -> bool:
        return visible_entries(actor).filter(pk=id).exists()


def _locked_entry(id: int, *states: EntryState) -> ChangelogEntry | None:
    rows = ChangelogEntry.objects.select_for_update(of=("self",)).select_related("board")
    return rows.filter(pk=id, state__in=states).first()
