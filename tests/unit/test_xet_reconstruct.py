"""Files are rebuilt from xorbs, whole or by range, without reading more bytes than necessary."""

import random

import pytest

from apps.registry.blobs.xet.reconstruct import ChunkRange, TermList, plan, rebuild, stored_terms
from apps.registry.blobs.xet.shard import read_shard
from apps.registry.blobs.xet.xorb import XorbIndex, XorbReader
from tests.xet_samples import SampleFile, SampleTerm, SampleXorb, a_shard, noise_bytes, split_chunks

ONE = SampleXorb(split_chunks(noise_bytes(50_000), 5000), [0, 1] * 5)
TWO = SampleXorb(split_chunks(bytes(range(256)) * 100, 3001), [2] * 9)
FILE = SampleFile(
    [SampleTerm(ONE, 2, 5), SampleTerm(TWO, 0, 9), SampleTerm(ONE, 4, 7), SampleTerm(ONE, 9, 10)]
)
DATA = FILE.data
TERMS = TermList(stored_terms(read_shard(a_shard([FILE])).files[0].terms))
BODIES = {xorb.text: xorb.body for xorb in (ONE, TWO)}


def index_of(xorb: str) -> XorbIndex:
    reader = XorbReader()
    reader.feed(BODIES[xorb])
    return reader.finish()[1]


def read(xorb: str, start: int, end: int) -> bytes:
    return BODIES[xorb][start:end]


def bytes_between(start: int, end: int, run: int = 2) -> bytes:
    return b"".join(rebuild(TERMS, start, end, index_of=index_of, read=read, run=run))


def test_a_whole_file_is_rebuilt():
    assert TERMS.size == len(DATA)
    assert bytes_between(0, len(DATA)) == DATA


def test_any_range_is_rebuilt():
    numbers = random.Random(7)
    for _ in range(300):
        start, end = sorted(numbers.sample(range(len(DATA) + 1), 2))
        assert bytes_between(start, end, run=numbers.randint(1, 9)) == DATA[start:end]


@pytest.mark.parametrize("edge", [0, 5000, 15_000, 15_000 + 3001, 15_000 + 25_600, len(DATA) - 5000])
def test_ranges_at_the_edges_of_chunks_and_terms_are_rebuilt(edge):
    for start, end in ((edge, edge + 1), (max(0, edge - 1), edge), (max(0, edge - 1), edge + 1)):
        assert bytes_between(start, end) == DATA[start:end]


def test_no_run_holds_more_chunks_than_allowed():
    sizes = [len(block) for block in rebuild(TERMS, 0, len(DATA), index_of=index_of, read=read, run=2)]

    assert max(sizes) <= 10_000


def test_a_plan_of_the_whole_file_merges_ranges_that_overlap():
    made = plan(TERMS, 0, len(DATA), index_of)

    assert made.skip == 0
    assert [(term.start, term.end) for term in made.terms] == [(2, 5), (0, 9), (4, 7), (9, 10)]
    index = index_of(ONE.text)
    assert made.ranges[ONE.text] == [
        ChunkRange(2, 7, index.stored_at(2), index.stored_at(7) - 1),
        ChunkRange(9, 10, index.stored_at(9), index.size - 1),
    ]


def test_a_plan_of_a_range_omits_other_chunks_and_has_the_bytes_to_skip():
    made = plan(TERMS, 7000, 15_001, index_of)

    assert made.skip == 2000
    assert [(term.xorb, term.start, term.end, term.length) for term in made.terms] == [
        (ONE.text, 3, 5, 10_000),
        (TWO.text, 0, 1, 3001),
    ]


def test_every_plan_unpacks_to_the_requested_bytes():
    numbers = random.Random(11)
    for _ in range(200):
        start, end = sorted(numbers.sample(range(len(DATA) + 1), 2))
        made = plan(TERMS, start, end, index_of)
        whole = b"".join(b"".join(xorb_chunks(term.xorb)[term.start : term.end]) for term in made.terms)
        assert whole[made.skip : made.skip + end - start] == DATA[start:end]
        assert all(
            any(r.start <= t.start and t.end <= r.end for r in made.ranges[t.xorb]) for t in made.terms
        )


def xorb_chunks(text: str) -> list[bytes]:
    return next(xorb.chunks for xorb in (ONE, TWO) if xorb.text == text)


def test_an_empty_file_has_no_terms_and_no_bytes():
    assert TermList(b"").size == 0
    assert list(rebuild(TermList(b""), 0, 0, index_of=index_of, read=read)) == []
