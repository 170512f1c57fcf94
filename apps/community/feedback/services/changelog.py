"""Changelog entries: drafts, schedules, publication."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.conversations.rendering import VERSION, render_post
from apps.core.errors import ValidationFailed
from apps.core.moderation.services.judge import PUBLISHED, Outcome, judge
from apps.core.moderation.services.queue import open_review, withdraw_review
from apps.core.moderation.services.rules import Facts

from .. import announcements
from ..access import listed_ideas, team_board, team_entry
from ..announcements import CHANGELOG
from ..audit import Action
from ..errors import EntryPublished
from ..models import ChangeKind, ChangelogEntry, EntryState
from ..models.changelog import ENTRY_CHARACTERS
from .ideas import checked_title

BATCH = 100
IDEAS_LIMIT = 100


@transaction.atomic
def create_entry(
    *,
    actor: Actor,
    board_slug: str,
    title: str,
    source: str,
    version: str = "",
    kinds: Sequence[str] = (),
    ideas: Sequence[str] = (),
) -> ChangelogEntry:
    """Create a draft, which its team alone sees.

    kinds   values of ChangeKind
    ideas   keys of ideas of the board that it delivers
    raises  BoardNotFound, ValidationFailed, Forbidden, Unauthenticated, TokenScope
    """
    board = team_board(actor, board_slug)
    entry = ChangelogEntry(
        board=board,
        title=checked_title(title),
        version=version.strip(),
        kinds=_checked_kinds(kinds),
        author_id=actor.user_id,
    )
    _set_text(entry, source)
    entry.save()
    _link(actor, entry, ideas)
    return entry


@transaction.atomic
def update_entry(
    *,
    actor: Actor,
    key: str,
    title: str | None = None,
    source: str | None = None,
    version: str | None = None,
    kinds: Sequence[str] | None = None,
    ideas: Sequence[str] | None = None,
) -> ChangelogEntry:
    """Change an entry; what is None stays. Moderation may hold what is published with its new text.

    raises  EntryNotFound, ValidationFailed, Forbidden, Unauthenticated, TokenScope; Silenced, Banned,
            PostingPaused
    """
    entry = team_entry(actor, key, lock=True)
    if title is not None:
        entry.title = checked_title(title)
    if source is not None:
        _set_text(entry, source)
    if version is not None:
        entry.version = version.strip()
    if kinds is not None:
        entry.kinds = _checked_kinds(kinds)
    entry.save()
    if ideas is not None:
        _link(actor, entry, ideas)
    if entry.state in (EntryState.PUBLISHED, EntryState.SCHEDULED) and (title or source):
        _hold_if(entry, _judge(actor, entry, Facts(is_edit=True)))
    return entry


@transaction.atomic
def publish_entry(*, actor: Actor, key: str, at: datetime | None = None) -> ChangelogEntry:
    """Publish an entry now, or schedule it; the voters of its ideas are told once it is published.

    Moderation may hold it: then it is published, at its time, once a moderator has approved it.

    raises  EntryNotFound, EntryPublished, Forbidden, Unauthenticated, TokenScope; Silenced, Banned,
            PostingPaused, NewAccountLimit
    """
    entry = team_entry(actor, key, lock=True)
    if entry.state not in (EntryState.DRAFT, EntryState.SCHEDULED):
        raise EntryPublished
    now = timezone.now()
    entry.published_at = at if at is not None and at > now else now
    if _hold_if(entry, _judge(actor, entry, Facts(starts_thread=True))):
        return entry
    release_entry(entry)
    record(actor, Action.ENTRY_PUBLISHED, entry.key)
    return entry


@transaction.atomic
def unschedule_entry(*, actor: Actor, key: str) -> ChangelogEntry:
    """Make a scheduled entry, or one that waits for a moderator, a draft again.

    raises  EntryNotFound, EntryPublished, Forbidden, Unauthenticated, TokenScope
    """
    entry = team_entry(actor, key, lock=True)
    if entry.state not in (EntryState.SCHEDULED, EntryState.HELD):
        raise EntryPublished
    withdraw_review(CHANGELOG, entry.pk)
    entry.state, entry.published_at = EntryState.DRAFT, None
    entry.save(update_fields=["state", "published_at", "updated_at"])
    return entry


@transaction.atomic
def delete_entry(*, actor: Actor, key: str) -> None:
    """Delete an entry, also from inboxes.

    raises  EntryNotFound, Forbidden, Unauthenticated, TokenScope
    """
    entry = team_entry(actor, key, lock=True)
    announcements.entry_withdrawn(entry)
    withdraw_review(CHANGELOG, entry.pk)
    entry.delete()


def publish_due_entries() -> int:
    """Publish the entries whose time has come; return how many."""
    due = ChangelogEntry.objects.filter(state=EntryState.SCHEDULED, published_at__lte=timezone.now())
    keys = list(due.order_by("published_at").values_list("pk", flat=True)[:BATCH])
    return sum(_publish_due(pk) for pk in keys)


@transaction.atomic
def _publish_due(pk: int) -> bool:
    rows = ChangelogEntry.objects.select_for_update(skip_locked=True)
    entry = rows.filter(pk=pk, state=EntryState.SCHEDULED, published_at__lte=timezone.now()).first()
    if entry is None:
        return False
    release_entry(entry)
    return True


def release_entry(entry: ChangelogEntry) -> None:
    """Publish an entry whose time has come, and tell of it; schedule the others."""
    is_due = entry.published_at is None or entry.published_at <= timezone.now()
    entry.published_at = entry.published_at or timezone.now()
    set_state(entry, EntryState.PUBLISHED if is_due else EntryState.SCHEDULED)


def set_state(entry: ChangelogEntry, state: EntryState) -> None:
    """Change the state of an entry, and tell of what is published or take it out of inboxes."""
    entry.state = state
    entry.save(update_fields=["state", "published_at", "updated_at"])
    if state == EntryState.PUBLISHED:
        announcements.entry_published(entry)
    else:
        announcements.entry_withdrawn(entry)


def _judge(actor: Actor, entry: ChangelogEntry, facts: Facts) -> Outcome:
    if entry.board.is_private:
        return PUBLISHED
    return judge(actor=actor, text=f"{entry.title}\n\n{entry.source}", kind=CHANGELOG, facts=facts).check()


def _hold_if(entry: ChangelogEntry, outcome: Outcome) -> bool:
    """Hold an entry if moderation wants that; return whether it does."""
    if outcome.is_held:
        set_state(entry, EntryState.HELD)
        open_review(kind=CHANGELOG, id=entry.pk, author_id=entry.author_id, outcome=outcome)
    return outcome.is_held


def _set_text(entry: ChangelogEntry, source: str) -> None:
    source = source.strip()
    if not source or len(source) > ENTRY_CHARACTERS:
        sentence = _("Write a text of at most %(limit)s characters.") % {"limit": ENTRY_CHARACTERS}
        raise ValidationFailed(sentence, fields={"source": sentence})
    entry.source, entry.html, entry.html_version = source, render_post(source).html, VERSION


def _checked_kinds(kinds: Sequence[str]) -> list[str]:
    """Return kinds in the order of Keep a Changelog, each once."""
    if unknown := set(kinds) - set(ChangeKind.values):
        raise ValidationFailed(fields={"kinds": _("Unknown kind: %(kind)s") % {"kind": min(unknown)}})
    return [kind for kind in ChangeKind.values if kind in kinds]


def _link(actor: Actor, entry: ChangelogEntry, keys: Sequence[str]) -> None:
    """Link ideas that every reader of the board sees: an entry must not betray a security report."""
    found = list(listed_ideas(actor).filter(board=entry.board, key__in=keys))
    if len(found) < len(set(keys)) or len(found) > IDEAS_LIMIT:
        raise ValidationFailed(fields={"ideas": _("An idea is not on this board.")})
    entry.ideas.set(found)
