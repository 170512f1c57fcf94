"""Refusals of repositories; codes that the hub client knows keep its names."""

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, ValidationFailed
from apps.registry.gitstore.errors import EntryNotFound, RefExists, RevisionNotFound

__all__ = [
    "AccessRequestDecided",
    "BadPattern",
    "EntryNotFound",
    "Forbidden",
    "GatedRepo",
    "GatedToAnonymous",
    "LockNotFound",
    "LocksFull",
    "NameTaken",
    "NotGated",
    "PathLocked",
    "RefExists",
    "RepoHidden",
    "RepoNotFound",
    "RequestNotFound",
    "RevisionNotFound",
]


class RepoNotFound(NotFound):
    code = "RepoNotFound"
    default = _("Repository not found")


class RepoHidden(Unauthenticated):
    """An absent or hidden repository, to anonymous users."""

    code = "RepoNotFound"
    default = _("Repository not found. If it is private, sign in first.")


class GatedRepo(Forbidden):
    """The actor has not been granted access. Hub clients know the code and the sentence."""

    code = "GatedRepo"
    default = _("Access to this repository is restricted and you are not in the authorized list.")


class GatedToAnonymous(Unauthenticated):
    """The files of a gated repository, to anonymous users."""

    code = "GatedRepo"
    default = _("Access to this repository is restricted. Sign in and request access on its page.")


class NotGated(Conflict):
    protocol_status = 400
    code = "NotGated"
    default = _("This repository isn't gated.")


class AccessRequestDecided(Conflict):
    """facts  state: the current state of the request"""

    code = "AccessRequestDecided"
    default = _("This access request has already been decided.")


class RequestNotFound(NotFound):
    code = "RequestNotFound"
    default = _("Access request not found.")


class NameTaken(Conflict):
    """facts  existing_url: the page of the existing repository"""

    code = "NameTaken"
    field = "name"
    default = _("This name is already taken.")


class BadPattern(ValidationFailed):
    """facts  pattern: the invalid pattern"""

    code = "BadPattern"
    default = _("This isn't a valid branch or tag pattern.")


class PathLocked(Conflict):
    """facts  lock: the existing lock, or None if it was removed meanwhile"""

    code = "PathLocked"
    default = _("This file is already locked.")


class LocksFull(ValidationFailed):
    code = "LocksFull"
    default = _("This repository has too many locks.")


class LockNotFound(NotFound):
    code = "LockNotFound"
    default = _("Lock not found.")
