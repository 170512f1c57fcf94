"""Boards: creating, changing and deleting them, their statuses and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.core.conversations.models import PostState, Thread
from apps.core.errors import Forbidden, Unauthenticated, ValidationFailed
from apps.core.moderation.services.judge import PUBLISHED, Outcome, judge
from apps.core.moderation.services.queue import open_review, withdraw_review
from apps.core.moderation.services.rules import Facts
from apps.core.notifications.services.subscriptions import forget_targets, watch_own
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address
from apps.users.accounts.access import namespace_by_name

from ..access import check_writer, managed_board
from ..audit import Action
from ..errors import BoardExists, StatusInUse
from ..models import Board, BoardStatus, Idea, Label, StatusKind

# name of boards as a ModeratedKind, and the fields that decide what everybody reads
BOARD = "board"
TEXTS = ("name", "about", "is_private")
LABELS_LIMIT = 50
STATUSES_LIMIT = 20
# kind, whether it is a column of the roadmap
FIRST_STATUSES = (
    (StatusKind.OPEN, False),
    (StatusKind.PLANNED, True),
    (StatusKind.STARTED, True),
    (StatusKind.DONE, True),
    (StatusKind.DECLINED, False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """A status as its board's team writes it; as the fields of BoardStatus."""

    slug: str
    kind: str
    name: str = ""
    is_on_roadmap: bool = False


@transaction.atomic
def create_board(
    *,
    actor: Actor,
    name: str,
    slug: str = "",
    about: str = "",
    namespace: str = "",
    repo: Address | None = None,
    is_private: bool = False,
    facts: Facts | None = None,
) -> Board:
    """Create a board with the usual statuses. Moderation may hold it: then its team and staff see it.

    namespace  person or organization that it is of; repo is an address. Without both it is of the site
    slug       in its address; chosen by the name if empty
    facts      what moderation can know of the request
    raises     BoardExists, ValidationFailed, NamespaceNotFound, RepoNotFound, Forbidden, Unauthenticated,
               TokenScope; Silenced, Banned, PostingPaused, NewAccountLimit
    """
    check_writer(actor)
    board = Board(
        name=_checked_name(name), about=about.strip(), is_private=is_private, created_by_id=actor.user_id
    )
    if repo is not None:
        board.repo = repo_for(actor, repo, Need.ADMIN)
    elif namespace:
        owner = namespace_by_name(namespace)
        if actor.roles.get(owner.pk, -1) < Need.ADMIN:
            raise Forbidden
        board.namespace = owner
    elif not actor.is_staff:
        raise Forbidden if actor.is_signed_in else Unauthenticated
    base = "-".join(part for part in (namespace, repo.id.replace("/", "-") if repo else "") if part)
    board.slug = slug or _free_slug(base or name)
    outcome = _judge(actor, board, facts or Facts(starts_thread=True))
    board.state = PostState.HELD if outcome.is_held else PostState.VISIBLE
    _insert(board)
    if outcome.is_held:
        open_review(kind=BOARD, id=board.pk, author_id=actor.user_id, outcome=outcome)
    add_first_statuses(board)
    if actor.user_id is not None:
        watch_own(actor.user_id, board.target)
    record(actor, Action.BOARD_CREATED, board.slug)
    return board


def _judge(actor: Actor, board: Board, facts: Facts) -> Outcome:
    """Judge what a board shows to everybody; a private one is its team's alone."""
    if board.is_private:
        return PUBLISHED
    return judge(actor=actor, text=f"{board.name}\n\n{board.about}", kind=BOARD, facts=facts).check()


def _insert(board: Board) -> None:
    try:
        with transaction.atomic():
            board.save()
    except IntegrityError:
        raise BoardExists(fields={"slug": BoardExists.default}) from None


def add_first_statuses(board: Board) -> None:
    BoardStatus.objects.bulk_create(
        BoardStatus(
            board=board,
            slug=kind.value,
            kind=kind,
            position=position,
            is_on_roadmap=is_on_roadmap,
            is_default=position == 0,
        )
        for position, (kind, is_on_roadmap) in enumerate(FIRST_STATUSES)
    )


def _free_slug(words: str) -> str:
    base = slugify(words)[:56].strip("-") or "board"
    taken = set(Board.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in _numbered(base, len(taken) + 2) if slug not in taken)


def _numbered(base: str, count: int) -> list[str]:
    return [base, *(f"{base}-{number}" for number in range(2, count + 2))]


