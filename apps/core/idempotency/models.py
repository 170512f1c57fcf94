"""Responses stored for a day under the idempotency key of their request."""

from django.db import models
from django.utils import timezone


class StoredResponse(models.Model):
    """The response to a POST with an Idempotency-Key.

    key_digest   hash of the credential, the path and the key
    fingerprint  hash of the query string, content type and body
    status       None while the request is being processed
    body         None if it is not stored: too large, or it contains a secret
    """

    key_digest = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.key_digest[:12]}: {self.status or 'in progress'}"
