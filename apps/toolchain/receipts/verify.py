"""Verifies receipts of evaluations with the public key of the site that issued them.

    python verify.py receipt.json --key keys.json [--file samples.parquet]

This file stands alone: it needs Python 3.9 and the `cryptography` package, no site and no network. A receipt
is JSON with a body and a signature, which is Ed25519 over the body in canonical form (RFC 8785).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

RECEIPT_LIMIT_BYTES = 4 << 20
BLOCK_BYTES = 1 << 20
EXACT_INTEGERS = 2**53
ALGORITHM = "Ed25519"


def _(text: str) -> str:
    """Mark a text for translation, which is the site's affair."""
    return text


VERIFIED, SELF_REPORTED = "verified", "self_reported"
# What the issuer vouches for, by type. Of a result that somebody else measured, it vouches for who sent it.
KINDS = {
    "evaluation-receipt/1": VERIFIED,
    "evaluation-receipt/2": VERIFIED,
    "self-reported-receipt/1": SELF_REPORTED,
}
KIND_WORDS = {
    VERIFIED: _("Verified: the issuer's own worker measured this."),
    SELF_REPORTED: _("Self-reported: a worker that the issuer does not run measured this."),
}


@dataclass(frozen=True)
class Verification:
    """Result of a verification.

    words   a sentence that explains it, with the values' places as %(name)s
    body    contents of the receipt, empty if it cannot be read
    kind    VERIFIED or SELF_REPORTED, "" if it is not valid
    """

    is_valid: bool
    words: str
    values: Mapping[str, object] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""

    @property
    def reason(self) -> str:
        return self.words % self.values if self.values else self.words


class UnreadableReceipt(ValueError):
    """A receipt or key that cannot be read; the text is a plain sentence."""

    def __init__(self, words: str, **values: object) -> None:
        super().__init__(words % values if values else words)
        self.words, self.values = words, values


# --- the receipt


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
    except UnreadableReceipt:
        raise
    except (ValueError, RecursionError):
        raise UnreadableReceipt(_("The receipt is not valid JSON.")) from None
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
            raise UnreadableReceipt(_("The receipt's %(name)s is not the one that was signed."), name=name)


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
    if not math.isfinite(number) or Decimal(text) != Decimal(repr(number)):
        raise UnreadableReceipt(_("%(text)s is not an exact number."), text=text[:40])
    return number


def _reject_constant(name: str) -> None:
    raise UnreadableReceipt(_("%(text)s is not a number."), text=name)


# --- the signed bytes (RFC 8785)


def signed_bytes(value: object) -> bytes:
    """Return the canonical JSON of a value that was read from JSON.

    raises  ValueError for integers beyond 2**53 and for halves of surrogate pairs
    """
    return _canonical(value).encode()


def _canonical(value: object) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_canonical(name)}:{_canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, int) and abs(value) > EXACT_INTEGERS:
        raise ValueError("integer beyond 2**53")
    return json.dumps(value, ensure_ascii=False)


def _float_text(value: float) -> str:
    """Write a number as JavaScript does: 1.0 is 1, from 1e-7 and from 1e21 on it has an exponent."""
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    digits, _e, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
    return f"{digits}e{int(exponent):+d}"


# --- keys


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


# --- verification


def check(receipt: bytes, keys: Sequence[str]) -> Verification:
    """Verify that one of the keys signed the receipt."""
    try:
        body, signature = read_receipt(receipt)
    except UnreadableReceipt as error:
        return Verification(False, error.words, error.values)
    if not any(_is_signed(body, signature, key) for key in keys):
        words = _("Signature invalid: the receipt was changed or signed with another key.")
        return Verification(False, words, body=body)
    kind = KINDS.get(str(body.get("type")), "")
    if not kind:
        words = _("Signature valid, but this verifier does not know the receipt's type %(type)s.")
        return Verification(False, words, {"type": str(body.get("type"))[:80]}, body)
    return Verification(
        True, _("Signature valid: the receipt is unchanged since signing."), body=body, kind=kind
    )


def _is_signed(body: Mapping[str, Any], signature: str, key: str) -> bool:
    try:
        signed = base64.b64decode(signature, validate=True)
        if base64.b64encode(signed).decode() != signature:  # other last bits of the same bytes
            return False
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(signed, signed_bytes(body))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def check_file(body: Mapping[str, Any], name: str, digest: str) -> Verification:
    """Verify that a file is the one whose hash was signed.

    name    of the file among the receipt's artifacts
    digest  SHA-256 of the file, in hex
    """
    result = body.get("result")
    listed = result.get("artifacts") if isinstance(result, Mapping) else None
    found = [one for one in listed or () if isinstance(one, Mapping) and one.get("name") == name]
    if not found:
        return Verification(False, _("The receipt names no file %(name)s."), {"name": name})
    if found[0].get("sha256") != digest:
        return Verification(False, _("%(name)s is not the file that was signed."), {"name": name})
    return Verification(True, _("%(name)s is the file that was signed."), {"name": name})


def summary(body: Mapping[str, Any]) -> list[str]:
    """Return what a valid receipt says, as lines."""
    result, lines = body.get("result"), [f"Issuer: {body.get('issuer')}, {body.get('issued_at')}"]
    for name in ("model", "dataset"):
        repo = body.get(name)
        if isinstance(repo, Mapping):
            lines.append(f"{name.capitalize()}: {repo.get('address')} at {repo.get('commit')}")
    worker = body.get("worker")
    if isinstance(worker, Mapping):
        lines.append(f"Worker: {worker.get('name')}, run by {worker.get('operator')}")
    if not isinstance(result, Mapping):
        return lines
    lines.append(f"Split {result.get('split')}: {result.get('samples')} rows")
    for score, value, low, high in _values_of(result) or ():
        interval = "" if low is None else f" ({low} to {high})"
        lines.append(f"{score}: {value}{interval}")
    notes = [one.get("code") for one in result.get("notes") or () if isinstance(one, Mapping)]
    return [*lines, f"Notes: {', '.join(map(str, notes))}"] if notes else lines


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
    parser.add_argument(
        "--file",
        type=Path,
        action="append",
        default=[],
        help="a file that the receipt names, such as samples.parquet",
    )
    given = parser.parse_args(arguments)
    try:
        verification = check(given.receipt.read_bytes(), read_keys(given.key.read_bytes()))
        digests = [(file.name, _digest(file)) for file in given.file]
    except (OSError, UnreadableReceipt) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    results = [verification]
    if verification.is_valid:
        results += [check_file(verification.body, name, digest) for name, digest in digests]
    lines = [one.reason for one in results]
    if verification.is_valid:
        lines += [KIND_WORDS[verification.kind], *summary(verification.body)]
    print("\n".join(lines))  # noqa: T201
    return 0 if all(one.is_valid for one in results) else 1


def _digest(file: Path) -> str:
    total = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            total.update(block)
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
