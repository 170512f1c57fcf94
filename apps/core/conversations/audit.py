"""Actions of conversations in the audit log."""

from enum import StrEnum


class Action(StrEnum):
    POST_HIDDEN = "post.hidden"
    POST_SHOWN = "post.shown"
    POST_APPROVED = "post.approved"
    POST_EDITED_BY_MODERATOR = "post.edited"
    REVISION_PURGED = "post.revision_purged"
    THREAD_LOCKED = "thread.locked"
    THREAD_UNLOCKED = "thread.unlocked"
