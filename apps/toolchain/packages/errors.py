"""Refusals of the package index."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthenticated, ValidationFailed


class ProjectNotFound(NotFound):
    code = "ProjectNotFound"
    default = _("Project not found.")


class ProjectHidden(Unauthenticated):
    """An absent or hidden project, to anonymous users."""

    code = "ProjectNotFound"
    default = _("Project not found. If it is private, sign in to see it.")


class VersionNotFound(NotFound):
    code = "VersionNotFound"
    default = _("Version not found.")


class FileNotFound(NotFound):
    code = "FileNotFound"
    title = "File not found"
    default = _("File not found.")


class FileHidden(Unauthenticated):
    """An absent file or one of a private project, to anonymous users: clients then send a password."""

    code = "FileNotFound"
    title = "File not found"
    default = _("File not found. If it is private, send an access token as the password.")


class MaintainerNotFound(NotFound):
    code = "MaintainerNotFound"
    default = _("This person does not maintain the project.")


class InvitationNotFound(NotFound):
    code = "InvitationNotFound"
    default = _("Invitation not found.")


class PublisherNotFound(NotFound):
    code = "PublisherNotFound"
    default = _("Trusted publisher not found.")


class IssuerNotAllowed(ValidationFailed):
    code = "IssuerNotAllowed"
    field = "issuer"
    default = _("The operator of this site does not allow this issuer.")


class PublisherExists(Conflict):
    code = "PublisherExists"
    field = "subject"
    default = _("The project trusts this publisher already.")


class TokenRequestRefused(Forbidden):
    """An identity token that mints nothing; `reason` is a code that uploaders show.

    source  twine `auth.py`; uv-publish `trusted_publishing`
    """

    code = "TokenRequestRefused"
    default = "The identity token does not mint an upload token."

    def __init__(self, message: str = "", *, reason: str = "invalid-token") -> None:
        super().__init__(message, reason=reason)


class AlreadyMaintainer(Conflict):
    code = "AlreadyMaintainer"
    default = _("This person can already publish this project, or is invited.")


class ProjectExists(Conflict):
    code = "ProjectExists"
    field = "name"
    default = _("A project has this name already.")


class NameReserved(Forbidden):
    """The name was used by a deleted project, or its prefix belongs to somebody else."""

    code = "NameReserved"
    field = "name"
    default = _("This name is reserved.")


class NameProhibited(ValidationFailed):
    code = "NameProhibited"
    field = "name"
    default = _("This name can't be used for a project.")


class NotAcceptable(BadRequest):
    """The client accepts none of the forms of the index."""

    status = 406
    code = "NotAcceptable"
    default = "The index has no form that this client accepts."


class UploadRefused(BadRequest):
    """An upload that can't be a file of the index; the sentence says why."""

    code = "UploadRefused"
    default = "The upload can't be read."


class BadDistribution(UploadRefused):
    """The file is no intact wheel or source archive."""

    code = "BadDistribution"
    default = "The file is not a valid distribution."


class MetadataMismatch(UploadRefused):
    """The form of an upload says something else than the file."""

    code = "MetadataMismatch"
    default = "The form does not match the metadata in the file."


class FileExists(BadRequest):
    """The name of a file was used for other bytes. The sentence is one that clients match.

    source  twine `skip_upload`; uv-publish
    """

    code = "FileExists"
    default = "File already exists."


class FileBlocked(UploadRefused):
    """The scan found malware."""

    code = "FileBlocked"
    title = "File blocked"
    default = "The scan found malware in the file."


class UploadsClosed(Forbidden):
    """The project is archived or in quarantine."""

    code = "UploadsClosed"
    default = _("This project takes no uploads.")


class SecondFactorRequired(Forbidden):
    code = "SecondFactorRequired"
    default = _("Set up two-factor authentication to publish packages on this site.")


class FileQuarantined(Forbidden):
    code = "FileQuarantined"
    default = _("This project is in quarantine. Its files can't be downloaded.")


class DeletionTooLate(Conflict):
    """What has been public for a while can be yanked only."""

    code = "DeletionTooLate"
    default = _("Files can be deleted only for a short time after their upload. Yank the version instead.")
