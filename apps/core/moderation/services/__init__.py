"""Changing: what is held, reported, decided, sanctioned, removed."""

from .blocks import block, unblock
from .emergency import turn_off, turn_on
from .judge import Outcome, judge
from .queue import claim, decide, decide_many, open_review, settle, undo, withdraw_review
from .removals import continue_removals, remove_content_of, undo_removal
from .reports import appeal, report
from .rules import Facts
from .sanctions import check_account, lift_ban, lift_sanction, sanction
from .trust import recompute_trust

__all__ = [
    "Facts",
    "Outcome",
    "appeal",
    "block",
    "check_account",
    "claim",
    "continue_removals",
    "decide",
    "decide_many",
    "judge",
    "lift_ban",
    "lift_sanction",
    "open_review",
    "recompute_trust",
    "remove_content_of",
    "report",
    "sanction",
    "settle",
    "turn_off",
    "turn_on",
    "unblock",
    "undo",
    "undo_removal",
    "withdraw_review",
]
