"""Boards, ideas and what people do with them, changelog entries, reviews."""

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
from .review import HelpfulVote, Review, ReviewVersion, UseProof

__all__ = [
    "Board",
    "BoardStatus",
    "BugReport",
    "ChangeKind",
    "ChangelogEntry",
    "EntryState",
    "HelpfulVote",
    "Idea",
    "IdeaKind",
    "Label",
    "Reproducibility",
    "Review",
    "ReviewVersion",
    "Severity",
    "StatusChange",
    "StatusKind",
    "UseProof",
    "Vote",
]
