"""Receipts of evaluations and the keys that sign them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db import models

from apps.toolchain.contracts import SITE_OPERATOR


class SigningKey(models.Model):
    """A public key of this site; past keys are kept so that old receipts can be verified.

    key_id      first 16 hex digits of the SHA-256 of the raw public key
    public_key  32 raw bytes in base64
    """

    key_id = models.CharField(max_length=16, primary_key=True)
    public_key = models.CharField(max_length=44)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "jobs_signingkey"

    def __str__(self) -> str:
        return self.key_id


class Receipt(models.Model):
    """The signed record of one evaluation; immutable.

    document    the canonical JSON that was signed, byte for byte
    signature   Ed25519 over the document, in base64
    operator    who runs the worker that measured; scores of others than the site are only reported
    scores      copy of the document's scores, for lists
    order_hash  hash of what was ordered; repetitions have the same
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.OneToOneField("jobs.Job", on_delete=models.PROTECT, related_name="receipt")
    model_key = models.UUIDField(null=True)
    dataset_key = models.UUIDField(null=True)
    document = models.TextField()
    signature = models.CharField(max_length=88)
    signing_key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="receipts")
    operator = models.CharField(max_length=120, default=SITE_OPERATOR)
    scores = models.JSONField()
    order_hash = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "jobs_receipt"
        indexes = [
            models.Index(fields=["model_key", "-issued_at", "id"], name="receipts_of_model"),
            models.Index(fields=["dataset_key", "-issued_at", "id"], name="receipts_of_dataset"),
            models.Index(fields=["-issued_at", "id"], name="newest_receipts"),
            models.Index(fields=["order_hash", "issued_at"], name="repetitions"),
        ]

    def __str__(self) -> str:
        return f"receipt {self.id}"

    def get_absolute_url(self) -> str:
        return f"/receipts/{self.id}"

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.document)
        return body

    @property
    def is_verified(self) -> bool:
        """Whether the site's own worker measured what it signed."""
        return self.operator == SITE_OPERATOR

    @property
    def recipe(self) -> str:
        return str(self.body["recipe"])

    def envelope(self) -> dict[str, Any]:
        """Return the receipt for download: the signed body, the signature and its key's id."""
        return {
            "body": self.body,
            "algorithm": "Ed25519",
            "key_id": self.signing_key_id,
            "signature": self.signature,
        }
