"""What the git store refuses."""

from __future__ import annotations

from apps.core.errors import BadRequest, Conflict, Invalid, NotFound, Stale


class RevisionNotFound(NotFound):
    code = "RevisionNotFound"
    default = "Invalid rev id"


class EntryNotFound(NotFound):
    code = "EntryNotFound"
    default = "A file with this name doesn't exist"


class RepositoryMissing(NotFound):
    """The folder of a repository is not there, though its row may be."""

    code = "RepoNotFound"


class BadPath(Invalid):
    code = "BadPath"


class BadRefName(Invalid):
    code = "BadRefName"


class RefExists(Conflict):
    code = "RefExists"


class RefProtected(Invalid):
    code = "RefProtected"


class RefMoved(Stale):
    """A ref is not where the caller saw it."""

    code = "BranchMoved"
    default = "The branch was updated since you opened this page. Please refresh and try again."


class BadPack(BadRequest):
    """A push whose objects are broken, incomplete or too large."""

    code = "BadPack"
