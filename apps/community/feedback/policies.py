"""Policies of feedback views: they open the board, idea or entry of the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import SIGNED_IN, Policy

from .access import (
    board_for,
    check_writer,
    edited_idea,
    entry_for,
    idea_for,
    managed_board,
    team_board,
    team_entry,
    team_idea,
)

Find = Callable[..., Any]


def row_policy(name: str, words: str, gives: str, find: Find, need: Need, **options: Any) -> Policy:
    takes = gives if gives == "board" else f"{gives}_key"

    def open_row(request: HubRequest, *, lock: bool = False, **names: Any) -> Any:
        return find(request.actor, names[takes], lock=lock)

    return Policy(name, words, open=open_row, takes=(takes,), gives=gives, need=need, **options)


def by_writer(find: Find) -> Find:
    """Open for those who may write: what they cannot see is absent, then a token must allow writing."""

    def found(actor: Any, key: str, *, lock: bool = False) -> Any:
        row = find(actor, key, lock=lock)
        check_writer(actor)
        return row

    return found


OPEN: dict[str, Any] = {"admits_anonymous": True, "admits_applications": True}
WRITER: dict[str, Any] = {"check": SIGNED_IN.check}
BOARD_SEE = row_policy("board-see", "everyone who may see the board", "board", board_for, Need.READ, **OPEN)
BOARD_WRITE = row_policy(
    "board-write",
    "signed-in people who may see the board",
    "board",
    by_writer(board_for),
    Need.READ,
    **WRITER,
)
BOARD_TEAM = row_policy("board-team", "the board's team", "board", team_board, Need.WRITE)
BOARD_ADMIN = row_policy("board-admin", "admins of the board", "board", managed_board, Need.ADMIN)
IDEA_SEE = row_policy("idea-see", "everyone who may see the idea", "idea", idea_for, Need.READ, **OPEN)
IDEA_WRITE = row_policy(
    "idea-write", "signed-in people who may see the idea", "idea", by_writer(idea_for), Need.READ, **WRITER
)
IDEA_EDIT = row_policy(
    "idea-edit", "the author of the idea, and the team of its board", "idea", edited_idea, Need.READ, **WRITER
)
IDEA_TEAM = row_policy("idea-team", "the team of the idea's board", "idea", team_idea, Need.WRITE)
ENTRY_SEE = row_policy("entry-see", "everyone who may see the entry", "entry", entry_for, Need.READ, **OPEN)
ENTRY_TEAM = row_policy("entry-team", "the team of the entry's board", "entry", team_entry, Need.WRITE)
BOARD_POLICIES = [BOARD_SEE, BOARD_WRITE, BOARD_TEAM, BOARD_ADMIN]
IDEA_POLICIES = [IDEA_SEE, IDEA_WRITE, IDEA_EDIT, IDEA_TEAM, ENTRY_SEE, ENTRY_TEAM]
POLICIES = [*BOARD_POLICIES, *IDEA_POLICIES]
