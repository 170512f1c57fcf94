"""Examples of jobs, receipts and worker requests for the OpenAPI document."""

from typing import Any

from apps.core.rest_document import register_examples

JOB_ID, RECEIPT_ID = "5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e", "8c2d1e4f-3a5b-4c6d-8e7f-9a0b1c2d3e4f"
SHA, SHA256 = (
    "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)
AT = "2026-01-31T12:00:00Z"
INPUTS = {"model": {"kind": "model", "address": "owner/tiny-llama", "commit": SHA}}
OUTPUT = {"kind": "model", "address": "owner/tuned", "is_private": False}
HARDWARE = {"device": "cpu", "name": "x86_64", "cores": 2, "memory_bytes": 8_000_000_000, "devices": 0}
PARAMS = {"text_column": "text", "label_column": "label"}
RECEIPT = {
    "body": {"kind": "evaluation"},
    "algorithm": "Ed25519",
    "key_id": "k1",
    "signature": "bm90IGEgcmVhbCBvbmU=",
}
SCORE = {"name": "accuracy", "value": 0.91, "low": 0.89, "high": 0.93}
JOB: dict[str, Any] = {
    "id": JOB_ID,
    "kind": "fine_tune",
    "recipe": "text-classification",
    "state": "running",
    "namespace": "owner",
    "submitted_by": "owner",
    "inputs": INPUTS,
    "output": OUTPUT,
    "outputs": [],
    "receipt": None,
    "params": PARAMS,
    "seed": 1,
    "device": "cpu",
    "is_public": True,
    "attempt": 1,
    "progress": {"step": 10, "total": 100, "phase": "training"},
    "checkpoint_step": None,
    "hardware": HARDWARE,
    "fault": "",
    "code": "",
    "message": "",
    "created_at": AT,
    "not_before": None,
    "claimed_at": AT,
    "started_at": AT,
    "finished_at": None,
    "cancel_requested_at": None,
    "url": f"/jobs/{JOB_ID}",
}
EVENT = {
    "id": 12,
    "attempt": 1,
    "seq": 3,
    "kind": "metric",
    "at": AT,
    "data": {"step": 10, "values": {"loss": 0.4}},
}
SPEC = {
    "id": JOB_ID,
    "kind": "fine_tune",
    "recipe": "text-classification",
    "inputs": INPUTS,
    "output": OUTPUT,
    "params": PARAMS,
    "seed": 1,
    "submitted_by": "owner",
    "hub_url": "https://example.com",
    "steps_limit": 1_000_000,
}
RECIPE = {
    "kind": "fine_tune",
    "name": "text-classification",
    "label": "Text classification",
    "inputs": {"model": "model", "dataset": "dataset"},
    "output_kind": "model",
    "params": [
        {
            "name": "epochs",
            "kind": "number",
            "default": 3,
            "label": "Epochs",
            "help": "",
            "minimum": 0.1,
            "maximum": 100,
            "required": False,
        }
    ],
}
KEY = {
    "key_id": "k1",
    "algorithm": "Ed25519",
    "public_key": "bm90IGEgcmVhbCBvbmU=",
    "pem": "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n",
    "created_at": AT,
    "is_current": True,
}

register_examples(
    {
        "Job": JOB,
        "Event": EVENT,
        "EventBatchIn": {
            "attempt": 1,
            "events": [{"seq": 3, "kind": "log", "at": AT, "data": {"line": "epoch 1"}}],
        },
        "EventsAccepted": {"accepted": 3, "cancel": False},
        "Curves": {"step": [1, 2], "series": {"loss": [0.7, 0.4]}},
        "ClaimIn": {
            "worker": "box-1",
            "hardware": HARDWARE,
            "versions": {"torch": "2.9"},
            "takes_untrusted": True,
        },
        "ClaimOut": {
            "spec": SPEC,
            "key": "hf_…",
            "attempt": 1,
            "lease_seconds": 30,
            "heartbeat_seconds": 2,
            "seconds_left": 86400,
            "is_trusted": False,
        },
        "ResultIn": {
            "attempt": 1,
            "config_hash": SHA256,
            "split": "test",
            "samples": 100,
            "scores": [SCORE],
            "labels": ["0", "1"],
            "confusion": [[45, 5], [4, 46]],
            "baseline": {"accuracy": 0.5},
            "bootstrap": {"rounds": 1000},
            "log_sha256": SHA256,
            "code_version": "0.1.0",
            "versions": {"torch": "2.9"},
            "hardware": HARDWARE,
            "duration_seconds": 12.5,
        },
        "ResultOut": {"receipt": RECEIPT_ID},
        "Receipt": RECEIPT,
        "KeyPage": {"issuer": "https://example.com", "keys": [KEY]},
        "Recipe": RECIPE,
        "RecipePage": {"items": [RECIPE], "next_cursor": None},
    }
)
