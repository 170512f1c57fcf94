"""Ideas and bug reports: writing and editing them, their labels and statuses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.core.conversations.models import PostState, Thread
from apps.core.conversations.selectors import first_post
from apps.core.conversations.services.drafts import discard_draft
from apps.core.conversations.services.posts import hold_post, judge_post, write_post
from apps.core.conversations.services.threads import add_event, create_thread
from apps.core.errors import Forbidden, ValidationFailed
from apps.core.moderation.services.rules import Facts

from .. import announcements
from ..access import board_for, check_open, check_writer, edited_idea, is_team, team_idea
from ..audit import Action
from ..errors import IdeaMerged, LabelNotFound, StatusNotFound
from ..models import (
    Board,
    BoardStatus,
    BugReport,
    Idea,
    IdeaKind,
    Label,
    Reproducibility,
    Severity,
    StatusChange,
)
from ..models.idea import TITLE_CHARACTERS
from .votes import add_vote


@dataclass(frozen=True, slots=True, kw_only=True)
class BugFacts:
    """What a bug report says beside its text; as the fields of BugReport."""

    version: str = ""
    environment: str = ""
    severity: str = Severity.MEDIUM
    reproducibility: str = Reproducibility.UNKNOWN
    commit_sha: str = ""


@transaction.atomic
def create_idea(
    *,
    actor: Actor,
    board_slug: str,
    title: str,
    source: str,
    labels: Sequence[str] = (),
    bug: BugFacts | None = None,
    is_security: bool = False,
    is_held: bool = False,
    draft: str = "",
    facts: Facts | None = None,
) -> Idea:
    """Add an idea to a board, with its author's vote; with facts of a bug it is a bug report.

    Moderation may hold it: then only moderators, the author and the team see it.

    labels       names; the team alone can use those that are not open
    is_security  only the author and the team see it
    is_held      it waits for a moderator, whatever moderation says
    draft        place of the draft that it was written from, which is deleted
    facts        what moderation can know of the request
    raises       BoardNotFound, BoardArchived, LabelNotFound, ValidationFailed, EmptyPost, PostTooLong,
                 Unauthenticated, Forbidden, TokenScope; Silenced, Banned, PostingPaused, NewAccountLimit
    """
    check_writer(actor)
    board = board_for(actor, board_slug)
    check_open(board)
    if bug is not None and not board.takes_bugs:
        raise Forbidden(_("This board takes no bug reports."))
    idea = Idea.objects.create(
        board=board,
        kind=IdeaKind.IDEA if bug is None else IdeaKind.BUG,
        title=checked_title(title),
        author_id=actor.user_id,
        author_name=actor.name,
        thread=create_thread("idea"),
        status=default_status(board),
        state=PostState.HELD,
        is_security=is_security and bug is not None,
        created_at=timezone.now(),
    )
    idea.labels.set(_labels(actor, board, labels))
    if bug is not None:
        _add_facts(idea, bug)
    text = f"{idea.title}\n\n{source}"
    outcome = judge_post(actor, idea.thread, text, facts or Facts(starts_thread=True))
    write_post(idea.thread, actor.user_id, source, is_held=is_held or outcome.is_held, outcome=outcome)
    idea.refresh_from_db(fields=["state"])
    if actor.user_id is not None:
        add_vote(idea, actor.user_id)
    if draft:
        discard_draft(actor=actor, place=draft)
    return idea


def _add_facts(idea: Idea, bug: BugFacts) -> None:
    report = BugReport(
        idea=idea,
        version=bug.version,
        environment=bug.environment,
        severity=bug.severity,
        reproducibility=bug.reproducibility,
        commit_sha=bug.commit_sha,
    )
    report.save()


@transaction.atomic
def update_idea(
    *, actor: Actor, key: str, title: str | None = None, labels: Sequence[str] | None = None
) -> Idea:
    """Change the title or the labels of an idea, as its author or as the team; the text is a post.

    Moderation may hold the idea with its new title.

    raises  IdeaNotFound, IdeaMerged, LabelNotFound, ValidationFailed, Forbidden, Unauthenticated, TokenScope;
            Silenced, Banned, PostingPaused
    """
    thread = locked_thread(edited_idea(actor, key))
    idea = edited_idea(actor, key, lock=True)
    check_not_merged(idea)
    if title is not None:
        _rename(actor, idea, thread, checked_title(title))
    if labels is not None:
        idea.labels.set(_labels(actor, idea.board, labels, kept=idea.labels.all()))
    return idea


def _rename(actor: Actor, idea: Idea, thread: Thread, title: str) -> None:
    if title == idea.title:
        return
    outcome = judge_post(actor, thread, title, Facts(is_edit=True))
    idea.title = title
    idea.save(update_fields=["title", "title_key", "updated_at"])
    first = first_post(thread.pk)
    if outcome.is_held and first is not None and first.is_visible:
        first.thread = thread
        hold_post(first, outcome)
        idea.refresh_from_db(fields=["state"])


@transaction.atomic
def change_status(*, actor: Actor, key: str, status: str, reply: str = "") -> Idea:
    """Give an idea another status, with an official reply if there is a text; its followers are told.

    status  slug of a status of the board
    raises  IdeaNotFound, IdeaMerged, StatusNotFound, Forbidden, PostTooLong
    """
    thread = locked_thread(team_idea(actor, key))
    idea = team_idea(actor, key, lock=True)
    check_not_merged(idea)
    chosen = BoardStatus.objects.filter(board=idea.board, slug=status).first()
    if chosen is None:
        raise StatusNotFound(fields={"status": StatusNotFound.default})
    if chosen.pk == idea.status_id and not reply.strip():
        return idea
    # a new status tells of its reply, so that nobody hears of both
    is_silent = chosen.pk != idea.status_id
    post = write_post(thread, actor.user_id, reply, is_silent=is_silent) if reply.strip() else None
    before, idea.status = idea.status, chosen
    if post is not None:
        idea.official_reply = post
    idea.save(update_fields=["status", "official_reply", "updated_at"])
    if before.pk == chosen.pk:
        return idea
    change = StatusChange.objects.create(
        idea=idea, before=before.label, after=chosen.label, changed_by_id=actor.user_id, reply=post
    )
    add_event(thread, "status", author_id=actor.user_id, before=before.label, after=chosen.label)
    record(actor, Action.IDEA_STATUS_CHANGED, idea.key, before=before.slug, after=chosen.slug)
    announcements.status_changed(change, reply)
    return idea


def locked_thread(idea: Idea) -> Thread:
    """Lock the thread of an idea: always before the idea, as a new post does."""
    return Thread.objects.select_for_update().get(pk=idea.thread_id)


def default_status(board: Board) -> BoardStatus:
    """Return the status that new ideas get."""
    status = board.statuses.order_by("-is_default", "position", "pk").first()
    if status is None:
        raise StatusNotFound
    return status


def checked_title(title: str) -> str:
    """raises  ValidationFailed if a title is empty or too long"""
    words = " ".join(title.split())
    if not words or len(words) > TITLE_CHARACTERS:
        sentence = _("Write a title of at most %(limit)s characters.") % {"limit": TITLE_CHARACTERS}
        raise ValidationFailed(sentence, fields={"title": sentence})
    return words


def check_not_merged(idea: Idea) -> None:
    """raises  IdeaMerged with the key of the idea that took over"""
    if idea.merged_into is not None:
        raise IdeaMerged(key=idea.merged_into.key)


def _labels(actor: Actor, board: Board, names: Sequence[str], kept: Collection[Label] = ()) -> list[Label]:
    """Return labels of a board by name.

    raises  LabelNotFound for an unknown one, and for one that the actor may not use
    """
    keys = {name.casefold() for name in names}
    found = list(Label.objects.filter(board=board, key__in=keys)) if keys else []
    is_ours = is_team(actor, board, Need.WRITE)
    usable = [label for label in found if label.is_open or is_ours or label in kept]
    if len(usable) < len(keys):
        raise LabelNotFound(fields={"labels": LabelNotFound.default})
    return usable
