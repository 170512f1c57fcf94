"""Which paths a repository may hold."""

from __future__ import annotations

import re
import unicodedata

from .errors import BadPath

COMPONENT_LIMIT_BYTES = 255
PATH_LIMIT_BYTES = 1024
DEPTH_LIMIT = 100
# what HFS+ leaves out when it compares names, so that ".g\u200cit" would be ".git" there
IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def check_path(path: str) -> str:
    """Return the path in Unicode NFC if a commit may hold it.

    raises  BadPath with a sentence that says what is wrong
    """
    if not path or path.startswith("/") or path.endswith("/"):
        raise BadPath(f"{_shown(path)} is not a path inside a repository.")
    if path.startswith("..\\"):
        raise BadPath(f"{_shown(path)} points outside the repository.")
    _check_characters(path)
    path = unicodedata.normalize("NFC", path)
    if len(path.encode()) > PATH_LIMIT_BYTES:
        raise BadPath(f"{_shown(path)} is longer than {PATH_LIMIT_BYTES} bytes.")
    parts = path.split("/")
    if len(parts) > DEPTH_LIMIT:
        raise BadPath(f"{_shown(path)} has more than {DEPTH_LIMIT} folders.")
    for part in parts:
        _check_component(part, path)
    return path


def check_pushed_path(raw: bytes) -> str:
    """Return a path as it stands in a pushed tree, where nothing can be put right any more.

    raises  BadPath, for names that are not UTF-8 in NFC too
    """
    try:
        path = raw.decode()
    except UnicodeDecodeError:
        raise BadPath(f"{_shown(raw.decode(errors='replace'))} is not valid UTF-8.") from None
    if check_path(path) != path:
        raise BadPath(f"{_shown(path)} is not in Unicode normal form C. Rename it, or run git config core.precomposeUnicode true.")
    return path


def collision_key(name: str) -> str:
    """Return what two names share that are one name on a file system without case."""
    return unicodedata.normalize("NFC", name).casefold()


def _check_characters(path: str) -> None:
    for character in path:
        category = unicodedata.category(character)
        if category == "Cc":
            raise BadPath(f"{_shown(path)} holds a control character.")
        if category == "Cs":
            raise BadPath(f"{_shown(path)} is not valid UTF-8.")


def _check_component(part: str, path: str) -> None:
    if part in ("", ".", ".."):
        raise BadPath(f"{_shown(path)} holds an empty, . or .. part.")
    if len(part.encode()) > COMPONENT_LIMIT_BYTES:
        raise BadPath(f"A part of {_shown(path)} is longer than {COMPONENT_LIMIT_BYTES} bytes.")
    if any(_is_git_folder(piece) for piece in part.split("\\")):
        raise BadPath(f"{_shown(path)} holds a .git part, which git keeps for itself.")


def _is_git_folder(name: str) -> bool:
    """Return whether some file system takes the name for `.git` (NTFS drops trailing dots, spaces and streams)."""
    plain = IGNORED_BY_HFS.sub("", name).casefold().partition(":")[0].rstrip(". ")
    return plain in (".git", "git~1")


def _shown(path: str) -> str:
    """Return a path as it may stand in a message."""
    text = path if len(path) <= 120 else path[:117] + "..."
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
