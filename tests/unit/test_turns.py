"""Transfers give way to pages, in whichever process they are made, and never for long."""

import os
import socket
import threading
import time

import pytest

from apps.core.turns import LONGEST_PAUSE_SECONDS, Turns, pages_first, turns
from ecosystem.threads import BLOCK_BYTES, PacedSocket


def seconds_of(act) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def test_nobody_waits_when_nobody_works():
    assert seconds_of(Turns().give_way) < LONGEST_PAUSE_SECONDS / 2


def test_a_transfer_waits_for_a_page_but_not_for_ever():
    own = Turns()
    with own:
        assert LONGEST_PAUSE_SECONDS <= seconds_of(own.give_way) < 1
    assert not own.are_taken()


def test_a_page_of_another_process_counts_until_that_process_is_gone():
    own = Turns()
    if not (pid := os.fork()):
        own.take_slot(66)
        own.__enter__()
        os._exit(0)
    os.waitpid(pid, 0)

    assert own.are_taken()
    own.clear(66)
    assert not own.are_taken()


@pytest.mark.parametrize(
    ("facts", "is_page"),
    [
        ({}, True),
        ({"CONTENT_LENGTH": "1000"}, True),
        ({"CONTENT_LENGTH": "9000000"}, False),
        ({"CONTENT_LENGTH": "odd"}, False),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, False),
    ],
)
def test_only_a_request_without_a_large_body_is_a_page(rf, facts, is_page):
    seen = []
    request = rf.get("/")
    request.META.update(facts)

    pages_first(lambda _request: seen.append(turns.are_taken()))(request)

    assert seen == [is_page]
    assert not turns.are_taken()


def test_blocks_come_in_their_order():
    assert list(Turns().between([b"a", b"b", b"c"])) == [b"a", b"b", b"c"]


@pytest.mark.parametrize(("offset", "count"), [(0, None), (5, 3 * BLOCK_BYTES), (BLOCK_BYTES, 1), (0, 10 * BLOCK_BYTES)])
def test_a_file_is_sent_whole_though_in_blocks(tmp_path, offset, count):
    data = os.urandom(4 * BLOCK_BYTES + 7)
    file = tmp_path / "file"
    file.write_bytes(data)
    left, right = socket.socketpair()
    paced, got = PacedSocket(fileno=left.detach()), bytearray()
    reader = threading.Thread(target=lambda: got.extend(b"".join(iter(lambda: right.recv(1 << 16), b""))))
    reader.start()

    with file.open("rb") as opened, paced:
        sent = paced.sendfile(opened, offset, count)
    reader.join(10)
    right.close()

    assert bytes(got) == (data[offset:] if count is None else data[offset : offset + count])
    assert sent == len(got)
