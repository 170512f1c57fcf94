"""The author and commit of each line of a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.cache import CachedValue
from apps.core.errors import Unavailable
from apps.registry.formats.text import render_lines
from apps.registry.gitstore import CommitInfo, Entry, GitRepo, TooSlow
from apps.registry.gitstore.children import run_git
from apps.registry.repos.selectors.files import account_of

PAGE_LINES = 1_000
LIMIT_SECONDS = 20
AGES_DAYS = (3, 14, 45, 120, 365, 1_000)


@dataclass(frozen=True, slots=True)
class Origin:
    """The commit that a run of lines comes from.

    first     number of the first line, from 1
    count     number of lines
    before    sha and path of the file before this commit, if it existed
    """

    sha: str
    first: int
    count: int
    before: tuple[str, str] | None = None


ORIGINS = CachedValue("blame", list[Origin], seconds=24 * 3600)


@dataclass(slots=True)
class Run:
    """Consecutive lines from one commit.

    age  0 for the newest, up to 6
    """

    origin: Origin
    commit: CommitInfo
    account: str
    age: int
    lines: list[tuple[int, SafeString]] = field(default_factory=list)


def blame_of(git: GitRepo, sha: str, entry: Entry, *, first: int) -> tuple[list[Run], int]:
    """Return a page of a text file's lines by origin, and the number of lines in the file.

    first   number of the page's first line, from 1
    raises  Unavailable if git blame takes too long
    """
    text = git.read(entry.oid).decode(errors="replace").removeprefix("\ufeff").replace("\r\n", "\n")
    # git does not count a lone carriage return as a line ending
    lines = text.removesuffix("\n").split("\n")
    shown = render_lines(
        lines, entry.name, min(first - 1, len(lines)), min(first + PAGE_LINES - 1, len(lines))
    )
    commits: dict[str, CommitInfo] = {}
    runs = []
    for origin in _origins(git, sha, entry.path, first, min(first + PAGE_LINES - 1, len(lines))):
        commit = commits.setdefault(origin.sha, git.commit(origin.sha))
        numbers = range(origin.first, min(origin.first + origin.count, first + len(shown)))
        run = Run(
            origin,
            commit,
            account_of(commit),
            _age(commit.date),
            [(number, shown[number - first]) for number in numbers],
        )
        runs.append(run)
    return runs, len(lines)


def _age(moment: datetime) -> int:
    days = (timezone.now() - moment).days
    return next((place for place, limit in enumerate(AGES_DAYS) if days < limit), len(AGES_DAYS))


def _origins(git: GitRepo, sha: str, path: str, first: int, last: int) -> list[Origin]:
    """Return the origins of a range of lines; cached, as they never change."""
    if last < first:
        return []
    name = (sha, first, sha256(path.encode(errors="replace")).hexdigest()[:24])
    kept = ORIGINS.get(*name)
    if kept is None:
        words = (
            "-c",
            "core.quotePath=false",
            "blame",
            "--porcelain",
            "-L",
            f"{first},{last}",
            sha,
            "--",
            path,
        )
        try:
            done = run_git(git.folder, *words, seconds=LIMIT_SECONDS)
        except TooSlow:
            raise Unavailable(_("The history of this file is too long for blame.")) from None
        kept = _join_runs(_parse(done.stdout))
        ORIGINS.set(kept, *name)
    return kept


def _parse(output: bytes) -> list[Origin]:
    """Parse the output of `git blame --porcelain`."""
    found: list[Origin] = []
    before: dict[str, tuple[str, str]] = {}
    sha = ""
    for line in output.split(b"\n"):
        words = line.split(b" ", 2)
        if len(words[0]) == 40 and len(words) > 2 and not line.startswith(b"\t"):
            numbers = words[2].split(b" ")
            sha = words[0].decode()
            if len(numbers) == 2:
                found.append(Origin(sha, int(numbers[0]), int(numbers[1])))
        elif words[0] == b"previous" and len(words) == 3 and not words[2].startswith(b'"'):
            before[sha] = (words[1].decode(), words[2].decode(errors="replace"))
    return [Origin(one.sha, one.first, one.count, before.get(one.sha)) for one in found]


def _join_runs(origins: list[Origin]) -> list[Origin]:
    """Merge adjacent runs of the same commit."""
    joined: list[Origin] = []
    for one in origins:
        if joined and joined[-1].sha == one.sha and joined[-1].first + joined[-1].count == one.first:
            last = joined.pop()
            joined.append(Origin(last.sha, last.first, last.count + one.count, last.before))
        else:
            joined.append(one)
    return joined
