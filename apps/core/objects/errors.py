"""Refusals of object storage."""

from apps.core.errors import BadRequest, Unavailable, ValidationFailed


class MissingBytes(Unavailable):
    """The store lacks bytes that the database lists. Needs an operator."""

    code = "MissingBytes"
    default = "The content of this file is currently unavailable."

    def __init__(self, key: str = "") -> None:
        super().__init__(key=key)


class MissingParts(BadRequest):
    code = "MissingParts"
    default = "Some parts of this upload are missing."


class WrongBytes(ValidationFailed):
    code = "WrongBytes"
    default = "The content does not match its hash."
