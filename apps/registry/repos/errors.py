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
    "GatedRepo",
    "GatedToNobody",
    "LockNotFound",
    "LocksFull",
    "NameTaken",
    "NotGated",
    "PathLocked",
    "RefExists",
    "RepoHidden",
    "RepoNotFound",
    "RequestNotFound",
    "RequestSettled",
    "RevisionNotFound",
]


class RepoNotFound(NotFound):
    code = "RepoNotFound"
    default = _("Repository not found")


class RepoHidden(Unauthenticated):
    """What nobody in particular hears of an absent or hidden repository."""

    code = "RepoNotFound"
    default = _("Repository not found, or you are not signed in.")


class GatedRepo(Forbidden):
    """The files are for those whom the owner lets in; clients know the code, and the sentence of the hub."""

    code = "GatedRepo"
    default = _("Access to this repository is restricted and you are not in the authorized list.")


class GatedToNobody(Unauthenticated):
    """What nobody in particular hears of the files of a gated repository."""

    code = "GatedRepo"
    default = _("Access to this repository is restricted. Sign in and ask for access on its page.")


class NotGated(BadRequest):
    code = "NotGated"
    default = _("This repository is not gated: whoever may see it may read its files.")


class RequestSettled(Conflict):
    """facts  state: where the request is already"""

    code = "RequestSettled"
    default = _("This request for access is settled already.")


class RequestNotFound(NotFound):
    code = "RequestNotFound"
    default = _("There is no such request for access.")


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
