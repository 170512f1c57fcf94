"""Collecting large files that no ref leads to, repository by repository, and then what no repository needs any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from apps.core.cache import CachedValue
from apps.registry.blobs.generation import raise_generation
from apps.registry.blobs.models import RepoObject, StoredBlob, Xorb
from apps.registry.blobs.services import garbage as stored
from apps.registry.blobs.services.garbage import Tally, Times
from apps.registry.gitstore import RepositoryMissing
from apps.registry.gitstore.large import every_ref, fingerprint, reachable_large

from ..models import Repo
from ..selectors.files import git_of

log = structlog.get_logger(__name__)
SETTLED = CachedValue("garbage-settled", str, seconds=30 * 86400)
BATCH = 500
Tell = Callable[[str], None]


@dataclass(slots=True)
class Collection:
    """What a run did, or in a preview would do, by kind.

    marked   will go after the wait
    removed  is gone
    """

    marked: dict[str, Tally] = field(default_factory=dict)
    removed: dict[str, Tally] = field(default_factory=dict)

    def mark(self, kind: str, found: Tally) -> None:
        self.marked[kind] = self.marked.get(kind, Tally()) + found

    def remove(self, kind: str, found: Tally) -> None:
        self.removed[kind] = self.removed.get(kind, Tally()) + found


LINKS, FILES, BLOBS, XORBS, STRAYS = "links", "files", "blobs", "xorbs", "strays"


def preview_garbage(
    *,
    forget_clients: bool = False,
    tell: Tell = lambda line: None,
    each: Callable[[RepoObject], None] = lambda row: None,
) -> Collection:
    """Return what a run would mark and remove now; nothing is changed.

    each  hears of every object of a repository that no ref leads to
    """
    times, found = Times.now(forget_clients=forget_clients), Collection()
    for key in _holders(tell):
        rows = _unreachable(key, times)
        for row in rows:
            each(row)
        found.mark(LINKS, _sizes(row for row in rows if row.doomed_at is None))
        found.remove(
            LINKS, _sizes(row for row in rows if row.doomed_at and row.doomed_at < times.marked_since)
        )
    found.remove(FILES, stored.tally(stored.lone_files(times)))
    found.mark(STRAYS, stored.adopt_strays(only_look=True))
    found.mark(BLOBS, stored.tally(stored.lone_blobs(times)))
    found.mark(XORBS, stored.tally(stored.lone_xorbs(times)))
    found.remove(BLOBS, stored.tally(stored.marked(StoredBlob, times)))
    found.remove(XORBS, stored.tally(stored.marked(Xorb, times)))
    return found


def collect_garbage(*, forget_clients: bool = False, tell: Tell = lambda line: None) -> Collection:
    """Mark what nothing leads to, and remove what was marked long enough ago. Each step stands alone: a run may be killed and repeated.

    forget_clients  let xorbs go without waiting until clients forgot them; the Xet address changes for that
    raises          Conflict if the Xet address is set by a setting
    """
    if forget_clients:
        tell(f"The Xet address has generation {raise_generation()} now.")
    times, done = Times.now(forget_clients=forget_clients), Collection()
    for key in _holders(tell):
        done.mark(LINKS, _mark_links(key, times))
        done.remove(LINKS, _remove_links(key, times))
    done.remove(FILES, stored.drop_files(times))
    done.mark(STRAYS, stored.adopt_strays())
    done.mark(BLOBS, stored.mark_blobs(times))
    done.mark(XORBS, stored.mark_xorbs(times))
    for kind, removals in ((BLOBS, stored.remove_blobs(times)), (XORBS, stored.remove_xorbs(times))):
        for number, freed in enumerate(removals, 1):
            done.remove(kind, freed)
            if number % BATCH == 0:
                tell(f"{number} {kind} looked at")
    return done


def _holders(tell: Tell) -> Iterator[UUID]:
    """Yield the key of every repository that holds large files, also of those that are deleted or gone."""
    last, number = UUID(int=0), 0
    keys = RepoObject.objects.order_by("repo_key").values_list("repo_key", flat=True).distinct()
    while batch := list(keys.filter(repo_key__gt=last)[:BATCH]):
        yield from batch
        last, number = batch[-1], number + len(batch)
        tell(f"{number} repositories looked at")


def _sizes(rows: Iterable[RepoObject]) -> Tally:
    sizes = [row.size for row in rows]
    return Tally(len(sizes), sum(sizes))


def _old(key: UUID, times: Times) -> QuerySet[RepoObject]:
    return RepoObject.objects.filter(repo_key=key, last_used_at__lt=times.unused_since)


def _unreachable(key: UUID, times: Times) -> list[RepoObject]:
    """Return the old objects of a repository that no ref leads to; none if its files cannot be read."""
    repo = Repo.objects.filter(pk=key).first()
    rows = _old(key, times)
    if repo is None:
        return list(rows)
    try:
        git = git_of(repo)
        refs = every_ref(git)
        word = f"{fingerprint(refs)} {rows.count()} {rows.aggregate(all=Sum('id'))['all']}"
        if SETTLED.get(key) == word:
            return []
        reachable = reachable_large(git, refs)
    except (RepositoryMissing, RuntimeError):
        log.exception("garbage.unreadable", repo=str(key))
        return []
    lone = [row for row in rows if row.sha256 not in reachable]
    if not lone:
        SETTLED.set(word, key)
    return lone


def _mark_links(key: UUID, times: Times) -> Tally:
    """Mark objects that no ref leads to; one that a commit names meanwhile is no longer old, and stays as it is."""
    lone = [row for row in _unreachable(key, times) if row.doomed_at is None]
    marked = 0
    for start in range(0, len(lone), BATCH):
        rows = _old(key, times).filter(pk__in=[row.pk for row in lone[start : start + BATCH]], doomed_at=None)
        marked += rows.update(doomed_at=timezone.now())
    return Tally(marked, sum(row.size for row in lone)) if marked else Tally()


def _remove_links(key: UUID, times: Times) -> Tally:
    """Remove marked objects after one more look at the history; those that a ref leads to again stay."""
    doomed = stored.marked(RepoObject, times).filter(repo_key=key)
    if not doomed.exists():
        return Tally()
    repo, refs, reachable = Repo.objects.filter(pk=key).first(), "", set()
    if repo is not None:
        try:
            every = every_ref(git_of(repo))
            refs, reachable = fingerprint(every), reachable_large(git_of(repo), every)
        except (RepositoryMissing, RuntimeError):
            return Tally()
    return _remove_unless(key, doomed, reachable, refs)


@transaction.atomic
def _remove_unless(key: UUID, doomed: QuerySet[RepoObject], reachable: set[str], refs: str) -> Tally:
    """Remove objects under the repository's lock, which every move of a ref takes; if one moved meanwhile, the next run looks again.

    refs  fingerprint of the refs that `reachable` was read from
    """
    repo = Repo.objects.select_for_update().filter(pk=key).first()
    if repo is not None and fingerprint(every_ref(git_of(repo))) != refs:
        return Tally()
    rows = list(doomed.select_for_update().order_by("sha256"))
    back = [row.pk for row in rows if row.sha256 in reachable]
    RepoObject.objects.filter(pk__in=back).update(doomed_at=None, last_used_at=timezone.now())
    going = [row for row in rows if row.sha256 not in reachable]
    RepoObject.objects.filter(pk__in=[row.pk for row in going]).delete()
    return _sizes(going)
