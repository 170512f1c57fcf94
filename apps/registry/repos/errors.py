"""The repositories' refusals; codes are the hub client's own words."""

from django.utils.translation import gettext_noop as _

from apps.core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from apps.registry.gitstore.errors import EntryNotFound, RefExists, RevisionNotFound
from apps.registry.gitstore.errors import RefMoved as BranchMoved

__all__ = [
    "BadPattern",
    "BranchMoved",
    "CommitRefused",
    "EntryNotFound",
    "Forbidden",
    "LockNotFound",
    "LocksFull",
    "NameTaken",
    "PathLocked",
    "RefExists",
    "RepoHidden",
    "RepoNotFound",
    "RevisionNotFound",
]


class RepoNotFound(NotFound):
    code = "RepoNotFound"
    default = _("Repository not found")


class RepoHidden(Unauthenticated):
    """What nobody in particular hears of an absent or hidden repository."""

    code = "RepoNotFound"
    default = _("Repository not found, or you are not signed in.")


class NameTaken(Conflict):
    """facts  url: the address of what is there"""

    code = "NameTaken"
    default = _("This name is taken.")


class CommitRefused(BadRequest):
    code = "CommitRefused"
    default = _("This commit was refused.")


class BadPattern(Invalid):
    """facts  pattern: what names neither branches nor tags"""

    code = "BadPattern"
    default = _("This is not a pattern of branches or tags.")


class PathLocked(Conflict):
    """facts  lock: the lock that is there, or None if it has gone meanwhile"""

    code = "PathLocked"
    default = _("This file is locked already.")


class LocksFull(Invalid):
    code = "LocksFull"
    default = _("This repository has too many locks.")


class LockNotFound(NotFound):
    code = "LockNotFound"
    default = _("There is no such lock.")
