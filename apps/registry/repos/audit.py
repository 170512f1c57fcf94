"""What the audit records about repositories."""

from enum import StrEnum


class RepoAction(StrEnum):
    ACCESS_ACCEPTED = "access.accepted"
    ACCESS_PENDING = "access.pending"
    ACCESS_REJECTED = "access.rejected"
    ACCESS_REQUESTED = "access.requested"
    BRANCH_CREATED = "branch.created"
    BRANCH_DELETED = "branch.deleted"
    BRANCH_SQUASHED = "branch.squashed"
    FILES_PURGED = "files.purged"
    REPO_CREATED = "repo.created"
    REPO_DEFAULT_BRANCH = "repo.default_branch"
    REPO_DELETED = "repo.deleted"
    REPO_DUPLICATED = "repo.duplicated"
    REPO_GATED = "repo.gated"
    REPO_LOCK_BROKEN = "repo.lock_broken"
    REPO_MADE_PRIVATE = "repo.made_private"
    REPO_MADE_PUBLIC = "repo.made_public"
    REPO_PROTECTED = "repo.protected"
    REPO_RENAMED = "repo.renamed"
    REPO_RESTORED = "repo.restored"
    REPO_UNGATED = "repo.ungated"
    TAG_CREATED = "tag.created"
    TAG_DELETED = "tag.deleted"
