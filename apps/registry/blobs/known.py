"""Which xorbs an uploader may reference: those of the repository, and those that it sent or was told of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from .models import KnownXorb, RepoXorb, Xorb

# clients cache for 21 days which xorbs they uploaded or were told of
REMEMBERED = timedelta(days=22)


def known_xorbs(repo_key: UUID, uploader: str) -> QuerySet[Xorb]:
    """Return the xorbs that an uploader may reference in a repository; all others do not exist for it.

    uploader  "" may reference only what was uploaded to the repository
    """
    known = Q(Exists(RepoXorb.objects.filter(repo_key=repo_key, xorb=OuterRef("pk"))))
    if uploader:
        known |= Q(Exists(KnownXorb.objects.filter(uploader=uploader, xorb=OuterRef("pk"))))
    return Xorb.objects.filter(known)


def remember_xorbs(repo_key: UUID, uploader: str, user_id: int | None, xorbs: Iterable[str]) -> None:
    """Record that an uploader is told of xorbs."""
    _write(repo_key, uploader, user_id, dict.fromkeys(xorbs, 0), ["known_at"])


def remember_sent(repo_key: UUID, uploader: str, user_id: int | None, sizes: Mapping[str, int]) -> None:
    """Record that an uploader sent xorbs; they count as unreferenced until a shard references them.

    sizes  xorb -> bytes
    """
    _write(repo_key, uploader, user_id, sizes, ["known_at"])


def remember_named(repo_key: UUID, uploader: str, user_id: int | None, xorbs: Iterable[str]) -> None:
    """Record that a shard references xorbs: they are no longer unreferenced in this repository."""
    names = sorted(xorbs)
    _write(repo_key, uploader, user_id, dict.fromkeys(names, 0), ["known_at", "unreferenced_bytes"])
    others = KnownXorb.objects.filter(repo_key=repo_key, xorb__in=names, unreferenced_bytes__gt=0)
    locked = list(others.select_for_update().order_by("pk").values_list("pk", flat=True))
    KnownXorb.objects.filter(pk__in=locked).update(unreferenced_bytes=0)


def _write(
    repo_key: UUID, uploader: str, user_id: int | None, sizes: Mapping[str, int], changed: list[str]
) -> None:
    if not uploader:
        return
    now = timezone.now()
    rows = [
        KnownXorb(
            uploader=uploader,
            xorb_id=xorb,
            user_id=user_id,
            repo_key=repo_key,
            unreferenced_bytes=size,
            known_at=now,
        )
        for xorb, size in sorted(sizes.items())
    ]
    KnownXorb.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["uploader", "xorb"],
        update_fields=changed,
        batch_size=1000,
    )


def forget_known() -> int:
    """Delete rows older than the clients' own caches and return how many."""
    return KnownXorb.objects.filter(known_at__lt=timezone.now() - REMEMBERED).delete()[0]
