"""The site's Ed25519 signing key, created on first use and readable by its owner only."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings

from apps.toolchain.contracts import public_key_of

from .models import SigningKey


def private_key() -> bytes:
    """Return the private key as PEM."""
    path = Path(settings.SIGNING_KEY_FILE)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return _make(path)


def _make(path: Path) -> bytes:
    """Create the key file atomically; if two processes try at once, the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        os.link(draft, path)
    except FileExistsError:
        return path.read_bytes()
    finally:
        draft.unlink()
    return pem


def key_id_of(public_key: str) -> str:
    """Return the id of a public key (base64): the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(base64.b64decode(public_key)).hexdigest()[:16]


def current_key() -> SigningKey:
    """Return the row of the current signing key, added on first use."""
    public_key = public_key_of(private_key())
    return SigningKey.objects.get_or_create(
        key_id=key_id_of(public_key), defaults={"public_key": public_key}
    )[0]


def public_pem(public_key: str) -> str:
    """Return a public key (base64 of its raw bytes) as PEM."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
