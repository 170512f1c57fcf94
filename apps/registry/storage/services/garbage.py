"""Garbage collection: first large files that no ref reaches, per repository, then unlinked objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from apps.business.usage.services import grow_item
from apps.core.cache import CachedValue
from apps.registry.blobs.generation import raise_generation
from apps.registry.blobs.models import RepoObject, StoredBlob, Xorb
from apps.registry.blobs.services import garbage as stored
from apps.registry.blobs.services.counting import lock_count
from apps.registry.blobs.services.garbage import CountAndSize, Cutoffs
from apps.registry.gitstore import RepositoryMissing
from apps.registry.gitstore.large import all_ref_tips, fingerprint, reachable_large
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of

log = structlog.get_logger(__name__)
SETTLED = CachedValue("garbage-settled", str, seconds=30 * 86400)
BATCH = 500
Report = Callable[[str], None]


@dataclass(slots=True)
class Collection:
    """What a run did, or would do in a preview, by kind.

    marked   to be removed after the grace period
    removed  removed in this run
    """

    marked: dict[str, CountAndSize] = field(default_factory=dict)
    removed: dict[str, CountAndSize] = field(default_factory=dict)

    def mark(self, kind: str, found: CountAndSize) -> None:
        self.marked[kind] = self.marked.get(kind, CountAndSize()) + found

    def remove(self, kind: str, found: CountAndSize) -> None:
        self.removed[kind] = self.removed.get(kind, CountAndSize()) + found


LINKS, FILES, BLOBS, XORBS, UNTRACKED = "links", "files", "blobs", "xorbs", "untracked"


def preview_garbage(
    *,
    forget_clients: bool = False,
    report: Report = lambda line: None,
    each: Callable[[RepoObject], None] = lambda row: None,
) -> Collection:
    """Return what a run would mark and remove now, without changing anything.

    each  called with every unreachable object of each repository
    """
    cutoffs, found = Cutoffs.now(forget_clients=forget_clients), Collection()
    for key in _repo_keys(report):
        rows = _unreachable(key, cutoffs)
        for row in rows:
            each(row)
        found.mark(LINKS, _sizes(row for row in rows if row.marked_for_deletion_at is None))
        found.remove(
            LINKS,
            _sizes(
                row
                for row in rows
                if row.marked_for_deletion_at and row.marked_for_deletion_at < cutoffs.marked_since
            ),
        )
    found.remove(FILES, stored.measure(stored.orphan_files(cutoffs)))
    found.mark(UNTRACKED, stored.adopt_untracked(dry_run=True))
    found.mark(BLOBS, stored.measure(stored.orphan_blobs(cutoffs)))
    found.mark(XORBS, stored.measure(stored.orphan_xorbs(cutoffs)))
    found.remove(BLOBS, stored.measure(stored.due_for_removal(StoredBlob, cutoffs)))
    found.remove(XORBS, stored.measure(stored.due_for_removal(Xorb, cutoffs)))
    return found


def collect_garbage(*, forget_clients: bool = False, report: Report = lambda line: None) -> Collection:
    """Mark orphans, and remove those marked long enough ago. A run can be interrupted and repeated.

    forget_clients  change the Xet endpoint URL, so that xorbs known to clients' caches need not be kept
    raises          Conflict if XET_GENERATION is set
    """
    if forget_clients:
        report(f"The generation of the Xet endpoint is now {raise_generation()}.")
    cutoffs, done = Cutoffs.now(forget_clients=forget_clients), Collection()
    for key in _repo_keys(report):
        done.mark(LINKS, _mark_links(key, cutoffs))
        done.remove(LINKS, _remove_links(key, cutoffs))
    done.remove(FILES, stored.sweep_files(cutoffs))
    done.mark(UNTRACKED, stored.adopt_untracked())
    done.mark(BLOBS, stored.mark_blobs(cutoffs))
    done.mark(XORBS, stored.mark_xorbs(cutoffs))
    for kind, removals in ((BLOBS, stored.sweep_blobs(cutoffs)), (XORBS, stored.sweep_xorbs(cutoffs))):
        for number, removal in enumerate(removals, 1):
            done.remove(kind, removal)
            if number % BATCH == 0:
                report(f"{number} {kind} checked")
    return done


def collect_as_configured() -> dict[str, dict[str, int]]:
    """Collect garbage unless the settings turn it off; return how much was marked and removed, by kind."""
    if not settings.GARBAGE_COLLECTION:
        return {}
    done = collect_garbage()
    counts = {"marked": done.marked, "removed": done.removed}
    return {
        act: {kind: amount.count for kind, amount in found.items() if amount.count}
        for act, found in counts.items()
    }


def _repo_keys(report: Report) -> Iterator[UUID]:
    """Yield the key of every repository with large files, including deleted and purged ones."""
    last, number = UUID(int=0), 0
    keys = RepoObject.objects.order_by("repo_key").values_list("repo_key", flat=True).distinct()
    while batch := list(keys.filter(repo_key__gt=last)[:BATCH]):
        yield from batch
        last, number = batch[-1], number + len(batch)
        report(f"{number} repositories checked")


def _sizes(rows: Iterable[RepoObject]) -> CountAndSize:
    sizes = [row.size for row in rows]
    return CountAndSize(len(sizes), sum(sizes))


def _unused(key: UUID, cutoffs: Cutoffs) -> QuerySet[RepoObject]:
    return RepoObject.objects.filter(repo_key=key, last_used_at__lt=cutoffs.unused_since)


def _unreachable(key: UUID, cutoffs: Cutoffs) -> list[RepoObject]:
    """Return the unused, unreachable objects of a repository; none if its history cannot be read."""
    repo = Repo.objects.filter(pk=key).first()
    rows = _unused(key, cutoffs)
    if repo is None:
        return list(rows)
    try:
        git = git_of(repo)
        refs = all_ref_tips(git)
        state = f"{fingerprint(refs)} {rows.count()} {rows.aggregate(all=Sum('id'))['all']}"
        if SETTLED.get(key) == state:
            return []
        reachable = reachable_large(git, refs)
    except (RepositoryMissing, RuntimeError):
        log.exception("garbage.unreadable", repo=str(key))
        return []
    orphans = [row for row in rows if row.sha256 not in reachable]
    if not orphans:
        SETTLED.set(state, key)
    return orphans


def _mark_links(key: UUID, cutoffs: Cutoffs) -> CountAndSize:
    """Mark unreachable objects, except those that a commit has used meanwhile."""
    orphans = [row for row in _unreachable(key, cutoffs) if row.marked_for_deletion_at is None]
    marked = 0
    for start in range(0, len(orphans), BATCH):
        rows = _unused(key, cutoffs).filter(
            pk__in=[row.pk for row in orphans[start : start + BATCH]], marked_for_deletion_at=None
        )
        marked += rows.update(marked_for_deletion_at=timezone.now())
    return CountAndSize(marked, sum(row.size for row in orphans)) if marked else CountAndSize()


def _remove_links(key: UUID, cutoffs: Cutoffs) -> CountAndSize:
    """Remove marked objects after checking the history again; keep those that are reachable again."""
    marked_rows = stored.due_for_removal(RepoObject, cutoffs).filter(repo_key=key)
    if not marked_rows.exists():
        return CountAndSize()
    repo, refs, reachable = Repo.objects.filter(pk=key).first(), "", set()
    if repo is not None:
        try:
            tips = all_ref_tips(git_of(repo))
            refs, reachable = fingerprint(tips), reachable_large(git_of(repo), tips)
        except (RepositoryMissing, RuntimeError):
            return CountAndSize()
    return _remove_unless(key, marked_rows, reachable, refs)


@transaction.atomic
def _remove_unless(
    key: UUID, marked_rows: QuerySet[RepoObject], reachable: set[str], refs: str
) -> CountAndSize:
    """Remove objects under the repository's lock, which ref updates take as well.

    Nothing is removed if a ref has moved; the next run tries again.

    refs  fingerprint of the refs that `reachable` was computed from
    """
    repo = Repo.objects.select_for_update().filter(pk=key).first()
    if repo is not None and fingerprint(all_ref_tips(git_of(repo))) != refs:
        return CountAndSize()
    item = lock_count(key)
    rows = list(marked_rows.select_for_update().order_by("sha256"))
    reachable_again = [row.pk for row in rows if row.sha256 in reachable]
    RepoObject.objects.filter(pk__in=reachable_again).update(
        marked_for_deletion_at=None, last_used_at=timezone.now()
    )
    orphans = [row for row in rows if row.sha256 not in reachable]
    RepoObject.objects.filter(pk__in=[row.pk for row in orphans]).delete()
    grow_item(item, -sum(row.size for row in orphans))
    return _sizes(orphans)
