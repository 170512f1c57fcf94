"""What happened before a commit, along its first parents."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pygit2

from .children import open_git, records, run_git
from .errors import RevisionNotFound
from .values import CommitInfo


def commit_info(repo: pygit2.Repository, sha: str) -> CommitInfo:
    """Return one commit as a value.

    raises  RevisionNotFound
    """
    commit = repo.get(sha)
    if not isinstance(commit, pygit2.Commit):
        raise RevisionNotFound(f"Invalid rev id: {sha}", revision=sha)
    title, _, message = commit.message.partition("\n")
    return CommitInfo(
        sha=str(commit.id),
        title=title.strip(),
        message=message.strip(),
        author=commit.author.name,
        email=commit.author.email,
        date=datetime.fromtimestamp(commit.commit_time, UTC),
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
    """Return how many commits the first-parent history of a commit has, itself included."""
    done = run_git(folder, "rev-list", "--count", "--first-parent", sha, "--")
    if done.returncode:
        raise RevisionNotFound(f"Invalid rev id: {sha}", revision=sha)
    return int(done.stdout)


def last_commit_ids(folder: Path, sha: str, wanted: Collection[str], *, under: str = "") -> dict[str, str]:
    """Return for each wanted path the newest commit at or before `sha` that changed it or what is in it.

    wanted  paths of files and folders
    under   look only at changes in this folder or file
    """
    left, found = set(wanted), {}
    command = ["log", "--first-parent", "-m", "--name-only", "--no-renames", "-z", "--format=format:%x01%H", sha, "--"]
    current = ""
    with open_git(folder, "--literal-pathspecs", *command, *([under] if under else [])) as child:
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


def _with_parents(path: str) -> set[str]:
    """Return a path and the folders above it."""
    parts = path.split("/")
    return {"/".join(parts[: depth + 1]) for depth in range(len(parts))}
