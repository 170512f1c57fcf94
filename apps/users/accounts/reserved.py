"""Reserved names: paths of the site, and words that mislead."""

from __future__ import annotations

from functools import lru_cache

from apps.core.declaration import Declaration, declared
from apps.core.web.routes import first_segments

MISLEADING = frozenset(
    """
    about admin auth billing contact dashboard help home identity invite issues legal licence license me
    models none null organisation organisations organization people privacy refs register root security self
    sign-in sign-up signin signout staff status support system teams terms tokens undefined user users
    well-known www
    """.split()
)


def path_words() -> frozenset[str]:
    """Return the names that cannot have a profile, because their addresses belong to the site."""
    return _path_words(declared(), first_segments())


@lru_cache(maxsize=4)
def _path_words(declaration: Declaration, segments: frozenset[str]) -> frozenset[str]:
    return segments.union(declaration.reserved_words)


def is_reserved(name: str) -> bool:
    """Return whether nobody can take a name."""
    return name.casefold() in path_words() or name.casefold() in MISLEADING
