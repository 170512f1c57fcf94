"""Path converters for repository addresses, which may be percent-encoded (`refs%2Fpr%2F1` is one segment)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

from django.urls import register_converter

from apps.core.text.storable import clean_text

from .addresses import KINDS_BY_PLURAL, RepoKind

# URLs with a revision or path, which may contain encoded slashes
RAW_PATHS = re.compile(
    r"^/api/(models|datasets|spaces|kernels)/"
    r"|^/(datasets/|spaces/|kernels/)?[^/]+/[^/]+/"
    r"(resolve|raw|blob|blame|tree|commits|commit|compare|archive|edit|new|delete|upload|viewer)/"
)


def decode(value: str) -> str:
    """Return the text of a path; invalid UTF-8 and NUL become the replacement character."""
    return clean_text(unquote(value, errors="replace"))


class Segment:
    """One path segment, such as a namespace."""

    regex = r"[^/]+"

    def to_python(self, value: str) -> str:
        return decode(value)

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


class RepoName(Segment):
    """The name of a repository, without what follows in git URLs."""

    regex = r"[^/]+?"


class Revision(Segment):
    """A branch, tag, commit or full ref: one encoded segment, or `refs/…/…` unencoded."""

    regex = r"refs/(?:pr|convert|heads|tags)/[^/]+|[^/]+"


class RestOfPath(Segment):
    """A path inside a repository."""

    regex = r".+"

    def to_url(self, value: str) -> str:
        return quote(value, safe="/")


class Plural:
    """`models`, `datasets`, `spaces`, `kernels` as a RepoKind."""

    regex = "|".join(KINDS_BY_PLURAL)

    def to_python(self, value: str) -> RepoKind:
        return KINDS_BY_PLURAL[value]

    def to_url(self, value: RepoKind | str) -> str:
        return f"{RepoKind(value).value}s"


def register() -> None:
    """Register the converters with Django; idempotent."""
    from django.urls.converters import REGISTERED_CONVERTERS

    converters: dict[str, Any] = {
        "ns": Segment,
        "name": RepoName,
        "rev": Revision,
        "rpath": RestOfPath,
        "kinds": Plural,
    }
    for word, converter in converters.items():
        if word not in REGISTERED_CONVERTERS:
            register_converter(converter, word)


register()
