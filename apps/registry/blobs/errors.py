"""Refusals of object storage."""

from apps.core.errors import BadRequest, Invalid, NotFound, OverQuota, Unavailable

__all__ = ["MissingBytes", "MissingObject", "OverQuota", "SizeMismatch", "UploadNotFound", "WrongBytes"]


class MissingBytes(Unavailable):
    """The store lacks bytes that the database lists. Needs an operator."""

    code = "MissingBytes"
    default = "The content of this file is currently unavailable."

    def __init__(self, key: str = "") -> None:
        super().__init__(key=key)


class MissingObject(BadRequest):
    """facts  sha256"""

    code = "MissingObject"
    default = "A large file of this commit was not uploaded to this repository."


class SizeMismatch(BadRequest):
    """facts  sha256, size"""

    code = "SizeMismatch"
    default = "The size of a large file differs from the size in the commit."


class WrongBytes(Invalid):
    code = "WrongBytes"
    default = "The content does not match its hash."


class UploadNotFound(NotFound):
    code = "UploadNotFound"
    default = "This upload does not exist or has ended."
