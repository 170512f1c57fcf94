"""Removing what interrupted uploads left behind."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from apps.core.objects.stores import object_store

from ..folders import FOLDERS
from ..known import forget_known
from ..models import MultipartUpload, UploadReservation
from .multipart import discard_multipart

UPLOAD_AGE = timedelta(days=2)


def sweep_uploads(*, age: timedelta = UPLOAD_AGE) -> int:
    """Remove unfinished uploads older than `age`; return how many uploads and files were removed."""
    stale = list(MultipartUpload.objects.filter(created_at__lt=timezone.now() - age)[:1000])
    for upload in stale:
        discard_multipart(upload)
    UploadReservation.objects.filter(started_at__lt=timezone.now() - age).delete()
    forget_known()
    names = [folder.name for folder in FOLDERS]
    return len(stale) + object_store().sweep(older_than_seconds=age.total_seconds(), folders=names)
