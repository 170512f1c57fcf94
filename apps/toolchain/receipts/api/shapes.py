"""Resources of receipts and keys, and the results that workers send."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.fields import Resource, TimestampField
from apps.core.rest.schema import page_of, with_example
from apps.toolchain.contracts import RECEIPT_TYPE
from apps.toolchain.jobs.api.result_shapes import SCORE_EXAMPLE, Score
from apps.toolchain.jobs.api.shapes import COMMIT, HARDWARE_EXAMPLE, PARAMS_EXAMPLE
from apps.toolchain.jobs.api.worker_shapes import WorkerHardware

from ..keys import public_pem
from ..models import Receipt, SigningKey

ALGORITHM = "Ed25519"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
RESULT_EXAMPLE: dict[str, Any] = {
    "attempt": 1,
    "split": "test",
    "samples": 100,
    "scores": [{"name": "accuracy", "value": 0.91, "low": 0.89, "high": 0.93}],
    "labels": ["0", "1"],
    "confusion": [[45, 5], [4, 46]],
    "baseline": {"label": "0", "accuracy": 0.5},
    "bootstrap": {"resamples": 1000, "confidence": 0.95, "seed": 1},
    "log_sha256": SHA256,
    "code_version": "1",
    "versions": {"torch": "2.9"},
    "hardware": HARDWARE_EXAMPLE,
    "duration_seconds": 12.5,
}

BODY_EXAMPLE: dict[str, Any] = {
    "type": RECEIPT_TYPE,
    "id": "8c2d1e4f-3a5b-4c6d-8e7f-9a0b1c2d3e4f",
    "issuer": "https://example.com",
    "issued_at": "2026-01-31T12:00:00+00:00",
    "key_id": "bf173f6733aff834",
    "job": "5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
    "model": {"kind": "model", "address": "owner/tuned", "commit": COMMIT},
    "dataset": {"kind": "dataset", "address": "owner/film-lines", "commit": COMMIT},
    "recipe": "text-classification",
    "params": PARAMS_EXAMPLE,
    "seed": 1,
    "config_hash": SHA256,
    "result": RESULT_EXAMPLE,
}


# --- what is signed; its form is that of the receipt's type and never changes


class SignedRepo(serializers.Serializer[Any]):
    """A repository at a commit, as it was signed."""

    kind = serializers.CharField()
    address = serializers.CharField(help_text="owner/name at the time of signing.")
    commit = serializers.CharField(help_text="Full hash of the commit.")


class SignedScore(serializers.Serializer[Any]):
    """A score as it was signed."""

    name = serializers.CharField(help_text="A metric of the recipe.")
    value = serializers.FloatField(help_text="A fraction of 1 for most metrics.")
    low = serializers.FloatField(required=False, help_text="Lower bound of the confidence interval.")
    high = serializers.FloatField(required=False, help_text="Upper bound of it.")
    n = serializers.IntegerField(required=False, help_text="Number of samples.")
    method = serializers.CharField(required=False, help_text="Of the interval: wilson, bca or delong.")
    unit = serializers.CharField(required=False, help_text="As in /api/v1/recipes.")
    higher_is_better = serializers.BooleanField(required=False, help_text="As in /api/v1/recipes.")


class SignedResult(serializers.Serializer[Any]):
    """What was measured; the optional fields are those of text classification, other recipes add others."""

    attempt = serializers.IntegerField(help_text="Number of the job's attempt.")
    split = serializers.CharField(help_text="Split of the dataset.")
    samples = serializers.IntegerField(help_text="Number of rows.")
    scores = SignedScore(many=True, help_text="What the model reached.")
    log_sha256 = serializers.CharField(help_text="Hash of the log of all predictions.")
    code_version = serializers.CharField(help_text="Version of the recipe's code.")
    versions = serializers.DictField(child=serializers.CharField(), help_text="Versions of libraries.")
    hardware = WorkerHardware(help_text="Of the machine.")
    duration_seconds = serializers.FloatField(help_text="Of the evaluation.")
    labels = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="The classes, in the order of the matrix."
    )
    confusion = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        required=False,
        help_text="Counts by true class (rows) and predicted class.",
    )
    baseline = serializers.DictField(
        required=False, help_text="What a model reaches that always predicts the most frequent class."
    )
    bootstrap = serializers.DictField(
        required=False, help_text="Resamples behind the intervals: of all in type 1, of `bca` in type 2."
    )
    label_match = serializers.CharField(
        required=False, help_text="How labels became classes: name, caseless_name, number or map."
    )
    dtype = serializers.CharField(required=False, help_text="Type of the weights while they were scored.")
    resolved = serializers.DictField(required=False, help_text="What the run chose for params that are auto.")
    artifacts = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="Files that the job keeps: name, sha256, size_bytes and media_type.",
    )
    notes = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="What a reader should know: a code, and values such as the number of truncated texts.",
    )


@with_example(BODY_EXAMPLE)
class ReceiptBody(serializers.Serializer[Any]):
    """What is signed: the configuration of an evaluation and what was measured."""

    type = serializers.CharField(
        help_text=f"{RECEIPT_TYPE}; those before it are evaluation-receipt/1 and have no notes."
    )
    id = serializers.CharField()
    issuer = serializers.CharField(help_text="URL of the site that issued it.")
    issued_at = serializers.CharField(help_text="ISO 8601 time, in seconds.")
    key_id = serializers.CharField(help_text="The key that signed it.")
    job = serializers.CharField(help_text="Id of the job.")
    model = SignedRepo(help_text="The model that was evaluated.")
    dataset = SignedRepo(help_text="The data that it was evaluated on.")
    recipe = serializers.CharField(help_text="Name of the recipe.")
    params = serializers.DictField(help_text="Values of its params.")
    seed = serializers.IntegerField(help_text="Of all random numbers.")
    config_hash = serializers.CharField(help_text="SHA-256 of the configuration's canonical JSON.")
    result = SignedResult()


@with_example(
    {
        "id": "8c2d1e4f-3a5b-4c6d-8e7f-9a0b1c2d3e4f",
        "job_id": "5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
        "created_at": "2026-01-31T12:00:00.000Z",
        "scores": [{**SCORE_EXAMPLE, "split": None}],
        "body": BODY_EXAMPLE,
        "algorithm": ALGORITHM,
        "key_id": "bf173f6733aff834",
        "signature": "bm90IGEgcmVhbCBvbmU=",
    }
)
class ReceiptSerializer(Resource):
    """A signed evaluation. The signature covers the canonical JSON (RFC 8785) of `body`, and nothing else."""

    id = serializers.CharField()
    job_id = serializers.CharField(help_text="The evaluation that it is about.")
    created_at = TimestampField(source="issued_at")
    scores = Score(many=True, help_text="Those of the body.")
    body = serializers.SerializerMethodField(
        help_text="What is signed; /api/v1/receipts/{receipt_id}/payload has its bytes."
    )
    algorithm = serializers.SerializerMethodField(help_text="Of the signature: Ed25519.")
    key_id = serializers.CharField(source="signing_key_id", help_text="One of /api/v1/receipt-keys.")
    signature = serializers.CharField(help_text="64 bytes in base64.")

    @extend_schema_field(ReceiptBody())
    def get_body(self, receipt: Receipt) -> dict[str, Any]:
        return receipt.body

    def get_algorithm(self, receipt: Receipt) -> str:
        return ALGORITHM


ReceiptPage = page_of(ReceiptSerializer)


@with_example(
    {
        "key_id": "bf173f6733aff834",
        "algorithm": ALGORITHM,
        "public_key": "3NbDvtIh3d3+DwritueY2TcwWk4MJIRK9xAOOC32LG0=",
        "pem": "-----BEGIN PUBLIC KEY-----\nMCow…\n-----END PUBLIC KEY-----\n",
        "created_at": "2026-01-31T12:00:00.000Z",
    }
)
class SigningKeySerializer(Resource):
    """A public key of this site. Old ones are kept, since they verify old receipts."""

    key_id = serializers.CharField(help_text="First 16 hex digits of the SHA-256 of the key's bytes.")
    algorithm = serializers.SerializerMethodField(help_text="Of the signature: Ed25519.")
    public_key = serializers.CharField(help_text="32 bytes in base64.")
    pem = serializers.SerializerMethodField(help_text="The same as PEM.")
    created_at = TimestampField()

    def get_algorithm(self, key: SigningKey) -> str:
        return ALGORITHM

    def get_pem(self, key: SigningKey) -> str:
        return public_pem(key.public_key)


SigningKeyPage = page_of(SigningKeySerializer)


# --- workers


@with_example({"config_hash": SHA256, **RESULT_EXAMPLE})
class JobResultCreate(SignedResult):
    """The result of an evaluation; a training sends its own fields, as in the contract."""

    config_hash = serializers.CharField(help_text="As in the receipt.")


@with_example({"receipt": "8c2d1e4f-3a5b-4c6d-8e7f-9a0b1c2d3e4f"})
class JobResultReceived(Resource):
    """What became of a result."""

    receipt = serializers.CharField(allow_null=True, help_text="Id of the signed receipt of an evaluation.")
