"""The refusals of large objects."""

from apps.core.errors import BadRequest, Invalid, NotFound, OverQuota, Unavailable

__all__ = ["MissingBytes", "MissingObject", "OverQuota", "SizeMismatch", "UploadNotFound", "WrongBytes"]


class MissingBytes(Unavailable):
    """A row says that bytes are there, and the store does not have them: an operator must look."""

    code = "MissingBytes"
    default = "The bytes of this file are not reachable right now."

    def __init__(self, key: str = "") -> None:
        super().__init__(key=key)


class MissingObject(BadRequest):
    """facts  sha256"""

    code = "MissingObject"
    default = "A large file of this commit was not uploaded to this repository."


class SizeMismatch(BadRequest):
    """facts  sha256, size"""

    code = "SizeMismatch"
    default = "A large file has another size than the commit says."


class WrongBytes(Invalid):
    code = "WrongBytes"
    default = "The bytes do not hash to the name that they were sent under."


class UploadNotFound(NotFound):
    code = "UploadNotFound"
    default = "This upload is over or was never begun."
