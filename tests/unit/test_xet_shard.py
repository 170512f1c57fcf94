"""Shards are parsed within bounds; deduplication responses contain keyed hashes only."""

import struct

import pytest

from apps.registry.blobs.xet.errors import MalformedShard
from apps.registry.blobs.xet.hashes import keyed_hash, range_hash, to_text
from apps.registry.blobs.xet.reconstruct import TermList, stored_terms
from apps.registry.blobs.xet.shard import BOOKEND, TAG, dedup_shard, read_shard
from apps.registry.blobs.xet.xorb import XorbReader
from tests.xet_samples import SampleFile, SampleXorb, a_shard, noise_bytes, split_chunks

VECTOR = bytes.fromhex(
    "48465265706f4d6574614461746100556967456a7b815783a5bdd95ccdd14aa902000000000000000000000000000000"
    "772f622ec1b8b044d8e9d0a15ae442eaa4a8081c43aef55a61843a7d99fec2a7000000c0010000000000000000000000"
    "4533daf55fc5a4cb6270b74bea3e4d3a5ab4b7bea6e7a78a7a05a8089200de0f00000000460000000000000002000000"
    "00db9680a414d756898048ae06d70e20d2b842676aa98c32e4bb66db79669c5100000000000000000000000000000000"
    "642bf26f232b9d98bf47c173e0966729e84b2bccacb9cbb872392ca9567e84db00000000000000000000000000000000"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00000000000000000000000000000000"
    "4533daf55fc5a4cb6270b74bea3e4d3a5ab4b7bea6e7a78a7a05a8089200de0f00000000020000004600000000000000"
    "89b014b7305d6a5b0cf44de1cecb2b482149d04859633981f78cd2a989244f9e00000000280000000000000000000000"
    "5b758ffd4a6568dc08ec57bc277dc5bb3795fe30e8ae30def4e9145a7db101c0280000001e0000000000000000000000"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00000000000000000000000000000000"
)


def made_vector() -> tuple[SampleXorb, SampleFile]:
    xorb = SampleXorb([noise_bytes(70)[:40], noise_bytes(70)[40:]])
    return xorb, SampleFile.whole(xorb)


def test_the_vector_is_read_as_the_client_wrote_it():
    shard = read_shard(VECTOR)

    (file,), (xorb,) = shard.files, shard.xorbs
    assert to_text(file.hash) == "44b0b8c12e622f77ea42e45aa1d0e9d85af5ae431c08a8a4a7c2fe997d3a8461"
    assert file.sha256 == "989d2b236ff22b64296796e073c147bfb8cbb9accc2b4be8db847e56a92c3972"
    assert file.proofs is not None
    assert to_text(file.proofs[0].hash) == "56d714a48096db00200ed706ae488089328ca96a6742b8d2519c6679db66bbe4"
    assert (xorb.raw_size, [chunk.length for chunk in xorb.chunks]) == (70, [40, 30])


def test_shards_made_here_are_what_the_client_sends():
    xorb, file = made_vector()

    assert a_shard([file], [xorb]) == VECTOR


def test_terms_are_stored_in_44_bytes_each_and_read_back():
    file = read_shard(VECTOR).files[0]

    data = stored_terms(file.terms)

    assert len(data) == 44
    assert TermList(data).size == 70


def test_lookup_tables_and_footer_of_an_old_client_are_ignored():
    assert len(read_shard(VECTOR + b"\x05" * 555).files) == 1


@pytest.mark.parametrize("size", [0, 10, 47, 48, 95, 96, 143, 200, 240, 300, 400, 431, 479])
def test_a_truncated_shard_is_refused(size):
    with pytest.raises(MalformedShard):
        read_shard(VECTOR[:size])


def test_another_tag_or_version_is_refused():
    for wrong in (b"X" + VECTOR[1:], VECTOR[:32] + b"\x03" + VECTOR[33:]):
        with pytest.raises(MalformedShard, match="version 2"):
            read_shard(wrong)


@pytest.mark.parametrize(
    ("offset", "count"), [(84, 2**32 - 1), (84, 2), (324, 2**32 - 1), (324, 0), (324, 8193)]
)
def test_a_count_beyond_the_shard_is_refused_before_anything_is_allocated(offset, count):
    lying = VECTOR[:offset] + struct.pack("<I", count) + VECTOR[offset + 4 :]

    with pytest.raises(MalformedShard):
        read_shard(lying)


def test_a_deduplication_reply_shows_keyed_hashes_and_no_others():
    xorb = SampleXorb(split_chunks(noise_bytes(90_000), 10_000))
    reader = XorbReader()
    reader.feed(xorb.body)
    hash, index = reader.finish()
    key = bytes(range(32))

    reply = dedup_shard([(hash, index)], key=key, now=1_800_000_000, seconds=600)

    (known,) = read_shard(reply).xorbs
    assert [chunk.hash for chunk in known.chunks] == [keyed_hash(index.hash_at(n), key) for n in range(9)]
    assert all(index.hash_at(number) not in reply for number in range(9))
    assert range_hash(index.hashes_of(0, 9)) not in reply
    assert [chunk.start for chunk in known.chunks] == [10_000 * number for number in range(9)]


def test_a_deduplication_reply_ends_with_a_footer_that_points_to_its_tables():
    xorb = SampleXorb(split_chunks(noise_bytes(30_000), 10_000))
    reader = XorbReader()
    reader.feed(xorb.body)

    reply = dedup_shard([reader.finish()], key=b"k" * 32, now=1_000, seconds=600)

    footer = reply[-200:]
    version, files, xorbs, *lookups = struct.unpack_from("<9Q", footer)
    xorb_lookup, xorb_count, chunk_lookup, chunk_count = lookups[2:]
    assert (version, files, xorbs, xorb_count, chunk_count) == (1, 48, 96, 1, 3)
    assert struct.unpack_from("<2Q", footer, 104) == (1_000, 1_600)
    assert struct.unpack_from("<Q", footer, 192)[0] == len(reply) - 200 == chunk_lookup + 3 * 16
    assert struct.unpack_from("<QI", reply, xorb_lookup) == (int.from_bytes(xorb.hash[:8], "little"), 0)
    words = [struct.unpack_from("<QII", reply, chunk_lookup + 16 * number) for number in range(3)]
    assert words == sorted(words)
    assert sorted(number for _, _, number in words) == [0, 1, 2]
    assert reply.startswith(TAG)
    assert reply[48:96] == BOOKEND
