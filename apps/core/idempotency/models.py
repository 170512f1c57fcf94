"""Answers that are kept for a day, each under the key that its request came with."""

from django.db import models
from django.utils import timezone


class StoredResponse(models.Model):
    """The answer to a POST with an Idempotency-Key.

    place        hash of who asked, where, under which key
    fingerprint  hash of what was asked
    status       None while it is being answered
    body         None if it may not be kept: too large, or it holds a secret
    """

    place = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.place[:12]}: {self.status or 'being answered'}"
