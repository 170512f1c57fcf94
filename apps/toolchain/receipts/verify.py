"""Verifies a receipt: `python -m apps.toolchain.receipts.verify receipt.json --key public.pem`."""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from apps.toolchain.contracts import ContractError, format_message, verify_receipt
from apps.toolchain.contracts.params import gettext_noop as _

RECEIPT_LIMIT_BYTES = 4 << 20
ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True)
class Verification:
    """Result of a verification.

    reason  a sentence that explains it
    body    contents of the receipt, empty if it cannot be read
    """

    is_valid: bool
    reason: str
    body: Mapping[str, Any] = field(default_factory=dict)


class UnreadableReceipt(ValueError):
    """A receipt or key that cannot be read; the text is a plain sentence."""


def read_receipt(data: bytes) -> tuple[dict[str, Any], str]:
    """Return body and signature of a receipt file.

    raises  UnreadableReceipt, also for duplicate keys and for numbers that are not exact
    """
    if len(data) > RECEIPT_LIMIT_BYTES:
        raise UnreadableReceipt(_("The receipt is larger than 4 MiB."))
    try:
        envelope = json.loads(
            data,
            object_pairs_hook=_reject_duplicate_keys,
            parse_float=_parse_float,
            parse_constant=_reject_constant,
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableReceipt(
            error.args[0] if isinstance(error, UnreadableReceipt) else _("The receipt is not valid JSON.")
        ) from None
    if (
        not isinstance(envelope, dict)
        or not isinstance(envelope.get("body"), dict)
        or not isinstance(envelope.get("signature"), str)
    ):
        raise UnreadableReceipt(_("The receipt must have a body and a signature."))
    _check_envelope(envelope)
    return envelope["body"], envelope["signature"]


def _check_envelope(envelope: Mapping[str, Any]) -> None:
    """Reject facts beside the body that the signature does not cover and that contradict it.

    raises  UnreadableReceipt
    """
    body = envelope["body"]
    signed = {
        "algorithm": ALGORITHM,
        "key_id": body.get("key_id"),
        "id": body.get("id"),
        "job_id": body.get("job"),
        "scores": _values_of(body.get("result")),
    }
    given = {**envelope, "scores": _values_of(envelope)} if "scores" in envelope else envelope
    for name, value in signed.items():
        if name in given and given[name] != value:
            words = _("The receipt's %(name)s is not the one that was signed.")
            raise UnreadableReceipt(format_message(words, name=name))


def _values_of(result: object) -> list[list[object]] | None:
    """Return names, values and bounds of scores, in the form of a receipt or of the API."""
    scores = result.get("scores") if isinstance(result, Mapping) else None
    if not isinstance(scores, list) or not all(isinstance(one, Mapping) for one in scores):
        return None
    return [[one.get(part) for part in ("name", "value", "low", "high")] for one in scores]


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableReceipt(_("The receipt has a duplicate key."))
    return found


def _parse_float(text: str) -> float:
    number = float(text)
    if Decimal(text) != Decimal(repr(number)):
        raise UnreadableReceipt(format_message(_("%(text)s is not an exact number."), text=text[:40]))
    return number


def _reject_constant(name: str) -> None:
    raise UnreadableReceipt(format_message(_("%(text)s is not a number."), text=name))


def read_keys(data: bytes) -> list[str]:
    """Return the public keys (base64 of the raw bytes) of a file.

    data    PEM, base64 or the response of /api/v1/receipt-keys

    raises  UnreadableReceipt
    """
    text = data.decode("utf-8", "replace").strip()
    try:
        if text.startswith("-----"):
            return [_raw_base64(load_pem_public_key(text.encode()))]
        if text.startswith("{"):
            page = json.loads(text)
            keys = page["items"] if "items" in page else page["keys"]
            return [_checked_base64(str(key["public_key"])) for key in keys]
        return [_checked_base64(text)]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnreadableReceipt(
            _(
                "The key must be an Ed25519 public key in PEM or base64, "
                "or the response of /api/v1/receipt-keys."
            )
        ) from None


def _raw_base64(key: object) -> str:
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def _checked_base64(text: str) -> str:
    Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    return text


def check(receipt: bytes, keys: Sequence[str]) -> Verification:
    """Verify that one of the keys signed the receipt."""
    try:
        body, signature = read_receipt(receipt)
    except (UnreadableReceipt, ContractError) as error:
        return Verification(False, error.args[0])
    if any(verify_receipt(body, signature, key) for key in keys):
        return Verification(True, _("Signature valid: the receipt is unchanged since signing."), body)
    return Verification(
        False, _("Signature invalid: the receipt was changed or signed with another key."), body
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the result and return 0 if the receipt is valid, 1 if not, 2 if something cannot be read."""
    parser = argparse.ArgumentParser(
        prog="verify", description="Verify a receipt with the public key of the site that issued it."
    )
    parser.add_argument("receipt", type=Path, help="receipt as JSON, from /api/v1/receipts/{id}")
    parser.add_argument(
        "--key",
        type=Path,
        required=True,
        help="public key: PEM, base64 or the response of /api/v1/receipt-keys",
    )
    given = parser.parse_args(arguments)
    try:
        verification = check(given.receipt.read_bytes(), read_keys(given.key.read_bytes()))
    except (OSError, UnreadableReceipt) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    print(verification.reason)  # noqa: T201
    return 0 if verification.is_valid else 1


if __name__ == "__main__":
    sys.exit(main())
