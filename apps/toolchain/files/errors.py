"""Refusals about uploaded files."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, NotFound, OverQuota, Unauthenticated


class UploadedFileNotFound(NotFound):
    code = "UploadedFileNotFound"
    default = _("There is no such file.")


class UploadedFileHidden(Unauthenticated):
    """An absent or hidden file, for anonymous users."""

    code = "UploadedFileNotFound"
    default = _("There is no such file. Sign in or send an access token.")


class FileUploadNotFound(NotFound):
    code = "FileUploadNotFound"
    default = _("There is no such upload.")


class FileUploadHidden(Unauthenticated):
    """An absent or hidden upload, for anonymous users."""

    code = "FileUploadNotFound"
    default = _("There is no such upload. Sign in or send an access token.")


class FileUploadOver(Conflict):
    """The upload is completed, cancelled or expired."""

    code = "FileUploadOver"
    default = _("This upload does not take parts anymore.")


class TooManyFiles(OverQuota):
    code = "TooManyUploadedFiles"
    default = _("There are too many files. Delete some first.")
