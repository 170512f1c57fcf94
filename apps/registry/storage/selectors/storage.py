"""Storage used by a repository and its owner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, Sum

from apps.business.usage.meters import Meter
from apps.business.usage.selectors import Quota, quota_of, stored_sizes
from apps.core.cache import CachedValue
from apps.registry.blobs.models import STORED_SOURCE, RepoObject
from apps.registry.contents.revision_limits import check_expansion
from apps.registry.gitstore import GitRepo
from apps.registry.repos.models import Repo

from .large_files import history_of

PRESENT = CachedValue("large-present", dict[str, str], seconds=24 * 3600)


@dataclass(frozen=True, slots=True)
class Totals:
    """Bytes of a repository.

    current       all files at the head of the default branch
    large         all committed large objects, of every version
    only_history  large objects that the head of the default branch does not contain
    files         number of files at the head
    objects       number of large objects
    old_objects   number of large objects in history only
    """

    current: int
    files: int
    large: int
    objects: int
    only_history: int
    old_objects: int

    @property
    def regular(self) -> int:
        return max(0, self.current - (self.large - self.only_history))


@dataclass(slots=True)
class FileVersions:
    """All versions of the large file at one path; old ones are not at the head of the default branch."""

    path: str
    versions: int = 0
    total_bytes: int = 0
    old_bytes: int = 0
    current_bytes: int = 0
    old_sha256s: list[str] = field(default_factory=list)


def storage_quota(namespace_id: int) -> Quota:
    return quota_of(namespace_id, Meter.STORAGE_BYTES)


def large_paths_at(git: GitRepo, sha: str | None) -> dict[str, str]:
    """Return sha256 -> path of the large files of a commit, cached (raises TooManyFiles)."""
    if not sha:
        return {}
    found = PRESENT.get(sha)
    if found is None:
        check_expansion(git, git.tree_id(sha))
        found = {entry.pointer.oid: entry.path for entry in git.tree(sha, recursive=True) if entry.pointer}
        PRESENT.set(found, sha)
    return found


def totals_of(repo: Repo, present: Iterable[str]) -> Totals:
    rows = RepoObject.objects.filter(repo_key=repo.pk).exclude(committed_at=None)
    is_old = ~Q(sha256__in=list(present))
    found: dict[str, Any] = rows.aggregate(
        all=Sum("size"),
        count=Count("pk"),
        old=Sum("size", filter=is_old),
        old_count=Count("pk", filter=is_old),
    )
    return Totals(
        repo.size_bytes,
        repo.file_count,
        found["all"] or 0,
        found["count"],
        found["old"] or 0,
        found["old_count"],
    )


def versions_by_file(repo: Repo, git: GitRepo, present: dict[str, str]) -> list[FileVersions]:
    """Return the large files by their current or last path, largest total first."""
    histories = history_of(repo, git)[1]
    files: dict[str, FileVersions] = {}
    rows = (
        RepoObject.objects.filter(repo_key=repo.pk).exclude(committed_at=None).values_list("sha256", "size")
    )
    for sha256, size in rows.iterator():
        history = histories.get(sha256)
        path = present.get(sha256) or next(iter(history.names), "") if history else ""
        file = files.setdefault(path, FileVersions(path))
        file.versions += 1
        file.total_bytes += size
        if sha256 in present:
            file.current_bytes += size
        else:
            file.old_bytes += size
            file.old_sha256s.append(sha256)
    return sorted(files.values(), key=lambda file: (-file.total_bytes, file.path))


def large_bytes_of(repos: Iterable[Repo]) -> dict[Any, int]:
    """Return repository id -> bytes of its large files that count, in one query."""
    rows = {str(repo.pk): repo for repo in repos}
    sizes = stored_sizes(STORED_SOURCE, rows)
    return {repo.pk: max(0, sizes.get(key, 0) - repo.regular_bytes) for key, repo in rows.items()}
