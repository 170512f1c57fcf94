"""Refusals of the git store."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import BadRequest, Conflict, NotFound, PreconditionFailed, Unavailable, ValidationFailed


class RevisionNotFound(NotFound):
    code = "RevisionNotFound"
    default = "Invalid rev id"
    shown = _("No branch, tag or commit has this name.")


class EntryNotFound(NotFound):
    code = "EntryNotFound"
    default = "A file with this name doesn't exist"
    shown = _("No file or folder has this name.")


class RepositoryMissing(NotFound):
    """The folder of a repository is absent, though its row may exist."""

    code = "RepoNotFound"
    default = _("The files of this repository are missing.")


class BadPath(ValidationFailed):
    code = "BadPath"
    default = _("The path is not valid.")


class BadRefName(ValidationFailed):
    code = "BadRefName"
    default = _("The name of the branch or tag is not valid.")


class RefExists(Conflict):
    code = "RefExists"
    default = _("There is a branch or tag of this name.")
    shown = _("A branch or tag with this name, or with a conflicting name, already exists.")


class RefProtected(ValidationFailed):
    code = "RefProtected"
    default = _("The branch or tag is protected.")
    shown = _("The default branch cannot be deleted.")


class RefMoved(PreconditionFailed):
    """A ref has moved since the caller read it."""

    code = "BranchMoved"
    default = "The branch has moved since its head was read. Read the new head and try again."
    shown = _("The branch has changed since you opened this page. Reload it and make your change again.")


class TooManyFiles(ValidationFailed):
    """facts  limit: the most files and folders, counted at every path"""

    code = "TooManyFiles"
    default = _("This revision would contain too many files and folders.")


class FolderTooLarge(ValidationFailed):
    code = "FolderTooLarge"
    default = _("A folder has more entries than can be listed. Split its files across several folders.")


class TooSlow(Unavailable):
    """git took longer than a page may."""

    code = "TooSlow"
    default = _("This history is too long to process here. Clone the repository and use git locally.")


class PackingFailed(Exception):
    """git could not pack or clean a repository; no data is lost."""


class BadPack(BadRequest):
    """A push with broken, missing or oversized objects."""

    code = "BadPack"
    default = _("The pack cannot be read.")
