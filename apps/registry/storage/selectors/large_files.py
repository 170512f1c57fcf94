"""Large files in the whole history of a repository, and the space that deleting them reclaims."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from apps.core.cache import CachedValue
from apps.core.web.pagination import page_by_cursor
from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.reclaimable import Reclaimable, reclaimable_by
from apps.registry.contents.revision_limits import check_expansion
from apps.registry.gitstore import GitRepo
from apps.registry.gitstore.large import LargeFileHistory, RefTips, all_ref_tips, fingerprint, large_history
from apps.registry.gitstore.retained_refs import RETAINED
from apps.registry.repos.models import Repo

__all__ = [
    "LargeFile",
    "LargeFiles",
    "Reclaimable",
    "large_files",
    "reclaimable_by_deletion",
    "reclaimable_by_squash",
]

CACHED_LIMIT = 20_000
HISTORIES = CachedValue("large-history", dict[str, LargeFileHistory], seconds=24 * 3600)


@dataclass(frozen=True, slots=True)
class LargeFile:
    """A large object of a repository.

    names      current and former paths, newest first; empty if no commit contains it any more
    refs       full names of the refs whose history contains it
    pushed_at  time of the first commit that added it, or of the upload
    is_shared  whether another repository has it too
    """

    sha256: str
    size: int
    names: tuple[str, ...]
    refs: tuple[str, ...]
    pushed_at: datetime
    xet_hash: str | None
    is_shared: bool


@dataclass(frozen=True, slots=True)
class LargeFiles:
    items: list[LargeFile]
    next_cursor: str | None


def large_files(
    repo: Repo,
    git: GitRepo,
    *,
    cursor: str | None,
    limit: int,
    sort: str = "sha256",
    is_descending: bool = False,
) -> LargeFiles:
    """Return a page of the committed large objects of a repository, reachable from a ref or not.

    sort    sha256 or size
    raises  BadRequest for a bad cursor
    """
    others = RepoObject.objects.filter(sha256=OuterRef("sha256")).exclude(repo_key=repo.pk)
    rows = (
        RepoObject.objects.filter(repo_key=repo.pk)
        .exclude(committed_at=None)
        .annotate(is_shared=Exists(others))
    )
    names = dict.fromkeys((sort, "sha256"))
    order = [f"-{name}" if is_descending else name for name in names]
    page = page_by_cursor(rows, order=order, cursor=cursor, limit=limit)
    refs, histories = history_of(repo, git)
    return LargeFiles(
        [_to_large_file(row, refs, histories.get(row.sha256)) for row in page.items], page.next_cursor
    )


def is_visible(ref: str) -> bool:
    """Return whether a ref is shown; hidden refs retain replaced histories for two weeks."""
    return not ref.startswith(RETAINED)


def _to_large_file(row: RepoObject, refs: RefTips, history: LargeFileHistory | None) -> LargeFile:
    containing = tuple(
        name
        for number, (name, _commit) in enumerate(refs)
        if history and history.refs >> number & 1 and is_visible(name)
    )
    shared: bool = row.is_shared  # type: ignore[attr-defined]
    return LargeFile(
        row.sha256,
        row.size,
        tuple(history.names if history else ()),
        containing,
        row.committed_at or row.created_at,
        row.xet_hash,
        shared,
    )


def history_of(repo: Repo, git: GitRepo) -> tuple[RefTips, dict[str, LargeFileHistory]]:
    """Return all refs, and sha256 -> history of each large file; cached until a ref moves."""
    refs = all_ref_tips(git)
    key = (repo.pk, fingerprint(refs))
    histories = HISTORIES.get(*key)
    if histories is None:
        histories = large_history(git, refs)
        if len(histories) <= CACHED_LIMIT:
            HISTORIES.set(histories, *key)
    return refs, histories


def reclaimable_by_deletion(repo: Repo, sha256s: Iterable[str]) -> Reclaimable:
    """Return the space that deleting these large files from all refs reclaims."""
    return reclaimable_by(repo.pk, sha256s)


def reclaimable_by_squash(repo: Repo, git: GitRepo, ref: str) -> Reclaimable:
    """Return the space that squashing a branch reclaims: large files that only its older commits contain.

    ref     full name, such as refs/heads/main
    raises  RevisionNotFound, TooManyFiles, TooSlow
    """
    head = git.resolve(ref)
    check_expansion(git, git.tree_id(head))
    kept = {entry.pointer.oid for entry in git.tree(head, recursive=True) if entry.pointer}
    refs, histories = history_of(repo, git)
    branch_bit, visible_bits = (
        sum(1 << number for number, (name, _) in enumerate(refs) if matches(name))
        for matches in (ref.__eq__, is_visible)
    )
    return reclaimable_by(
        repo.pk,
        [
            sha256
            for sha256, history in histories.items()
            if history.refs & visible_bits == branch_bit and sha256 not in kept
        ],
    )
