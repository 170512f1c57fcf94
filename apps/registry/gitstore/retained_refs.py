"""Hidden refs that retain replaced and deleted objects for a grace period, for those who still read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from .children import run_git

RETAINED = "refs/kept/"
GRACE = timedelta(days=14)
NAME = re.compile(r"refs/kept/(\d{8})/[0-9a-f]{40}")


def retained_ref_name(sha: str) -> str:
    """Return the hidden ref that retains an object from today."""
    return f"{RETAINED}{datetime.now(UTC):%Y%m%d}/{sha}"


def expired_refs(folder: Path, grace: timedelta = GRACE) -> list[str]:
    """Return the hidden refs whose grace period is over."""
    if not _has_retained(folder):
        return []
    names = run_git(folder, "for-each-ref", "--format=%(refname)", RETAINED).stdout.decode().split()
    last = (datetime.now(UTC) - grace).date()
    return [name for name in names if (found := NAME.fullmatch(name)) and _day(found[1]) < last]


def delete_retained(folder: Path, names: Iterable[str]) -> None:
    """Delete hidden refs; what they retained goes when the repository is cleaned."""
    script = "".join(f"delete {name}\0\0" for name in names)
    if script:
        run_git(folder, "update-ref", "--stdin", "-z", feed=script.encode()).check_returncode()


def _has_retained(folder: Path) -> bool:
    if (folder / RETAINED).is_dir():
        return True
    try:
        with (folder / "packed-refs").open("rb") as file:
            return any(b" refs/kept/" in line for line in file)
    except FileNotFoundError:
        return False


def _day(digits: str) -> date:
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        return date.min
