"""Refusals of releases."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, NotFound


class ReleaseNotFound(NotFound):
    code = "ReleaseNotFound"
    default = _("Release not found.")


class UploadNotFound(NotFound):
    code = "UploadNotFound"
    default = "Upload not found."


class ReleaseExists(Conflict):
    code = "ReleaseExists"
    field = "tag"
    default = _("This tag is or was in use. Choose another one.")


class ReleasePublished(Conflict):
    """The files of published releases never change."""

    code = "ReleasePublished"
    default = _("The files of a published release can't change. Make a new release.")


class AssetExists(Conflict):
    code = "AssetExists"
    field = "name"
    default = _("The release has a file of this name.")


class ReleaseEmpty(Conflict):
    code = "ReleaseEmpty"
    default = _("Add a file or notes before you publish the release.")


class WrongOffset(Conflict):
    """A piece of an upload does not begin where the last one ended.

    facts  received_bytes: where the next piece has to begin
    """

    code = "WrongOffset"
    default = "The piece does not begin where the upload stopped."
