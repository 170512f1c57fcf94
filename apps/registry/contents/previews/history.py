"""Commits for the pages: of a path, or between two revisions, grouped by day."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.cache import CachedValue, Parts
from apps.core.errors import Unavailable
from apps.registry.gitstore import CommitInfo, GitRepo, TooSlow
from apps.registry.gitstore.children import run_git
from apps.registry.repos.selectors.files import account_of

LIMIT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Row:
    """account: username of the author, empty if unknown"""

    commit: CommitInfo
    account: str


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a head commit is from a base commit.

    ahead   commits only in the head
    behind  commits only in the base
    base    merge base, None if there is none
    """

    ahead: int
    behind: int
    base: str | None


DISTANCES = CachedValue("distance", Distance, seconds=7 * 24 * 3600)


def history_of(git: GitRepo, sha: str, path: str, *, limit: int, skip: int) -> list[str]:
    """Return the first-parent commits that changed a file or folder, newest first.

    raises  TooSlow
    """
    done = run_git(
        git.folder,
        "--literal-pathspecs",
        *("log", "--first-parent", "--format=%H", f"--max-count={limit}", f"--skip={skip}", sha, "--", path),
        seconds=LIMIT_SECONDS,
    )
    return done.stdout.decode().split()


def commits_between(git: GitRepo, base: str, head: str, *, limit: int, skip: int) -> list[CommitInfo]:
    """Return the commits reachable from `head` but not from `base`, newest first.

    raises  TooSlow
    """
    words = ("rev-list", f"--max-count={limit}", f"--skip={skip}", f"{base}..{head}", "--")
    return [
        git.commit(sha) for sha in run_git(git.folder, *words, seconds=LIMIT_SECONDS).stdout.decode().split()
    ]


def distance(git: GitRepo, base: str, head: str) -> Distance:
    """Return how far `head` is from `base`; cached, as it never changes.

    raises  Unavailable if the histories are too long to walk
    """
    found = distances(git, base, [head])[head]
    if found is None:
        raise Unavailable(_("These histories are too long to compare here."))
    return found


def distances(git: GitRepo, base: str, heads: Iterable[str]) -> dict[str, Distance | None]:
    """Return the distance of each head from `base`, None where it would take too long."""
    names: dict[Parts, str] = {(base, head): head for head in heads}
    kept = DISTANCES.get_many(names)
    made: dict[Parts, Distance] = {}
    ends = time.monotonic() + LIMIT_SECONDS
    for name in names.keys() - kept.keys():
        try:
            if time.monotonic() < ends:
                made[name] = _distance(git, base, names[name])
        except TooSlow:
            continue
    if made:
        DISTANCES.set_many(made)
    known = {**kept, **made}
    return {head: known.get(name) for name, head in names.items()}


def _distance(git: GitRepo, base: str, head: str) -> Distance:
    if base == head:
        return Distance(0, 0, base)
    done = run_git(
        git.folder, "rev-list", "--left-right", "--count", f"{base}...{head}", "--", seconds=LIMIT_SECONDS
    )
    behind, ahead = map(int, done.stdout.split())
    both = run_git(git.folder, "merge-base", base, head, seconds=LIMIT_SECONDS).stdout.decode().strip()
    return Distance(ahead, behind, both or None)


def rows_of(commits: Iterable[CommitInfo]) -> list[Row]:
    return [Row(commit, account_of(commit)) for commit in commits]


def days_of(commits: Iterable[CommitInfo]) -> list[tuple[date, list[Row]]]:
    """Group consecutive commits by day, in the current time zone."""
    return [
        (day, list(rows))
        for day, rows in groupby(rows_of(commits), lambda row: timezone.localtime(row.commit.date).date())
    ]
