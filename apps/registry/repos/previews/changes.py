"""What a commit changed, against its first parent, within limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pygit2

from apps.registry.gitstore import GitRepo
from apps.registry.gitstore.attributes import looks_binary
from apps.registry.gitstore.children import run_git
from apps.registry.gitstore.pointers import POINTER_LIMIT_BYTES, parse_pointer

FILES_SHOWN, PATCHES_SHOWN, LINES_SHOWN = 300, 60, 2000
PATCH_LIMIT_BYTES = 200 << 10
MARKS = {"+": "added", "-": "removed", " ": ""}


@dataclass(frozen=True, slots=True)
class Line:
    """number: in the new file, or in the old one for what was removed; mark: added, removed, hunk or nothing"""

    mark: str
    number: int | None
    text: str


@dataclass(slots=True)
class ChangedFile:
    """status: added, removed or changed; note: why no (more) lines are shown: large, long, binary, many"""

    path: str
    status: str
    added: int = 0
    removed: int = 0
    lines: list[Line] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    files: list[ChangedFile]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.files)


STATUSES = {"A": "added", "D": "removed"}


def changes_of(git: GitRepo, sha: str, parent: str | None) -> Changes:
    """Return the files that differ from the parent, the first of them with their lines."""
    repo = git.git
    tree = repo[sha].peel(pygit2.Tree)
    diff = repo[parent].peel(pygit2.Tree).diff_to_tree(tree) if parent else tree.diff_to_tree(swap=True)
    left, files = LINES_SHOWN, []
    for place, delta in enumerate(islice(diff.deltas, FILES_SHOWN)):
        file = ChangedFile(delta.new_file.path, STATUSES.get(delta.status_char(), "changed"))
        file.note = _note(git, delta) if place < PATCHES_SHOWN and left > 0 else "many"
        if not file.note:
            _fill(file, diff[place], left)
            left -= len(file.lines)
        files.append(file)
    return Changes(files, len(diff))


def _note(git: GitRepo, delta: Any) -> str:
    """Return why the lines of a file are not shown: large (a pointer), long, binary; or nothing."""
    for side in (delta.new_file, delta.old_file):
        oid = str(side.id)
        if not oid.strip("0"):
            continue
        size = git.blob_size(oid)
        if size > PATCH_LIMIT_BYTES:
            return "long"
        if size <= POINTER_LIMIT_BYTES and parse_pointer(git.read(oid)):
            return "large"
        if looks_binary(git.read(oid)):
            return "binary"
    return ""


def _fill(file: ChangedFile, patch: Any, left: int) -> None:
    _, file.added, file.removed = patch.line_stats
    for hunk in patch.hunks:
        file.lines.append(Line("hunk", None, hunk.header.rstrip()))
        for line in hunk.lines:
            if line.origin in MARKS:
                number = line.old_lineno if line.origin == "-" else line.new_lineno
                file.lines.append(Line(MARKS[line.origin], number, line.content.rstrip("\n")))
            if len(file.lines) >= left:
                file.note = "many"
                return


def history_of(git: GitRepo, sha: str, path: str, *, limit: int, skip: int) -> list[str]:
    """Return the commits along first parents that changed a file or what is in a folder, newest first."""
    done = run_git(
        git.folder,
        "--literal-pathspecs",
        *("log", "--first-parent", "--format=%H", f"--max-count={limit}", f"--skip={skip}", sha, "--", path),
    )
    return done.stdout.decode().split()
