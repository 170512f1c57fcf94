"""A file is hashed while its xorbs still come in, and what was hashed ahead is never believed against the bytes."""

import os

import pytest
from django.core.cache import cache

from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.services import ahead, shards
from apps.registry.blobs.sha256 import SharedSha256
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_made import MadeFile, MadeTerm, MadeXorb, a_shard, cut

pytestmark = pytest.mark.usefixtures("own_store")

SIZE = 50_000


@pytest.fixture
def xet(client, cast):
    return XetClient(client, a_repo(cast.owner), cast.owner, session=os.urandom(8).hex())


@pytest.fixture
def reads(monkeypatch):
    """Where in their file the shards' own reads begin."""
    starts, read = [], shards.file_blocks

    def file_blocks(terms, start, end, **options):
        starts.append(start)
        return read(terms, start, end, **options)

    monkeypatch.setattr(shards, "file_blocks", file_blocks)
    return starts


def a_file(count: int = 3) -> tuple[MadeFile, list[MadeXorb]]:
    xorbs = [MadeXorb(cut(os.urandom(SIZE), 20_000)) for _ in range(count)]
    return MadeFile([MadeTerm(xorb, 0, 3) for xorb in xorbs]), xorbs


def send(xet: XetClient, xorbs: list[MadeXorb]) -> None:
    for xorb in xorbs:
        assert xet.send_xorb(xorb).status_code == 200
    ahead._hasher.submit(lambda: None).result(20)


def test_xorbs_that_came_in_their_order_are_not_read_again(xet, reads):
    file, xorbs = a_file()
    send(xet, xorbs)

    assert xet.send_shard(a_shard([file]))[-1] == {"type": "result"}

    assert RepoObject.objects.get().sha256 == file.oid
    assert reads == [3 * SIZE]


def test_only_what_follows_the_last_right_guess_is_read(xet, reads):
    file, (one, two, three) = a_file()
    send(xet, [one, three, two])

    assert xet.send_shard(a_shard([file]))[-1] == {"type": "result"}

    assert RepoObject.objects.get().sha256 == file.oid
    assert reads == [SIZE]


def test_the_next_file_of_an_upload_begins_anew(xet, reads):
    (one, first), (two, second) = a_file(), a_file()
    for file, xorbs in ((one, first), (two, second)):
        send(xet, xorbs)
        assert xet.send_shard(a_shard([file]))[-1] == {"type": "result"}

    assert set(RepoObject.objects.values_list("sha256", flat=True)) == {one.oid, two.oid}
    assert reads == [3 * SIZE, 3 * SIZE]


def test_an_upload_without_a_name_is_hashed_at_its_end(xet, reads):
    xet.session = ""
    file, xorbs = a_file()
    send(xet, xorbs)

    assert xet.send_shard(a_shard([file]))[-1] == {"type": "result"}

    assert reads == [0]


def test_a_wrong_claim_is_refused_though_all_was_hashed_ahead(xet, reads):
    _, xorbs = a_file()
    send(xet, xorbs)
    lie = MadeFile([MadeTerm(xorb, 0, 3) for xorb in xorbs], sha256="ab" * 32)

    assert xet.send_shard(a_shard([lie]))[-1]["type"] == "error"

    assert not RepoObject.objects.exists()
    assert reads == [3 * SIZE, 0]


def test_what_was_noted_wrongly_costs_a_second_reading_and_nothing_else(xet, reads):
    file, xorbs = a_file()
    send(xet, xorbs)
    wrong = SharedSha256()
    wrong.update(b"something else")
    chain = ""
    for xorb in xorbs:
        chain = ahead._link(chain, xorb.text)
        cache.set(ahead._state_key(chain), wrong.state)

    assert xet.send_shard(a_shard([file]))[-1] == {"type": "result"}

    assert RepoObject.objects.get().sha256 == file.oid
    assert reads == [3 * SIZE, 0]


def test_a_part_of_a_xorb_is_no_beginning(xet, reads):
    _, (one, two, three) = a_file()
    send(xet, [one, two, three])
    file = MadeFile([MadeTerm(one, 0, 3), MadeTerm(two, 0, 2), MadeTerm(three, 0, 3)])

    assert xet.send_shard(a_shard([file]))[-1] == {"type": "result"}

    assert RepoObject.objects.get().sha256 == file.oid
    assert reads == [SIZE]
