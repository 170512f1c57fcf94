"""Pinned dependencies (Python packages, served scripts) and npm's version order."""

from __future__ import annotations

import re
from functools import total_ordering
from pathlib import Path

PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*==\s*(?P<version>[^\s;#\\]+)")
SEMVER = re.compile(
    r"v?(\d{1,18})(?:\.(\d{1,18}))?(?:\.(\d{1,18}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
)

# scripts that pages load, by npm name; htmx is part of django-htmx
SCRIPTS = {"altcha": "3.2.2", "htmx.org": "2.0.10", "mermaid": "11.17.2", "uplot": "1.6.32"}


def read_pins(lock: Path) -> dict[str, str]:
    """Return the versions by package of a lock file (`name==version` per line).

    raises  OSError, ValueError for a line without a pinned version
    """
    pins = {}
    for number, line in enumerate(lock.read_text().splitlines(), 1):
        text = line.partition("#")[0].strip()
        if not text or text.startswith("-"):
            continue
        found = PIN.match(text)
        if found is None:
            raise ValueError(f"{lock}, line {number}: {text[:80]!r} does not pin a version.")
        pins[found["name"]] = found["version"]
    return pins


@total_ordering
class SemanticVersion:
    """source  https://semver.org/#spec-item-11"""

    def __init__(self, numbers: tuple[int, int, int], before: tuple[tuple[int, int, str], ...]) -> None:
        # a release sorts after its pre-releases
        self.key = (numbers, not before, before)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SemanticVersion) and self.key == other.key

    def __lt__(self, other: SemanticVersion) -> bool:
        return self.key < other.key

    def __hash__(self) -> int:
        return hash(self.key)


def semver(text: str) -> SemanticVersion:
    """raises  ValueError if it is not a semantic version"""
    found = SEMVER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:80]!r} is not a semantic version.")
    numbers = (int(found[1]), int(found[2] or 0), int(found[3] or 0))
    parts = found[4].split(".") if found[4] else []
    return SemanticVersion(
        numbers,
        tuple((0, int(part), "") if part.isdigit() and part.isascii() else (1, 0, part) for part in parts),
    )
