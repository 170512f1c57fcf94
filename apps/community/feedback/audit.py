"""Actions of feedback in the audit log."""

from enum import StrEnum


class Action(StrEnum):
    BOARD_CREATED = "board.created"
    BOARD_CHANGED = "board.changed"
    BOARD_DELETED = "board.deleted"
    BOARD_IMPORTED = "board.imported"
    IDEA_MERGED = "idea.merged"
    IDEA_STATUS_CHANGED = "idea.status_changed"
    IDEA_VOTED_ON_BEHALF = "idea.voted_on_behalf"
    ENTRY_PUBLISHED = "changelog.published"
