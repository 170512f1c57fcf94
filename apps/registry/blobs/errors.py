"""Refusals of large objects."""

from apps.core.errors import Conflict, NotFound, OverQuota, ValidationFailed

__all__ = ["GenerationIsSet", "MissingObject", "OverQuota", "SizeMismatch", "UploadNotFound"]


class MissingObject(ValidationFailed):
    """facts  sha256"""

    protocol_status = 400
    code = "MissingObject"
    default = "A large file of this commit was not uploaded to this repository."


class SizeMismatch(ValidationFailed):
    """facts  sha256, size"""

    protocol_status = 400
    code = "SizeMismatch"
    default = "The size of a large file differs from the size in the commit."


class UploadNotFound(NotFound):
    code = "UploadNotFound"
    default = "This upload does not exist or has ended."


class GenerationIsSet(Conflict):
    """The settings fix the generation."""

    code = "GenerationIsSet"
    default = "XET_GENERATION is set; raise it in the settings."
