"""Checks of objects against their keys, while they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol

from .errors import WrongBytes


class Verifier(Protocol):
    """Checks an object while it is read."""

    def feed(self, block: bytes) -> None:
        """raises  WrongBytes"""

    def finish(self) -> Mapping[str, bytes]:
        """Return the contents of the object's sidecars, by the ending of their keys.

        raises  WrongBytes
        """


class Sha256Verifier:
    """Checks the SHA-256 of an object; it has no sidecars."""

    def __init__(self, sha256: str) -> None:
        self.sha256, self.digest = sha256, hashlib.sha256()

    def feed(self, block: bytes) -> None:
        self.digest.update(block)

    def finish(self) -> Mapping[str, bytes]:
        if self.digest.hexdigest() != self.sha256:
            raise WrongBytes
        return {}


class NoVerifier:
    """Checks nothing: what is in the folder is verified before it is used."""

    def feed(self, block: bytes) -> None: ...

    def finish(self) -> Mapping[str, bytes]:
        return {}
