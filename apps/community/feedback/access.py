"""Who may see or change boards, ideas and changelog entries."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from apps.core.actor import Actor, ActorKind, Need
from apps.core.conversations.models import PostState
from apps.core.errors import Forbidden, Refusal, Unauthenticated
from apps.registry.repos.access import visible_to as visible_repos
from apps.users.accounts.access import token_refusal
from apps.users.accounts.models import Namespace, User

from .errors import (
    BoardArchived,
    BoardHidden,
    BoardNotFound,
    EntryHidden,
    EntryNotFound,
    IdeaHidden,
    IdeaNotFound,
)
from .models import Board, ChangelogEntry, EntryState, Idea

TEAM_NEED = Need.WRITE


def is_person(actor: Actor, need: Need) -> bool:
    """Return whether the actor is a person, or a token that carries this need in their own namespace."""
    is_theirs = actor.kind in (ActorKind.PERSON, ActorKind.TOKEN)
    return is_theirs and actor.scope.allows(need, f"namespace:{actor.name.casefold()}")


def check_writer(actor: Actor) -> None:
    """Refuse actors that cannot vote or write.

    raises  Unauthenticated, TokenScope for tokens that only read, Forbidden
    """
    if not actor.is_signed_in:
        raise Unauthenticated
    if is_person(actor, Need.WRITE) and not actor.is_application:
        return
    if actor.kind is ActorKind.TOKEN:
        raise token_refusal(actor, Need.WRITE, f"namespace:{actor.name.casefold()}")
    raise Forbidden


# boards


def visible_boards(actor: Actor) -> QuerySet[Board]:
    """Return the boards that the actor may see: the base of everything else here.

    A board of a repository is never seen by those who do not see the repository. Staff sees what is held or
    hidden, since they decide on it, unless it is private.
    """
    is_seen = Q(repo=None) | Q(repo__in=visible_repos(actor).values("pk"))
    is_open = Q(is_private=False)
    if not (actor.is_staff and is_person(actor, Need.READ)):
        is_open &= Q(state=PostState.VISIBLE)
    rows = Board.objects.select_related("namespace", "repo", "repo__namespace")
    return rows.filter(is_seen & (is_open | _belongs_to(actor, Need.READ)))


def _belongs_to(actor: Actor, role: Need, prefix: str = "") -> Q:
    """Return the condition that the actor has a role where a board belongs; staff has one on the site.

    A token must allow reading there.
    """
    spaces = Q(pk__in=actor.namespaces_with(role))
    if actor.scope.limit is None:
        granted = (grant.target.partition(":") for grant in actor.scope.grants if grant.need >= Need.READ)
        spaces &= Q(key__in=[name for kind, _colon, name in granted if kind == "namespace"])
    elif actor.scope.limit < Need.READ or not actor.is_signed_in:
        return Q(**{f"{prefix}pk": None})
    mine = Namespace.objects.filter(spaces).values("pk")
    found = Q(**{f"{prefix}namespace__in": mine}) | Q(**{f"{prefix}repo__namespace__in": mine})
    if actor.is_staff and is_person(actor, Need.READ):
        found |= Q(**{f"{prefix}namespace": None, f"{prefix}repo": None})
    return found


def _has_role(actor: Actor, board: Board, role: Need, need: Need) -> bool:
    """Return whether the actor has a role where a board belongs; staff has every role on boards of the site.

    need  what their token must allow there
    """
    owner = board.repo.namespace if board.repo else board.namespace
    if owner is None:
        return actor.is_staff and is_person(actor, need)
    return actor.roles.get(owner.pk, -1) >= role and actor.scope.allows(need, f"namespace:{owner.key}")


def is_team(actor: Actor, board: Board, need: Need = Need.READ) -> bool:
    """Return whether the actor is of the board's team: writers of its owner, staff for boards of the site.

    need  what their token must allow
    """
    return _has_role(actor, board, TEAM_NEED, need)


def is_board_admin(actor: Actor, board: Board) -> bool:
    """Return whether the actor may change the board itself."""
    return _has_role(actor, board, Need.ADMIN, Need.ADMIN if board.owner_id else Need.WRITE)


def board_for(actor: Actor, slug: str, *, lock: bool = False) -> Board:
    """Return a board that the actor may see.

    lock    hold the row until the transaction ends
    raises  BoardNotFound if it is absent or hidden (BoardHidden for anonymous users)
    """
    rows = visible_boards(actor)
    board = (rows.select_for_update(of=("self",)) if lock else rows).filter(slug=slug).first()
    if board is None:
        raise absent_or_hidden(actor, BoardNotFound, BoardHidden)
    return board


def team_board(actor: Actor, slug: str, *, lock: bool = False) -> Board:
    """Return a board of whose team the actor is.

    raises  BoardNotFound, Forbidden, TokenScope, Unauthenticated
    """
    board = board_for(actor, slug, lock=lock)
    check_team(actor, board)
    return board


def managed_board(actor: Actor, slug: str, *, lock: bool = False) -> Board:
    """Return a board that the actor may change.

    raises  BoardNotFound, Forbidden, TokenScope, Unauthenticated
    """
    board = board_for(actor, slug, lock=lock)
    if not is_board_admin(actor, board):
        raise _not_allowed(actor, board, is_board_admin(actor.unlimited, board))
    return board


def check_team(actor: Actor, board: Board) -> None:
    """raises  Forbidden, TokenScope for tokens that only read, Unauthenticated"""
    if not is_team(actor, board, Need.WRITE):
        raise _not_allowed(actor, board, is_team(actor.unlimited, board, Need.WRITE))


def board_readers(board: Board, user_ids: Collection[int]) -> set[int]:
    """Return those people who may see a board."""
    return set(_readers(board, user_ids).values_list("pk", flat=True))


def _readers(board: Board, user_ids: Collection[int]) -> QuerySet[User]:
    people = User.objects.filter(pk__in=user_ids)
    is_open = not board.is_private and (board.repo is None or not board.repo.is_private)
    is_open = is_open and board.state == PostState.VISIBLE
    return people if is_open else people.filter(team_members(board, Need.READ))


def team_members(board: Board, role: Need) -> Q:
    """Return the condition on people that they have a role where a board belongs."""
    return Q(is_staff=True) if board.owner_id is None else members_of(board.owner_id, role)


def members_of(namespace_id: int, role: Need) -> Q:
    """Return the condition on people that a namespace is theirs, or that they have a role in it."""
    found = User.objects.filter(memberships__namespace_id=namespace_id, memberships__role__gte=role)
    return Q(namespace_id=namespace_id) | Q(pk__in=found.values("pk"))


def check_open(board: Board) -> None:
    """raises  BoardArchived"""
    if board.is_archived:
        raise BoardArchived


# ideas


def visible_ideas(actor: Actor) -> QuerySet[Idea]:
    """Return the ideas and reports that the actor may see, merged ones too.

    Held, hidden and deleted ideas and security reports are seen by their author and the team alone.
    """
    rows = Idea.objects.filter(board__in=visible_boards(actor).values("pk"))
    is_open = Q(state=PostState.VISIBLE, is_security=False)
    if is_person(actor, Need.READ):
        is_open |= Q(author_id=actor.user_id) | _belongs_to(actor, TEAM_NEED, "board__")
    related = ("board", "board__repo__namespace", "status", "author", "author__namespace", "thread")
    return rows.filter(is_open).select_related(*related)


def listed_ideas(actor: Actor) -> QuerySet[Idea]:
    """Return the ideas that lists, counts, feeds and search show to everybody who sees their board."""
    return visible_ideas(actor).filter(state=PostState.VISIBLE, is_security=False, merged_into=None)


def idea_for(actor: Actor, key: str, *, lock: bool = False) -> Idea:
    """Return an idea that the actor may see; a merged one too.

    lock    hold the row until the transaction ends
    raises  IdeaNotFound if it is absent or hidden (IdeaHidden for anonymous users)
    """
    rows = visible_ideas(actor)
    idea = (rows.select_for_update(of=("self",)) if lock else rows).filter(key=key).first()
    if idea is None:
        raise absent_or_hidden(actor, IdeaNotFound, IdeaHidden)
    return idea


def team_idea(actor: Actor, key: str, *, lock: bool = False) -> Idea:
    """Return an idea on a board of whose team the actor is.

    raises  IdeaNotFound, Forbidden, TokenScope, Unauthenticated
    """
    idea = idea_for(actor, key, lock=lock)
    check_team(actor, idea.board)
    return idea


def edited_idea(actor: Actor, key: str, *, lock: bool = False) -> Idea:
    """Return an idea that the actor may change: their own, or one on a board of whose team they are.

    raises  IdeaNotFound, Forbidden, TokenScope, Unauthenticated
    """
    idea = idea_for(actor, key, lock=lock)
    check_writer(actor)
    if not is_author(actor, idea.author_id):
        check_team(actor, idea.board)
    return idea


def idea_readers(idea: Idea, user_ids: Collection[int]) -> set[int]:
    """Return those people who may see an idea."""
    people = _readers(idea.board, user_ids)
    if idea.is_security or idea.state != PostState.VISIBLE:
        people = people.filter(team_members(idea.board, TEAM_NEED) | Q(pk=idea.author_id))
    return set(people.values_list("pk", flat=True))


def is_author(actor: Actor, author_id: int | None) -> bool:
    """Return whether the actor is the author of something, by a credential that reads for them."""
    return actor.user_id is not None and author_id == actor.user_id and is_person(actor, Need.READ)


# the changelog


def visible_entries(actor: Actor) -> QuerySet[ChangelogEntry]:
    """Return the published changelog entries that the actor may see, and all of their own boards."""
    rows = ChangelogEntry.objects.filter(board__in=visible_boards(actor).values("pk"))
    condition = Q(state=EntryState.PUBLISHED) | _belongs_to(actor, TEAM_NEED, "board__")
    return rows.filter(condition).select_related("board", "board__repo__namespace", "author")


def published_entries(actor: Actor) -> QuerySet[ChangelogEntry]:
    return visible_entries(actor).filter(state=EntryState.PUBLISHED)


def entry_for(actor: Actor, key: str, *, lock: bool = False) -> ChangelogEntry:
    """Return a changelog entry that the actor may see.

    raises  EntryNotFound if it is absent or hidden (EntryHidden for anonymous users)
    """
    rows = visible_entries(actor)
    entry = (rows.select_for_update(of=("self",)) if lock else rows).filter(key=key).first()
    if entry is None:
        raise absent_or_hidden(actor, EntryNotFound, EntryHidden)
    return entry


def team_entry(actor: Actor, key: str, *, lock: bool = False) -> ChangelogEntry:
    """Return a changelog entry of a board of whose team the actor is.

    raises  EntryNotFound, Forbidden, TokenScope, Unauthenticated
    """
    entry = entry_for(actor, key, lock=lock)
    check_team(actor, entry.board)
    return entry


def absent_or_hidden(actor: Actor, absent: type[Refusal], hidden: type[Refusal]) -> Refusal:
    return absent() if actor.is_signed_in else hidden()


def _not_allowed(actor: Actor, board: Board, is_allowed_to_person: bool) -> Refusal:
    if not actor.is_signed_in:
        return Unauthenticated()
    if is_allowed_to_person and actor.kind is ActorKind.TOKEN:
        owner = board.repo.namespace if board.repo else board.namespace
        return token_refusal(actor, Need.WRITE, f"namespace:{owner.key if owner else actor.name.casefold()}")
    return Forbidden()
