"""Actions of the package index in the audit log."""

from enum import StrEnum


class Action(StrEnum):
    PROJECT_CREATED = "project.created"
    PROJECT_CHANGED = "project.changed"
    PROJECT_DELETED = "project.deleted"
    PROJECT_TRANSFERRED = "project.transferred"
    PROJECT_QUARANTINED = "project.quarantined"
    FILE_UPLOADED = "project.file_uploaded"
    FILE_BLOCKED = "project.file_blocked"
    FILE_DELETED = "project.file_deleted"
    VERSION_YANKED = "project.version_yanked"
    VERSION_RESTORED = "project.version_restored"
    VERSION_DELETED = "project.version_deleted"
    MAINTAINER_INVITED = "project.maintainer_invited"
    MAINTAINER_ADDED = "project.maintainer_added"
    MAINTAINER_REMOVED = "project.maintainer_removed"
    PUBLISHER_ADDED = "project.publisher_added"
    PUBLISHER_REMOVED = "project.publisher_removed"
    TOKEN_MINTED = "project.token_minted"
