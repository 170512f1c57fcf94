"""Rows of chats as the trainings of language models read them: plain values, and what is wrong with a row."""

from .check import BUCKETS, DataCheck, Place, RowProblem, check_rows
from .conversations import Columns, read_conversation
from .dialogs import Example, Role, RowError, Turn
from .preferences import PreferenceColumns, read_preference
from .tokens import estimated_tokens

__all__ = [
    "BUCKETS",
    "Columns",
    "DataCheck",
    "Example",
    "Place",
    "PreferenceColumns",
    "Role",
    "RowError",
    "RowProblem",
    "Turn",
    "check_rows",
    "estimated_tokens",
    "read_conversation",
    "read_preference",
]
