"""How much space deleting some objects of a repository would free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Sum

from .models import FileXorb, RepoObject, Source, Xorb


@dataclass(frozen=True, slots=True)
class Reclaimable:
    """What deleting objects would free.

    count        objects
    quota_bytes  freed of the owner's quota
    disk_bytes   freed in the store: bytes that no other object needs
    """

    count: int
    quota_bytes: int
    disk_bytes: int


def reclaimable_by(repo_key: UUID, sha256s: Iterable[str]) -> Reclaimable:
    """Return what deleting these objects of a repository would free.

    What other repositories share stays on disk.
    """
    going = RepoObject.objects.filter(repo_key=repo_key, sha256__in=list(sha256s))
    staying = RepoObject.objects.exclude(pk__in=going.values("pk"))
    sizes = list(going.values_list("size", flat=True))
    return Reclaimable(len(sizes), sum(sizes), _blob_bytes(going, staying) + _xorb_bytes(going, staying))


def _blob_bytes(going: QuerySet[RepoObject], staying: QuerySet[RepoObject]) -> int:
    others = staying.filter(sha256=OuterRef("sha256"), source=Source.LFS)
    return going.filter(~Exists(others), source=Source.LFS).aggregate(total=Sum("size"))["total"] or 0


def _xorb_bytes(going: QuerySet[RepoObject], staying: QuerySet[RepoObject]) -> int:
    """Return the bytes of xorbs that only the deleted files use.

    A xorb stays while any of its chunks is used.
    """
    orphans = going.filter(~Exists(staying.filter(file=OuterRef("file"))), file__isnull=False).values(
        "file_id"
    )
    needed = FileXorb.objects.exclude(file__in=orphans).filter(xorb=OuterRef("pk"))
    xorbs = Xorb.objects.filter(
        ~Exists(needed), pk__in=FileXorb.objects.filter(file__in=orphans).values("xorb_id")
    )
    return xorbs.aggregate(total=Sum("size"))["total"] or 0
