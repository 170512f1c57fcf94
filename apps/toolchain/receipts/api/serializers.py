"""Serializers of receipts, keys and results."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.rest.schema import page_of, with_example
from apps.toolchain.jobs.api.serializers import HARDWARE_EXAMPLE, HardwarePart


class ScorePart(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="A metric of the recipe.")
    value = serializers.FloatField()
    low = serializers.FloatField(required=False)
    high = serializers.FloatField(required=False)


@with_example(
    {
        "attempt": 1,
        "config_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "split": "test",
        "samples": 100,
        "scores": [{"name": "accuracy", "value": 0.91, "low": 0.89, "high": 0.93}],
        "labels": ["0", "1"],
        "confusion": [[45, 5], [4, 46]],
        "baseline": {"accuracy": 0.5},
        "bootstrap": {"rounds": 1000},
        "log_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "code_version": "0.1.0",
        "versions": {"torch": "2.9"},
        "hardware": HARDWARE_EXAMPLE,
        "duration_seconds": 12.5,
    }
)
class ResultIn(serializers.Serializer[Any]):
    """The result of an evaluation; labels, confusion and baseline are those of text classification."""

    attempt = serializers.IntegerField()
    config_hash = serializers.CharField()
    split = serializers.CharField()
    samples = serializers.IntegerField()
    scores = ScorePart(many=True)
    labels = serializers.ListField(child=serializers.CharField(), required=False)
    confusion = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), required=False
    )
    baseline = serializers.DictField(required=False)
    bootstrap = serializers.DictField(required=False)
    log_sha256 = serializers.CharField()
    code_version = serializers.CharField()
    versions = serializers.DictField(child=serializers.CharField())
    hardware = HardwarePart()
    duration_seconds = serializers.FloatField()


@with_example({"receipt": "8c2d1e4f-3a5b-4c6d-8e7f-9a0b1c2d3e4f"})
class ResultOut(serializers.Serializer[Any]):
    receipt = serializers.UUIDField()


@with_example(
    {
        "body": {"kind": "evaluation"},
        "algorithm": "Ed25519",
        "key_id": "k1",
        "signature": "bm90IGEgcmVhbCBvbmU=",
    }
)
class ReceiptSerializer(serializers.Serializer[Any]):
    """A receipt and its signature: Ed25519 over the canonical JSON (RFC 8785) of the body."""

    body = serializers.DictField()
    algorithm = serializers.CharField()
    key_id = serializers.CharField()
    signature = serializers.CharField(help_text="64 bytes in base64")


ReceiptPage = page_of(ReceiptSerializer)


class KeyPart(serializers.Serializer[Any]):
    key_id = serializers.CharField()
    algorithm = serializers.CharField()
    public_key = serializers.CharField(help_text="32 bytes in base64")
    pem = serializers.CharField()
    created_at = serializers.DateTimeField()
    is_current = serializers.BooleanField()


@with_example(
    {
        "issuer": "https://example.com",
        "keys": [
            {
                "key_id": "k1",
                "algorithm": "Ed25519",
                "public_key": "bm90IGEgcmVhbCBvbmU=",
                "pem": "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n",
                "created_at": "2026-01-31T12:00:00Z",
                "is_current": True,
            }
        ],
    }
)
class KeyPage(serializers.Serializer[Any]):
    issuer = serializers.CharField()
    keys = KeyPart(many=True)
