"""Names that some computers cannot store. They are accepted, since others can; people are told."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

# names of devices, with any extension
DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE | re.DOTALL)
NOT_IN_WINDOWS = re.compile(r'[<>:"|?*\\]|[. ]$')


@dataclass(slots=True)
class NameProblems:
    """Paths with names that some computers cannot store.

    clashes     pairs that are one name where case or Unicode form does not count (macOS, Windows)
    unportable  paths whose name Windows does not allow
    """

    clashes: list[tuple[str, str]] = field(default_factory=list)
    unportable: list[str] = field(default_factory=list)


def collision_key(name: str) -> str:
    """Return a key that is equal for names that collide on a case-insensitive file system."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


@lru_cache(maxsize=1 << 14)
def is_portable(name: str) -> bool:
    """Return whether Windows can store a file of this name.

    source  https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    """
    return not NOT_IN_WINDOWS.search(name) and not DEVICE.fullmatch(name)


def name_problems(folder: str, names: Iterable[str], fresh: set[str] | None = None) -> NameProblems:
    """Return the problems of the names in a folder.

    fresh  report only problems that involve one of these names; None for all
    """
    prefix = f"{folder}/" if folder else ""
    problems, seen = NameProblems(), dict[str, str]()
    for name in names:
        other = seen.setdefault(collision_key(name), name)
        if other != name and (fresh is None or name in fresh or other in fresh):
            problems.clashes.append((f"{prefix}{other}", f"{prefix}{name}"))
        if (fresh is None or name in fresh) and not is_portable(name):
            problems.unportable.append(f"{prefix}{name}")
    return problems
