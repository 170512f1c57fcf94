"""URL path converters."""

from __future__ import annotations

from .reserved import path_words


class NamespaceName:
    """A name of a person or organization. Reserved paths never match, in any order of URL patterns."""

    regex = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"

    def to_python(self, value: str) -> str:
        if value.casefold() in path_words():
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        return value
