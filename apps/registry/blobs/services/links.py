"""Which repository holds which object."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from ..errors import MissingObject, SizeMismatch
from ..models import MultipartUpload, RepoObject, RepoXorb
from .deposit import Deposit


def link_objects(repo_key: UUID, objects: Iterable[tuple[str, int | None]]) -> dict[str, int]:
    """Mark large objects as named by a commit; call it inside the commit's transaction.

    objects  (sha256, size or None if the commit does not say it)
    returns  sha256 -> size in bytes
    raises   MissingObject if one was not uploaded to this repository, SizeMismatch
    """
    wanted = dict(objects)
    rows = RepoObject.objects.select_for_update().order_by("sha256").filter(repo_key=repo_key, sha256__in=list(wanted))
    sizes = {row.sha256: row.size for row in rows}
    for sha256, size in wanted.items():
        if sha256 not in sizes:
            raise MissingObject(f"The large file {sha256} was not uploaded to this repository.", sha256=sha256)
        if size is not None and size != sizes[sha256]:
            raise SizeMismatch(f"The large file {sha256} has {sizes[sha256]} bytes, not {size}.", sha256=sha256, size=sizes[sha256])
    RepoObject.objects.filter(repo_key=repo_key, sha256__in=list(wanted), committed_at=None).update(committed_at=timezone.now())
    return sizes


def share_object(source: UUID, deposit: Deposit, sha256: str, *, xet_hash: str | None = None) -> RepoObject:
    """Let another repository hold an object without sending it again; the caller may read the source.

    xet_hash  what the caller believes the object's Xet hash to be
    raises    MissingObject if the source does not hold it
    """
    found = RepoObject.objects.filter(repo_key=source, sha256=sha256).exclude(committed_at=None).first()
    if found is None or (xet_hash is not None and xet_hash != found.file_id):
        raise MissingObject("The source repository has no such file.", sha256=sha256)
    facts = {"size": found.size, "source": found.source, "file_id": found.file_id, "uploaded_by": deposit.user_id}
    return RepoObject.objects.get_or_create(repo_key=deposit.repo_key, sha256=sha256, defaults=facts)[0]


def drop_links(repo_key: UUID) -> None:
    """Forget what a deleted repository held; garbage collection frees what nobody else holds."""
    for model in (RepoObject, RepoXorb, MultipartUpload):
        model.objects.filter(repo_key=repo_key).delete()  # type: ignore[attr-defined]
