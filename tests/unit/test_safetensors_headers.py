"""Safetensors headers: counted when valid, refused when malformed."""

import json

import numpy
import pytest
from safetensors.numpy import save

from apps.registry.formats.safetensors import BadSafetensors, read_safetensors


def file_of(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(raw) if length is None else length).to_bytes(8, "little") + raw + data


def read(content: bytes):
    return read_safetensors(lambda start, end: content[start:end], len(content))


def tensor(shape, offsets, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def test_numbers_are_counted_by_dtype_as_the_library_wrote_them():
    content = save(
        {
            "a": numpy.zeros((7, 3), numpy.float32),
            "b": numpy.zeros(5, numpy.int64),
            "scalar": numpy.array(1, numpy.float32),
        },
        {"format": "np"},
    )

    sums = read(content)

    assert sums.by_dtype == {"F32": 22, "I64": 5}
    assert sums.total == 27


def test_only_the_header_is_read():
    content = save({"a": numpy.zeros(100_000, numpy.float32)})
    ranges = []

    read_safetensors(lambda start, end: ranges.append((start, end)) or content[start:end], len(content))

    assert max(end for _, end in ranges) < 200


MALFORMED = {
    "shorter than the 8 bytes": b"",
    "shorter than the 8 bytes 2": b"1234567",
    "claims": b"\xff" * 64,
    "claims 3 bytes": file_of({}, length=3),
    "not a JSON object": file_of(b"[]"),
    "not a JSON object 2": file_of(b" {}"),
    "not JSON": file_of(b"\xff\xfe"),
    "not JSON 2": file_of(b"[" * 100_000),
    "not described by an object": file_of({"a": 3}),
    "no dtype": file_of({"a": tensor([2], [0, 8], "F33")}, b"x" * 8),
    "no valid shape": file_of({"a": tensor([-2], [0, 8])}, b"x" * 8),
    "no valid shape 2": file_of({"a": tensor([True], [0, 4])}, b"x" * 4),
    "no valid shape 3": file_of({"a": tensor([2], [0])}, b"x" * 8),
    "too large": file_of({"a": tensor([1 << 40, 1 << 40], [0, 8])}, b"x" * 8),
    "do not fit": file_of({"a": tensor([2], [0, 4])}, b"x" * 4),
    "do not fit 2": file_of({"a": tensor([2], [8, 0])}, b"x" * 8),
    "do not fit 3": file_of({"a": tensor([4], [0, 16])}, b"x" * 8),
    "overlap": file_of({"a": tensor([1], [0, 4]), "b": tensor([1], [0, 4])}, b"x" * 4),
    "overlap or leave a gap": file_of({"a": tensor([1], [4, 8])}, b"x" * 8),
    "bytes follow": file_of({"a": tensor([1], [0, 4])}, b"x" * 8),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_header_is_refused(content):
    with pytest.raises(BadSafetensors):
        read(content)


def test_a_header_above_the_limit_is_not_read():
    seen = []

    with pytest.raises(BadSafetensors):
        read_safetensors(
            lambda start, end: seen.append(end - start) or (26_000_000).to_bytes(8, "little"), 1 << 40
        )

    assert seen == [8]
