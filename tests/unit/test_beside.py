"""Hashing beside a transfer gives the hash that hashing after it gives."""

import hashlib
import threading

import pytest

from apps.registry.blobs.beside import WAITING_LIMIT, Sha256Beside

BLOCKS = [bytes([number % 251]) * (1000 + number) for number in range(200)]


def test_blocks_are_hashed_in_their_order():
    with Sha256Beside() as digest:
        for block in BLOCKS:
            digest.put(block)

        assert digest.hexdigest() == hashlib.sha256(b"".join(BLOCKS)).hexdigest()


def test_who_feeds_it_waits_once_some_steps_are_behind():
    gate, fed = threading.Event(), []

    with Sha256Beside() as digest:
        digest._thread.submit(gate.wait, 10)
        feeder = threading.Thread(target=lambda: [fed.append(digest.put(block)) for block in BLOCKS])
        feeder.start()
        feeder.join(0.2)
        assert len(fed) <= WAITING_LIMIT
        gate.set()
        feeder.join(10)

        assert digest.hexdigest() == hashlib.sha256(b"".join(BLOCKS)).hexdigest()


def test_an_upload_that_fails_leaves_no_thread_behind():
    before = threading.active_count()

    with pytest.raises(ValueError, match="cut"), Sha256Beside() as digest:
        digest.put(BLOCKS[0])
        raise ValueError("cut")

    assert threading.active_count() == before
