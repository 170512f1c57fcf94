"""The history of a commit along its first parents."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pygit2

from .children import open_git, records, run_git
from .dates import commit_date
from .errors import RevisionNotFound
from .messages import NAME_LIMIT_CHARACTERS, decode_text, title_and_message
from .trees import children_of
from .values import CommitInfo

LIMIT_SECONDS = 10


def commit_info(repo: pygit2.Repository, sha: str) -> CommitInfo:
    """Return one commit as a value.

    raises  RevisionNotFound
    """
    commit = repo.get(sha)
    if not isinstance(commit, pygit2.Commit):
        raise RevisionNotFound(f"Invalid rev id: {sha}", revision=sha)
    encoding = commit.message_encoding
    title, message = title_and_message(commit.raw_message, encoding)
    return CommitInfo(
        sha=str(commit.id),
        title=title,
        message=message,
        author=decode_text(commit.author.raw_name, encoding)[:NAME_LIMIT_CHARACTERS],
        email=decode_text(commit.author.raw_email, encoding)[:NAME_LIMIT_CHARACTERS],
        date=commit_date(commit.commit_time),
        parents=tuple(str(parent) for parent in commit.parent_ids),
    )


def first_parents(repo: pygit2.Repository, sha: str) -> Iterator[str]:
    """Yield a commit, its first parent, the first parent of that, and so on."""
    current: pygit2.Object | None = repo.get(sha)
    while isinstance(current, pygit2.Commit):
        yield str(current.id)
        parents = current.parent_ids
        current = repo.get(parents[0]) if parents else None


def count_commits(folder: Path, sha: str) -> int:
    """Return the length of a commit's first-parent history, itself included.

    raises  TooSlow
    """
    done = run_git(folder, "rev-list", "--count", "--first-parent", sha, "--", seconds=LIMIT_SECONDS)
    if done.returncode:
        raise RevisionNotFound(f"Invalid rev id: {sha}", revision=sha)
    return int(done.stdout)


def last_commit_ids(folder: Path, sha: str, wanted: Collection[str], *, under: str = "") -> dict[str, str]:
    """Return for each path the newest commit at or before `sha` that changed it or its contents.

    Stops after LIMIT_SECONDS with what was found by then, since a commit may change any number of paths.

    wanted  paths of files and folders
    under   consider only changes in this folder or file
    """
    left, found = set(wanted), {}
    command = [
        "log",
        "--first-parent",
        "-m",
        "--name-only",
        "--no-renames",
        "-z",
        "--format=format:%x01%H",
        sha,
        "--",
    ]
    current = ""
    with open_git(
        folder, "--literal-pathspecs", *command, *([under] if under else []), seconds=LIMIT_SECONDS
    ) as child:
        assert child.stdout is not None
        for record in records(child.stdout):
            if record.startswith(b"\x01"):
                head, _, record = record[1:].partition(b"\n")
                current = head.decode()
            for path in _with_parents(record.decode(errors="surrogateescape")) & left:
                found[path] = current
                left.discard(path)
            if not left:
                break
    return found


def last_changes(repo: pygit2.Repository, sha: str, folder: str, names: Collection[str]) -> dict[str, str]:
    """Return for names in a folder the newest commit at or before `sha` that changed their entries.

    Compares the folder's own tree from commit to commit, without descending. Stops after LIMIT_SECONDS with
    what was found by then.
    """
    found: dict[str, str] = {}
    ends = time.monotonic() + LIMIT_SECONDS
    tree = _folder_of(repo, sha, folder)
    left = {name: child for name, child in _names_in(repo, tree).items() if name in names}
    history = first_parents(repo, sha)
    commit = next(history, "")
    while left and commit and time.monotonic() < ends:
        parent = next(history, "")
        before = _folder_of(repo, parent, folder) if parent else None
        if before != tree:
            there = _names_in(repo, before)
            changed = [name for name, child in left.items() if there.get(name) != child]
            found |= dict.fromkeys(changed, commit)
            left = {name: child for name, child in left.items() if name not in found} if changed else left
        commit, tree = parent, before
    return found


def _folder_of(repo: pygit2.Repository, sha: str, path: str) -> pygit2.Oid | None:
    commit = repo[sha].peel(pygit2.Commit)
    if not path:
        return commit.tree_id
    try:
        found = commit.tree[path]
    except (KeyError, ValueError):
        return None
    return found.id if isinstance(found, pygit2.Tree) else None


def _names_in(repo: pygit2.Repository, tree: pygit2.Oid | None) -> dict[str, tuple[int, bytes]]:
    return {name: (mode, raw) for mode, name, raw in children_of(repo, tree)} if tree is not None else {}


def _with_parents(path: str) -> set[str]:
    """Return a path and the folders above it."""
    parts = path.split("/")
    return {"/".join(parts[: depth + 1]) for depth in range(len(parts))}
