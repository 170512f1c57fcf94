"""What the git store refuses."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import BadRequest, Conflict, Invalid, NotFound, Stale, Unavailable


class RevisionNotFound(NotFound):
    code = "RevisionNotFound"
    default = "Invalid rev id"
    shown = _("There is no branch, tag or commit of this name here.")


class EntryNotFound(NotFound):
    code = "EntryNotFound"
    default = "A file with this name doesn't exist"
    shown = _("There is no file or folder of this name here.")


class RepositoryMissing(NotFound):
    """The folder of a repository is not there, though its row may be."""

    code = "RepoNotFound"
    default = _("The files of this repository are missing.")


class BadPath(Invalid):
    code = "BadPath"


class BadRefName(Invalid):
    code = "BadRefName"


class RefExists(Conflict):
    code = "RefExists"
    shown = _("There is a branch or tag of this name already, or one whose name is in its way.")


class RefProtected(Invalid):
    code = "RefProtected"
    shown = _("The default branch cannot be deleted.")


class RefMoved(Stale):
    """A ref is not where the caller saw it."""

    code = "BranchMoved"
    default = "The branch was updated since you opened this page. Please refresh and try again."
    shown = _("The branch moved since you opened this page. Open it again, then repeat the change.")


class TooManyFiles(Invalid):
    """facts  limit: the most files and folders, counted at all paths where they stand"""

    code = "TooManyFiles"
    default = _("A revision of this repository would hold too many files and folders.")


class FolderTooLarge(Invalid):
    code = "FolderTooLarge"
    default = _("A folder holds more names than can be listed. Put its files into several folders.")


class TooSlow(Unavailable):
    """git was at it for longer than a page may take."""

    code = "TooSlow"
    default = _("This history is too long to be gone through here. Clone the repository and ask git.")


class PackingFailed(Exception):
    """git could not pack or clean a repository; nothing is lost."""


class BadPack(BadRequest):
    """A push whose objects are broken, incomplete or too large."""

    code = "BadPack"