def _checked_name(name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise ValidationFailed(fields={"name": _("Give the board a name.")})
    return words


@transaction.atomic
def update_board(*, actor: Actor, slug: str, **fields: object) -> Board:
    """Change fields of a board: name, about, is_private, is_archived, takes_bugs, bug_template, position.

    Moderation may hold the board with another name or text.

    raises  BoardNotFound, ValidationFailed, Forbidden, Unauthenticated, TokenScope; Silenced, Banned,
            PostingPaused
    """
    board = managed_board(actor, slug, lock=True)
    if "name" in fields:
        fields["name"] = _checked_name(str(fields["name"]))
    is_new_text = any(fields.get(name, getattr(board, name)) != getattr(board, name) for name in TEXTS)
    for name, value in fields.items():
        setattr(board, name, value)
    board.save(update_fields=[*fields])
    if is_new_text:
        _judge_again(actor, board)
    record(actor, Action.BOARD_CHANGED, board.slug, fields=sorted(fields))
    return board


def _judge_again(actor: Actor, board: Board) -> None:
    outcome = _judge(actor, board, Facts(is_edit=True))
    if outcome.is_held and board.state == PostState.VISIBLE:
        board.state = PostState.HELD
        board.save(update_fields=["state"])
        open_review(kind=BOARD, id=board.pk, author_id=actor.user_id, outcome=outcome)


@transaction.atomic
def delete_board(*, actor: Actor, slug: str) -> None:
    """Delete a board with its ideas, votes and changelog.

    raises  BoardNotFound, Forbidden, Unauthenticated, TokenScope
    """
    board = managed_board(actor, slug, lock=True)
    ideas = list(Idea.objects.filter(board=board).only("key", "thread_id"))
    withdraw_review(BOARD, board.pk)
    forget_targets([board.target, *(idea.target for idea in ideas)])
    board.delete()
    Thread.objects.filter(pk__in=[idea.thread_id for idea in ideas]).delete()
    record(actor, Action.BOARD_DELETED, slug)


def delete_orphaned_threads() -> int:
    """Delete the threads of ideas that went with their repository or owner; return how many."""
    ids = list(Thread.objects.filter(kind="idea", idea=None).values_list("pk", flat=True)[:1000])
    Thread.objects.filter(pk__in=ids).delete()
    return len(ids)


@transaction.atomic
def set_statuses(*, actor: Actor, slug: str, statuses: Sequence[StatusFacts]) -> Board:
    """Replace the statuses of a board, in order; new ideas get the first one.

    raises  BoardNotFound, StatusInUse, ValidationFailed, Forbidden, Unauthenticated, TokenScope
    """
    board = managed_board(actor, slug, lock=True)
    slugs = [status.slug for status in statuses]
    if not 0 < len(slugs) <= STATUSES_LIMIT or len(set(slugs)) < len(slugs):
        sentence = _("A board has 1 to %(limit)s different statuses.") % {"limit": STATUSES_LIMIT}
        raise ValidationFailed(sentence, fields={"statuses": sentence})
    gone = BoardStatus.objects.filter(board=board).exclude(slug__in=slugs)
    if Idea.objects.filter(status__in=gone).exists():
        raise StatusInUse
    gone.delete()
    BoardStatus.objects.filter(board=board).update(is_default=False)
    for position, status in enumerate(statuses):
        BoardStatus.objects.update_or_create(
            board=board,
            slug=status.slug,
            defaults={
                "name": status.name,
                "kind": status.kind,
                "position": position,
                "is_on_roadmap": status.is_on_roadmap,
                "is_default": position == 0,
            },
        )
    record(actor, Action.BOARD_CHANGED, board.slug, fields=["statuses"])
    return board


@transaction.atomic
def set_labels(*, actor: Actor, slug: str, labels: Sequence[tuple[str, bool]]) -> Board:
    """Replace the labels of a board: names, and whether everybody can use one.

    raises  BoardNotFound, ValidationFailed, Forbidden, Unauthenticated, TokenScope
    """
    board = managed_board(actor, slug, lock=True)
    chosen = {name.casefold()[:40]: (name, is_open) for name, is_open in labels if name.strip()}
    if len(chosen) > LABELS_LIMIT:
        sentence = _("A board has at most %(limit)s labels.") % {"limit": LABELS_LIMIT}
        raise ValidationFailed(sentence, fields={"labels": sentence})
    Label.objects.filter(board=board).exclude(key__in=chosen).delete()
    for key, (name, is_open) in chosen.items():
        Label.objects.update_or_create(board=board, key=key, defaults={"name": name, "is_open": is_open})
    return board
