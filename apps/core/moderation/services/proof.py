"""The challenge of the sign-up form: little work for a browser, and much for a flood of accounts."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from apps.core.cache import CachedValue

ALGORITHM, ITERATIONS = "PBKDF2/SHA-256", 2_000
LIFETIME = timedelta(hours=1)
PAYLOAD_LIMIT_CHARACTERS = 4_000
# a solution counts once
USED = CachedValue("used-proof", bool, seconds=LIFETIME.total_seconds())


def _secret() -> str:
    return hashlib.sha256(b"sign-up proof" + settings.SECRET_KEY.encode()).hexdigest()


def new_challenge() -> dict[str, Any]:
    """Return a signed challenge in the form of ALTCHA's widget."""
    from altcha import create_challenge

    challenge = create_challenge(
        ALGORITHM, ITERATIONS, expires_at=timezone.now() + LIFETIME, hmac_secret=_secret()
    )
    return dict(challenge.to_dict())


def is_solved(payload: str) -> bool:
    """Return whether a payload solves a challenge of ours in time, and is used for the first time."""
    if not payload or len(payload) > PAYLOAD_LIMIT_CHARACTERS:
        return False
    from altcha import Payload, verify_solution

    if not verify_solution(payload, _secret()).verified:
        return False
    return USED.add(True, Payload.from_base64(payload).challenge.signature)
