"""Names of projects: their form, their one normalized key, and what resembles them."""

from __future__ import annotations

import re
import sys

from packaging.utils import canonicalize_name

NAME_LIMIT_CHARACTERS = 100
# source  "Names and normalization" of the Python packaging specifications
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# words that people type after `pip install` by mistake, and those of our own paths
NEVER_NAMES = frozenset(
    {"requirements-txt", "requirements", "pip-install", "main", "setup-py", "pyproject-toml", "new"}
)
_RESEMBLING = str.maketrans({"1": "l", "i": "l", "0": "o", "-": "", "_": "", ".": ""})


def project_key(name: str) -> str:
    """Return the normalized name: `Foo_Bar` and `foo-bar` are one project."""
    return str(canonicalize_name(name))


def is_name(name: str) -> bool:
    return len(name) <= NAME_LIMIT_CHARACTERS and NAME.fullmatch(name) is not None


def is_prohibited(key: str) -> bool:
    """Return whether nobody may have a name: modules of Python's own library, and common slips."""
    return key in NEVER_NAMES or key.replace("-", "_") in sys.stdlib_module_names


def resemblance(key: str) -> str:
    """Return what names have in common that people confuse, such as `tool-1` and `tooll`."""
    return key.translate(_RESEMBLING)
