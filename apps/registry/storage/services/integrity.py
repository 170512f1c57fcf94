"""Checks that every repository's files are there and agree with its row."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pygit2

from apps.core.integrity import Findings, Progress
from apps.registry.contents.services.recovery import unfinished_updates
from apps.registry.gitstore import GitRepo, RepositoryMissing
from apps.registry.gitstore.children import run_git
from apps.registry.gitstore.errors import TooSlow
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of, git_store

ORPHAN_AGE, BATCH = timedelta(days=1), 500


def check_repositories(*, deep: bool, seconds: float, report: Progress) -> Findings:
    """Check that each repository has its folder, that its refs resolve, and that its row knows its head.

    deep     let git read and check every object
    seconds  limit of that for one repository
    """
    findings = Findings("repositories")
    for repo in Repo.objects.select_related("namespace").order_by("pk").iterator(chunk_size=BATCH):
        findings.checked += 1
        findings.problems += [
            f"{repo.address} ({repo.pk}): {fault}" for fault in _faults(repo, deep, seconds)
        ]
        report(f"{findings.checked} repositories, {len(findings.problems)} problems")
    if orphans := sum(1 for _ in _orphans()):
        findings.notes.append(f"{orphans} repository folders have no row.")
    return findings


def _faults(repo: Repo, deep: bool, seconds: float) -> Iterator[str]:
    try:
        git = git_of(repo)
    except RepositoryMissing:
        yield "the git repository is missing"
        return
    broken = [ref.name for ref in git.git.references.objects if _is_broken(git, ref.target)]
    if broken:
        yield (
            f"{broken[0]} and {len(broken) - 1} more refs lead nowhere"
            if broken[1:]
            else f"{broken[0]} leads nowhere"
        )
    elif not _knows_head(repo, git):
        yield "its row does not have the head of the default branch (`manage.py reindex`)"
    if deep and not broken:
        yield from _fsck(git, seconds)


def _is_broken(git: GitRepo, target: pygit2.Oid | str) -> bool:
    """Return whether an object, or the tree of a commit, is missing."""
    if isinstance(target, str):
        return False
    found = git.git.get(target)
    tree = getattr(found, "tree_id", None)
    return found is None or (tree is not None and tree not in git.git)


def _knows_head(repo: Repo, git: GitRepo) -> bool:
    """Return whether the row has the head; a commit may move both while we look."""
    for _ in range(2):
        if (git.target(f"refs/heads/{repo.default_branch}") or "") == repo.head:
            return True
        repo = Repo.objects.filter(pk=repo.pk).first() or repo
    return str(repo.pk) in unfinished_updates()


def _fsck(git: GitRepo, seconds: float) -> Iterator[str]:
    try:
        done = run_git(git.folder, "fsck", "--full", "--no-dangling", "--no-progress", seconds=seconds)
    except TooSlow:
        yield f"git fsck did not end within {seconds:.0f} s"
        return
    if done.returncode:
        words = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        yield f"git fsck: {words[0] if words else done.returncode}"


def _orphans() -> Iterator[Path]:
    """Yield folders without a row that are older than a creation takes."""
    before = time.time() - ORPHAN_AGE.total_seconds()
    folders = git_store().root.glob("??/*.git")
    while batch := {folder.stem: folder for folder in islice(folders, BATCH)}:
        known = {str(key) for key in Repo.objects.filter(pk__in=batch).values_list("pk", flat=True)}
        for name in batch.keys() - known:
            if batch[name].stat().st_mtime < before:
                yield batch[name]
