"""Hashing during a transfer gives the same hash as hashing afterwards."""

import hashlib
import threading

import pytest

from apps.core.objects.pipeline import WAITING_LIMIT, BackgroundStage, Sha256Stage

BLOCKS = [bytes([number % 251]) * (1000 + number) for number in range(200)]


def test_blocks_are_hashed_in_their_order():
    with Sha256Stage() as digest:
        for block in BLOCKS:
            digest.put(block)

        assert digest.hexdigest() == hashlib.sha256(b"".join(BLOCKS)).hexdigest()


def test_the_producer_waits_once_some_steps_are_behind():
    gate, fed, taken = threading.Event(), [], []

    with BackgroundStage(lambda block: gate.wait(10) and taken.append(block)) as work:
        feeder = threading.Thread(target=lambda: [fed.append(work.put(block)) for block in BLOCKS])
        feeder.start()
        feeder.join(0.2)
        assert len(fed) <= WAITING_LIMIT
        gate.set()
        feeder.join(10)
        work.wait()

    assert taken == BLOCKS


def test_an_error_of_a_step_reaches_the_caller_and_later_steps_are_skipped():
    taken = []

    def take(block):
        taken.append(block)
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"), BackgroundStage(take) as work:
        for block in BLOCKS:
            work.put(block)
        work.wait()

    assert taken == BLOCKS[:1]


def test_an_upload_that_fails_leaves_no_thread_behind():
    before = threading.active_count()

    with pytest.raises(ValueError, match="cut"), Sha256Stage() as digest:
        digest.put(BLOCKS[0])
        raise ValueError("cut")

    assert threading.active_count() == before
