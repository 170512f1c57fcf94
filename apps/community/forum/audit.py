"""Actions of the forum in the audit log."""

from enum import StrEnum


class Action(StrEnum):
    CATEGORY_CREATED = "category.created"
    CATEGORY_UPDATED = "category.updated"
    CATEGORY_DELETED = "category.deleted"
    TOPIC_EDITED = "topic.edited"
    TOPIC_MOVED = "topic.moved"
    TOPIC_PINNED = "topic.pinned"
    TOPIC_UNPINNED = "topic.unpinned"
    TOPIC_ARCHIVED = "topic.archived"
    TOPIC_UNARCHIVED = "topic.unarchived"
    TOPIC_SPLIT = "topic.split"
    TOPIC_MERGED = "topic.merged"
    POLL_CLOSED = "poll.closed"
    FORUM_IMPORTED = "forum.imported"
