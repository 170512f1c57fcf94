"""Evaluation receipts: canonical JSON signed with Ed25519, verifiable with the public key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from .canonical import canonical_json, config_hash
from .errors import ContractError
from .recipes import find_recipe
from .results import EvaluationResult
from .spec import JobSpec, PinnedRepo

RECEIPT_TYPE = "evaluation-receipt/2"
# of a result that the site has signed as it came from a worker that somebody else runs
SELF_REPORTED_TYPE = "self-reported-receipt/1"
SITE_OPERATOR = "site"
NO_PART_OF_ORDER = ("seed", "keep_samples")


def receipt_body(
    *,
    receipt_id: str,
    issuer: str,
    issued_at: str,
    key_id: str,
    spec: JobSpec,
    result: EvaluationResult,
    worker: str = "",
    operator: str = SITE_OPERATOR,
) -> dict[str, Any]:
    """Return the body to sign: the configuration from the spec and the measurements from the result.

    worker    name of the worker that measured
    operator  who runs it: site, person:<name> or organization:<name>
    raises  ContractError if the result belongs to another configuration
    """
    expected = config_hash(spec.config())
    if result.config_hash != expected:
        raise ContractError({"config_hash": "The result belongs to another configuration."})
    measured = result.to_json()
    measured.pop("config_hash")
    return {
        "type": RECEIPT_TYPE if operator == SITE_OPERATOR else SELF_REPORTED_TYPE,
        "id": receipt_id,
        "issuer": issuer,
        "issued_at": issued_at,
        "key_id": key_id,
        "job": spec.id,
        "model": _pinned(spec.inputs["model"]),
        "dataset": _pinned(spec.inputs["dataset"]),
        "recipe": spec.recipe,
        "params": dict(spec.params),
        "seed": spec.seed,
        "config_hash": expected,
        "worker": {"name": worker, "operator": operator},
        "result": measured,
    }


def order_hash(body: Mapping[str, Any]) -> str:
    """Return a hash of what was ordered, which repetitions of an evaluation share.

    Unlike the `config_hash`, it stays when a recipe gets a further parameter: values that are the recipe's
    defaults are left out, and so is what determines no score.
    """
    recipe = find_recipe("evaluate", str(body["recipe"]))
    defaults = recipe.defaults() if recipe else {}
    params = {
        name: value
        for name, value in body["params"].items()
        if name not in NO_PART_OF_ORDER and (name not in defaults or defaults[name] != value)
    }
    commits = [body[name]["commit"] for name in ("model", "dataset")]
    return config_hash({"commits": commits, "recipe": body["recipe"], "params": params, "seed": body["seed"]})


def _pinned(repo: PinnedRepo) -> dict[str, str]:
    return {"kind": repo.kind, "address": repo.address, "commit": repo.commit}


def sign_receipt(body: Mapping[str, Any], private_key_pem: bytes) -> str:
    """Return the Ed25519 signature over the body's canonical JSON, in base64."""
    return base64.b64encode(_private_key(private_key_pem).sign(canonical_json(body))).decode()


def public_key_of(private_key_pem: bytes) -> str:
    """Return the 32 raw bytes of the public key, in base64."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return base64.b64encode(
        _private_key(private_key_pem).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    ).decode()


def verify_receipt(body: Mapping[str, Any], signature: str, public_key: str) -> bool:
    """Return whether the signature is valid for the body; malformed input is not.

    signature   64 bytes in base64
    public_key  32 bytes in base64
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        signed = base64.b64decode(signature, validate=True)
        if base64.b64encode(signed).decode() != signature:  # other last bits of the same bytes
            return False
        key.verify(signed, canonical_json(body))
    except (InvalidSignature, ContractError, ValueError, TypeError, binascii.Error, UnicodeEncodeError):
        return False
    return True


def _private_key(pem: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ContractError({"key": "Must be an Ed25519 private key."})
    return key
