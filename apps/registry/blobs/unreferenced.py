"""The size of uploads that no commit references yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from .models import KnownXorb, MultipartUpload, RepoObject, UploadReservation


def unreferenced_bytes(user_id: int) -> int:
    """Return the size of a user's uploads in flight, parts, unreferenced xorbs and uncommitted objects."""
    sums = [
        _sum(UploadReservation.objects.filter(user_id=user_id), "user_id", "size"),
        _sum(MultipartUpload.objects.filter(uploaded_by=user_id), "uploaded_by", "received_bytes"),
        _sum(
            KnownXorb.objects.filter(user_id=user_id, unreferenced_bytes__gt=0),
            "user_id",
            "unreferenced_bytes",
        ),
        _sum(RepoObject.objects.filter(uploaded_by=user_id, committed_at=None), "uploaded_by", "size"),
    ]
    return sum(sums[0].union(*sums[1:], all=True))


def _sum(rows: QuerySet[Any], by: str, field: str) -> QuerySet[Any]:
    totals: QuerySet[Any] = (
        rows.order_by().values(by).annotate(total=Sum(field)).values_list("total", flat=True)
    )
    return totals


def incoming_bytes(repo_keys: Iterable[UUID] | QuerySet[Any]) -> int:
    """Return the bytes that were sent to repositories but are not part of a large object yet."""
    sums = [
        UploadReservation.objects.filter(repo_key__in=repo_keys).aggregate(total=Sum("size")),
        MultipartUpload.objects.filter(repo_key__in=repo_keys).aggregate(total=Sum("received_bytes")),
        KnownXorb.objects.filter(repo_key__in=repo_keys, unreferenced_bytes__gt=0).aggregate(
            total=Sum("unreferenced_bytes")
        ),
    ]
    return sum(one["total"] or 0 for one in sums)
