"""Actions of releases in the audit log."""

from enum import StrEnum


class Action(StrEnum):
    RELEASE_CREATED = "release.created"
    RELEASE_PUBLISHED = "release.published"
    RELEASE_DELETED = "release.deleted"
