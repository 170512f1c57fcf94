"""Which paths a repository may contain."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from .errors import BadPath

COMPONENT_LIMIT_BYTES = 255
PATH_LIMIT_BYTES = 1024
DEPTH_LIMIT = 100
# most paths; they need no further checks
PLAIN, PLAIN_LIMIT = re.compile(r"[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*"), 2 * DEPTH_LIMIT
# ignored by HFS+ when it compares names: ".g\u200cit" is ".git" there
IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def check_path(path: str) -> str:
    """Return the path in Unicode NFC if a commit may contain it.

    raises  BadPath
    """
    if len(path) <= PLAIN_LIMIT and PLAIN.fullmatch(path):
        return path
    if not path or path.startswith("/") or path.endswith("/"):
        raise BadPath(_("%(path)s is not a path inside a repository.") % {"path": _shown(path)})
    if path.startswith("..\\"):
        raise BadPath(_("%(path)s points outside the repository.") % {"path": _shown(path)})
    _check_characters(path)
    path = unicodedata.normalize("NFC", path)
    if len(path.encode()) > PATH_LIMIT_BYTES:
        raise BadPath(
            _("%(path)s is longer than %(limit)s bytes.") % {"path": _shown(path), "limit": PATH_LIMIT_BYTES}
        )
    parts = path.split("/")
    if len(parts) > DEPTH_LIMIT:
        raise BadPath(
            _("%(path)s is nested more than %(limit)s folders deep.")
            % {"path": _shown(path), "limit": DEPTH_LIMIT}
        )
    for part in parts:
        _check_component(part, path)
    return path


def check_pushed_path(raw: bytes) -> str:
    """Return a path of a pushed tree as it is spelled, since it cannot be normalized any more.

    raises  BadPath, also for names that are not UTF-8
    """
    try:
        path = raw.decode()
    except UnicodeDecodeError:
        raise BadPath(
            _("%(path)s is not valid UTF-8.") % {"path": _shown(raw.decode(errors="replace"))}
        ) from None
    check_path(path)
    return path


def _check_characters(path: str) -> None:
    for character in path:
        category = unicodedata.category(character)
        if category == "Cc":
            raise BadPath(_("%(path)s contains a control character.") % {"path": _shown(path)})
        if category == "Cs":
            raise BadPath(_("%(path)s is not valid UTF-8.") % {"path": _shown(path)})


def _check_component(part: str, path: str) -> None:
    """Check one component.

    A drive (`a:b`) or share of Windows makes the official client refuse the whole repository, on any system.

    source  huggingface_hub `_local_folder.py`
    """
    if part in ("", ".", ".."):
        raise BadPath(_("%(path)s contains an empty, . or .. component.") % {"path": _shown(path)})
    if len(part.encode()) > COMPONENT_LIMIT_BYTES:
        raise BadPath(
            _("A component of %(path)s is longer than %(limit)s bytes.")
            % {"path": _shown(path), "limit": COMPONENT_LIMIT_BYTES}
        )
    if part[1:2] == ":" or part.startswith("\\"):
        raise BadPath(_("%(path)s points outside the repository on Windows.") % {"path": _shown(path)})
    if any(_is_git_folder(piece) for piece in part.split("\\")):
        raise BadPath(_("%(path)s contains .git, which is reserved by git.") % {"path": _shown(path)})


def _is_git_folder(name: str) -> bool:
    """Return whether a file system resolves the name to `.git` (NTFS drops trailing dots, spaces and
    streams).
    """
    plain = IGNORED_BY_HFS.sub("", name).casefold().partition(":")[0].rstrip(". ")
    return plain in (".git", "git~1")


def _shown(path: str) -> str:
    """Return a path for use in a message."""
    text = path if len(path) <= 120 else path[:117] + "..."
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
