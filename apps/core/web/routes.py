"""Words that are taken by paths of the URL table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, get_urlconf
from django.urls.resolvers import RegexPattern
from django.utils.regex_helper import normalize

_PARAMETER = re.compile(r"<[^>]*>|%\(\w+\)s")


def first_segments() -> frozenset[str]:
    """Return the first segment of each path that does not begin with a parameter, in lower case."""
    return _first_segments(get_urlconf() or settings.ROOT_URLCONF)


@lru_cache(maxsize=4)
def _first_segments(urlconf: str) -> frozenset[str]:
    firsts = (path.partition("/")[0] for path in _paths(get_resolver(urlconf).url_patterns))
    return frozenset(first.casefold() for first in firsts if first and not _PARAMETER.search(first))


def segments_after_name(prefix: str = "") -> frozenset[str]:
    """Return the words after a prefix and one parameter, in lower case: `raw` of `<namespace>/raw/…`."""
    return _segments_after_name(get_urlconf() or settings.ROOT_URLCONF, prefix)


@lru_cache(maxsize=16)
def _segments_after_name(urlconf: str, prefix: str) -> frozenset[str]:
    found = set()
    for path in _paths(get_resolver(urlconf).url_patterns):
        name, _, rest = path.removeprefix(prefix).partition("/")
        word = rest.partition("/")[0]
        if path.startswith(prefix) and _PARAMETER.fullmatch(name) and word and not _PARAMETER.search(word):
            found.add(word.casefold())
    return frozenset(found)


def _paths(entries: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Yield the paths of URL patterns; an optional group of a regular expression is left out."""
    for entry in entries:
        for path in (f"{prefix}{form}" for form in _forms(entry)):
            if isinstance(entry, URLResolver):
                yield from _paths(entry.url_patterns, path)
            else:
                yield path


def _forms(entry: URLPattern | URLResolver) -> list[str]:
    text = str(entry.pattern)
    if isinstance(entry.pattern, RegexPattern):
        return [form for form, _names in normalize(text)]
    return [text]
