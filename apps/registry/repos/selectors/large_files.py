"""The large files of a repository, through all of its history, and what deleting some would free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from apps.core.cache import CachedValue
from apps.core.pagination import page_by_cursor
from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.reclaimable import Reclaimable, reclaimable_by
from apps.registry.gitstore import GitRepo
from apps.registry.gitstore.large import LargeFileHistory, RefTips, all_ref_tips, fingerprint, large_history
from apps.registry.gitstore.retained_refs import RETAINED

from ..models import Repo
from ..revision_limits import check_expansion

__all__ = [
    "LargeFile",
    "LargeFiles",
    "Reclaimable",
    "large_files",
    "reclaimable_by_deletion",
    "reclaimable_by_squash",
]

CACHED_LIMIT = 20_000
PLACES = CachedValue("large-history", dict[str, LargeFileHistory], seconds=24 * 3600)


@dataclass(frozen=True, slots=True)
class LargeFile:
    """A large object that a repository holds.

    names      paths where it stands or stood, the newest first; none if no commit has it any more
    refs       full names of the refs whose history has it
    pushed_at  when a commit first named it, or when it was uploaded
    is_shared  whether another repository holds it too
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
    repo: Repo, git: GitRepo, *, cursor: str | None, limit: int, largest_first: bool = False
) -> LargeFiles:
    """Return one page of the large objects that a repository holds and a commit has named, whatever refs have them now.

    raises  BadRequest if the cursor is not one of ours
    """
    others = RepoObject.objects.filter(sha256=OuterRef("sha256")).exclude(repo_key=repo.pk)
    rows = (
        RepoObject.objects.filter(repo_key=repo.pk)
        .exclude(committed_at=None)
        .annotate(is_shared=Exists(others))
    )
    page = page_by_cursor(
        rows, order=("-size", "sha256") if largest_first else ("sha256",), cursor=cursor, limit=limit
    )
    refs, places = history_of(repo, git)
    return LargeFiles(
        [_to_large_file(row, refs, places.get(row.sha256)) for row in page.items], page.next_cursor
    )


def is_open(ref: str) -> bool:
    """Return whether people see a ref; hidden ones hold replaced histories for two weeks."""
    return not ref.startswith(RETAINED)


def _to_large_file(row: RepoObject, refs: RefTips, place: LargeFileHistory | None) -> LargeFile:
    leading = tuple(
        name
        for number, (name, _commit) in enumerate(refs)
        if place and place.refs >> number & 1 and is_open(name)
    )
    shared: bool = row.is_shared  # type: ignore[attr-defined]
    return LargeFile(
        row.sha256,
        row.size,
        tuple(place.names if place else ()),
        leading,
        row.committed_at or row.created_at,
        row.xet_hash,
        shared,
    )


def history_of(repo: Repo, git: GitRepo) -> tuple[RefTips, dict[str, LargeFileHistory]]:
    """Return every ref, and where each large file of their histories stands; kept until a ref moves."""
    refs = all_ref_tips(git)
    name = (repo.pk, fingerprint(refs))
    places = PLACES.get(*name)
    if places is None:
        places = large_history(git, refs)
        if len(places) <= CACHED_LIMIT:
            PLACES.set(places, *name)
    return refs, places


def reclaimable_by_deletion(repo: Repo, sha256s: Iterable[str]) -> Reclaimable:
    """Return what deleting these large files from every ref would free."""
    return reclaimable_by(repo.pk, sha256s)


def reclaimable_by_squash(repo: Repo, git: GitRepo, ref: str) -> Reclaimable:
    """Return what one commit in place of a branch's history would free: large files that only its older commits have.

    ref     full name, such as refs/heads/main
    raises  RevisionNotFound, TooManyFiles, TooSlow
    """
    head = git.resolve(ref)
    check_expansion(git, git.tree_id(head))
    kept = {entry.pointer.oid for entry in git.tree(head, recursive=True) if entry.pointer}
    refs, places = history_of(repo, git)
    only, openly = (
        sum(1 << number for number, (name, _) in enumerate(refs) if picks(name))
        for picks in (ref.__eq__, is_open)
    )
    return reclaimable_by(
        repo.pk,
        [sha256 for sha256, place in places.items() if place.refs & openly == only and sha256 not in kept],
    )
