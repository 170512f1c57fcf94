"""A SHA-256 that one process begins and another goes on with."""

import hashlib
import subprocess
import sys

import pytest

from apps.registry.blobs import sha256
from apps.registry.blobs.sha256 import SharedSha256, can_share

DATA = bytes(range(256)) * 5


@pytest.mark.parametrize("cut", [0, 1, 55, 56, 63, 64, 65, 1000, len(DATA)])
def test_what_is_taken_up_again_ends_as_if_it_had_never_been_set_down(cut):
    first = SharedSha256()
    first.update(DATA[:cut])

    second = SharedSha256(first.state)
    second.update(DATA[cut:])

    assert second.hexdigest() == hashlib.sha256(DATA).hexdigest()
    assert first.hexdigest() == hashlib.sha256(DATA[:cut]).hexdigest()


def test_another_process_goes_on_with_it():
    first = SharedSha256()
    first.update(DATA[:100])
    program = (
        "import sys; from apps.registry.blobs.sha256 import SharedSha256;"
        "digest = SharedSha256(bytes.fromhex(sys.argv[1])); digest.update(bytes.fromhex(sys.argv[2])); print(digest.hexdigest())"
    )

    ended = subprocess.run([sys.executable, "-c", program, first.state.hex(), DATA[100:].hex()], capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == hashlib.sha256(DATA).hexdigest()


def test_a_system_without_the_library_says_so(monkeypatch):
    monkeypatch.setattr(sha256, "_library", lambda: None)
    can_share.cache_clear()
    try:
        assert not can_share()
    finally:
        can_share.cache_clear()
