"""Xorbs are parsed block by block, and every malformed one is refused."""

import lz4.frame
import pytest

from apps.registry.blobs.xet.codec import unpack_run
from apps.registry.blobs.xet.errors import MalformedXorb
from apps.registry.blobs.xet.hashes import finish_file_hash, range_hash, to_text, tree_hash
from apps.registry.blobs.xet.xorb import CHUNKS_LIMIT, XorbIndex, XorbReader
from tests.xet_samples import SampleXorb, group_bytes, noise_bytes, record, split_chunks

VECTOR = bytes.fromhex(
    "0028000000280000af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc7c9fa136d4413fa6"
    "001e0000001e0000173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8d86e8112f3c4"
)
FLOATS = b"".join(bytes([number % 251, number % 7, 61, 63]) for number in range(9000)) + b"\x01\x02\x03"


def read(body: bytes, *, block: int = 1 << 20) -> tuple[bytes, XorbIndex, int]:
    reader = XorbReader()
    for start in range(0, len(body), block):
        reader.feed(body[start : start + block])
    hash, index = reader.finish()
    return hash, index, reader.body_bytes


def test_the_vector_of_two_chunks_has_the_clients_hashes():
    hash, index, size = read(VECTOR)

    assert to_text(hash) == "cba4c55ff5da33453a4d3eea4bb770628aa7e7a6beb7b45a0fde009208a8057a"
    assert [to_text(index.hash_at(number)) for number in range(2)] == [
        "5b6a5d30b714b089482bcbcee14df40c8139635948d049219e4f2489a9d28cf7",
        "dc68654afd8f755bbbc57d27bc57ec08de30aee830fe9537c001b17d5a14e9f4",
    ]
    assert (
        to_text(finish_file_hash(tree_hash(index.leaves(0, 2))))
        == "44b0b8c12e622f77ea42e45aa1d0e9d85af5ae431c08a8a4a7c2fe997d3a8461"
    )
    assert (
        to_text(range_hash(index.hashes_of(0, 2)))
        == "56d714a48096db00200ed706ae488089328ca96a6742b8d2519c6679db66bbe4"
    )
    assert (size, index.size, index.raw_size) == (86, 86, 70)


def test_byte_grouping_is_the_clients_own():
    assert group_bytes(bytes(range(11))).hex() == "0004080105090206 0a0307".replace(" ", "")


@pytest.mark.parametrize("block", [1, 7, 1000, 1 << 20])
def test_blocks_of_any_size_give_the_same_xorb(block):
    xorb = SampleXorb([noise_bytes(5000), FLOATS, b"a" * 131072], [0, 2, 1])

    hash, index, _ = read(xorb.body, block=block)

    assert hash == xorb.hash
    assert index.raw.tolist() == [5000, 5000 + len(FLOATS), 5000 + len(FLOATS) + 131072]


def test_runs_of_records_unpack_to_what_was_packed():
    xorb = SampleXorb(
        [*split_chunks(FLOATS, 8191), b"z" * 9000, noise_bytes(1), noise_bytes(2), noise_bytes(3)],
        [2] * 5 + [1, 2, 1, 0],
    )
    _, index, _ = read(xorb.body)

    part = xorb.body[index.stored_at(2) : index.stored_at(9)]

    assert unpack_run(part, index.raw_length(2, 9)) == b"".join(xorb.chunks[2:9])


def test_an_index_survives_being_stored():
    _, index, _ = read(SampleXorb(split_chunks(noise_bytes(50_000), 9000)).body)

    again = XorbIndex.from_bytes(index.to_bytes())

    assert again.leaves(0, again.count) == index.leaves(0, index.count)
    assert again.ends.tolist() == index.ends.tolist()


def test_an_old_clients_footer_is_left_out():
    xorb = SampleXorb([noise_bytes(100), noise_bytes(200)])

    hash, _, size = read(xorb.body + b"XETBLOB\x01" + b"\xee" * 300, block=50)

    assert hash == xorb.hash
    assert size == len(xorb.body)


BOMB = lz4.frame.compress(bytes(1 << 24), store_size=False)
LIES = {
    "nothing": b"",
    "half a header": record(noise_bytes(10))[:5],
    "truncated body": SampleXorb([noise_bytes(500), noise_bytes(900)]).body[:-1],
    "another version": record(noise_bytes(10), version=1),
    "scheme 99": record(noise_bytes(10), 99, packed=noise_bytes(10)),
    "scheme 3": record(noise_bytes(10), 3, packed=noise_bytes(10)),
    "no bytes": record(b"", packed=b""),
    "too long": record(noise_bytes(131073)),
    "two lengths": record(noise_bytes(10), packed=noise_bytes(11)),
    "payload far beyond its length": record(noise_bytes(10), 1, packed=noise_bytes(9000)),
    "not a frame": record(noise_bytes(100), 1, packed=noise_bytes(100)),
    "frame of another length": record(noise_bytes(100), 1, length=99),
    "frame that is too short": record(noise_bytes(100), 1, length=101),
    "frame with junk behind": record(
        noise_bytes(100), 1, packed=lz4.frame.compress(noise_bytes(100), store_size=False) + b"junk"
    ),
    "frame that does not end": record(
        noise_bytes(100), 1, packed=lz4.frame.compress(noise_bytes(100), store_size=False)[:-4]
    ),
    "two frames": record(
        noise_bytes(100), 1, packed=lz4.frame.compress(noise_bytes(50)) + lz4.frame.compress(noise_bytes(50))
    ),
    "bomb": record(b"", 1, packed=BOMB[:100_000], length=131072),
    "junk behind the last chunk": record(noise_bytes(100)) + b"\x07junkjunkjunk",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_malformed_xorb_is_refused(lie):
    with pytest.raises(MalformedXorb):
        read(LIES[lie])


def test_a_flipped_payload_byte_changes_the_hash():
    xorb = SampleXorb([noise_bytes(500), noise_bytes(900)])
    body = bytearray(xorb.body)
    body[100] ^= 1

    assert read(bytes(body))[0] != xorb.hash


def test_more_chunks_than_a_xorb_may_hold_are_refused():
    with pytest.raises(MalformedXorb, match="at most 8192 chunks"):
        read(record(b"x") * (CHUNKS_LIMIT + 1))


def test_more_data_than_a_xorb_may_hold_is_refused():
    full = record(bytes(131072), 1) * 512

    assert read(full)[1].raw_size == 64 << 20
    with pytest.raises(MalformedXorb, match="64 MiB"):
        read(full + record(b"x"))
