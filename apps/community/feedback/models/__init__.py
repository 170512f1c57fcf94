"""Boards, ideas and what people do with them, changelog entries."""

from .board import Board, BoardStatus, Label, StatusKind
from .changelog import ChangeKind, ChangelogEntry, EntryState
from .idea import (
    BugReport,
    Idea,
    IdeaKind,
    Reproducibility,
    Severity,
    StatusChange,
    Vote,
)

__all__ = [
    "Board",
    "BoardStatus",
    "BugReport",
    "ChangeKind",
    "ChangelogEntry",
    "EntryState",
    "Idea",
    "IdeaKind",
    "Label",
    "Reproducibility",
    "Severity",
    "StatusChange",
    "StatusKind",
    "Vote",
]
