"""SHA-256 that one process begins and another goes on with. hashlib has none: this is OpenSSL's own, by its C interface."""

from __future__ import annotations

import ctypes
import hashlib
from functools import cache

# source  openssl/sha.h: SHA256_CTX, eight words of chain, two of length, sixteen of an open block, two counters
STATE_BYTES = 112
DIGEST_BYTES = 32


@cache
def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libcrypto.so.3")
        library.SHA256_Update.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t)
        library.SHA256_Init.argtypes = (ctypes.c_void_p,)
        library.SHA256_Final.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    except (OSError, AttributeError):
        return None
    return library


class SharedSha256:
    """A SHA-256 whose state can be written down.

    state   of one that is to be gone on with, STATE_BYTES long
    raises  LookupError where the system has no such library; see `can_share`
    """

    def __init__(self, state: bytes = b"") -> None:
        library = _library()
        if library is None:
            raise LookupError("libcrypto.so.3")
        self._library = library
        self._context = ctypes.create_string_buffer(2 * STATE_BYTES)
        library.SHA256_Init(self._context)
        ctypes.memmove(self._context, state, len(state[:STATE_BYTES]))

    def update(self, data: bytes) -> None:
        self._library.SHA256_Update(self._context, data, len(data))

    @property
    def state(self) -> bytes:
        return self._context.raw[:STATE_BYTES]

    def hexdigest(self) -> str:
        digest, context = ctypes.create_string_buffer(DIGEST_BYTES), ctypes.create_string_buffer(self._context.raw)
        self._library.SHA256_Final(digest, context)
        return digest.raw.hex()


@cache
def can_share() -> bool:
    """Return whether this system's OpenSSL has such states, of the form that is known here."""
    try:
        digest = SharedSha256()
        for part in (b"begun ", b"here and there " * 20):
            digest.update(part)
            digest = SharedSha256(digest.state)
        return digest.hexdigest() == hashlib.sha256(b"begun " + b"here and there " * 20).hexdigest()
    except LookupError:
        return False
