"""Refusals of artifacts."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, NotFound


class ArtifactNotFound(NotFound):
    code = "ArtifactNotFound"
    default = _("File not found.")


class ArtifactMissing(Conflict):
    """A result lists a file that was not stored before, or another one of its name."""

    code = "ArtifactMissing"
    default = "Store the artifacts of a result before you report it."


class TooManyArtifacts(Conflict):
    code = "TooManyArtifacts"
    default = "The job has as many artifacts as it can have."
