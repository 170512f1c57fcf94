"""Xet hashes equal the clients' own."""

import pytest

from apps.registry.blobs.xet.hashes import (
    ZERO,
    chunk_hash,
    finish_file_hash,
    is_global_chunk,
    keyed_hash,
    range_hash,
    to_raw,
    to_text,
    tree_hash,
)
from tests.xet_samples import noise_bytes

TREES = {
    1: (
        "e80439eb1d5004894cb5dd80472ac190ea4102c68877823ba52a02ba18afc1e7",
        "e15bbaef3e7a17ae101f08e77609ef3c25272c40c18ff3712a6d24386f0ddaa0",
    ),
    2: (
        "53e67ab210c9ef5de846e36befa34cfd1eff4e62befc1820343c39e0b0eb5b0d",
        "4b6edd78a784da2371ff7fb0e699ae9bf59a533ba591561d292f221682f631e8",
    ),
    3: (
        "cbdfff36cac3b2c1aa64a3b54b6e1a1345e9693187628ead3e603ad4bfc469d5",
        "4004c854d451aad9a678ecafb97c0bcc33786651e8f3d404e29c8fd9f4ebf8d2",
    ),
    9: (
        "c895f2945dea0961aeb8c5fec1691bd80fe99a0417a0e2ebe8d3664dfe2dc9b8",
        "1ebdb482c4b11e159efb747b6b34170b3dfb497ebd63d76498b4ab4f82d859ba",
    ),
    10: (
        "fa20ec4f2438bf9914afa746706d1015a4c247e476a3a51a9adddacf54d1e183",
        "3e4ee2c5bdb0d41af7de5c365fe80ce675fec7dc4756400a801255746bcee159",
    ),
    50: (
        "aedd0d9f6950f7bc66d2df891f1682c43b3d688a6863ba90be6f60d81295c61a",
        "b3b5a36328a1ea6c60a726ab2d5b9ce443957b1e46bc788f239904574d94a8c7",
    ),
    1000: (
        "924d18104da73918e0bea983f1deb63685148a483f3907672d1bcc212234d5f8",
        "1a0694412002e402c7d5ac2b236cf63a5c4d7c83129fe2da63f0796c783ce582",
    ),
}


def leaves(count: int) -> list[tuple[bytes, int]]:
    return [(chunk_hash(str(number).encode()), 100 + number) for number in range(count)]


def test_text_form_reverses_each_group_of_eight_bytes():
    text = to_text(bytes(range(32)))

    assert text == "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918"
    assert to_raw(text) == bytes(range(32))


@pytest.mark.parametrize(
    "text", ["", "g" * 64, "A" * 64, "0" * 63, "0" * 65, "0" * 63 + "\n", "+" + "0" * 63]
)
def test_a_text_form_that_is_not_a_hash_is_refused(text):
    with pytest.raises(ValueError, match="hash"):
        to_raw(text)


def test_chunk_hashes_are_the_clients_own():
    assert (
        to_text(chunk_hash(b"hello world"))
        == "4e39378b9d359f118190557a1f44130219a54e5fcfa07bd96cf50b466fe651b1"
    )
    assert (
        to_text(chunk_hash(noise_bytes(1500)))
        == "5c5d19243412d46f3fa33bdce7281dad62fa7ca7e0ed3705922d2d3324a92994"
    )


def test_a_keyed_hash_is_the_clients_own():
    keyed = keyed_hash(chunk_hash(b"hello world"), bytes(range(32)))

    assert to_text(keyed) == "01d774a58eab4d28ea31a959ebdd1adbfb6940544b51a316db7acd593dfdd0b4"


@pytest.mark.parametrize("count", TREES)
def test_trees_of_any_width_are_the_clients_own(count):
    root = tree_hash(leaves(count))

    assert (to_text(root), to_text(finish_file_hash(root))) == TREES[count]


def test_an_empty_tree_and_an_empty_file_are_zero():
    assert tree_hash([]) == ZERO == finish_file_hash(ZERO)


def test_a_range_hash_is_the_clients_own():
    joined = b"".join(hash for hash, _ in leaves(3))

    assert to_text(range_hash(joined)) == "e4384bc0fc76a4f8fde994a22e40ba6997ae4969e436b1d9f8448ae0bc276263"


def test_one_chunk_in_1024_is_queried_globally():
    assert is_global_chunk(bytes(24) + b"\x00\x04" + bytes(6))
    assert not is_global_chunk(bytes(24) + b"\x01\x00" + bytes(6))
