"""Safetensors headers: counted as far as they are valid, refused only beyond the limits."""

import json

import numpy
import pytest
from safetensors.numpy import save

from apps.registry.formats.safetensors import BadSafetensors, read_header


def file_of(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(raw) if length is None else length).to_bytes(8, "little") + raw + data


def read(content: bytes):
    return read_header(lambda start, end: content[start:end], len(content)).sums


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
    assert (sums.total, sums.problem) == (27, "")


def test_only_the_header_is_read():
    content = save({"a": numpy.zeros(100_000, numpy.float32)})
    ranges = []

    read_header(lambda start, end: ranges.append((start, end)) or content[start:end], len(content))

    assert max(end for _, end in ranges) < 200


MALFORMED = {
    "empty": (b"", {}),
    "shorter than 8 bytes": (b"1234567", {}),
    "a length beyond the file": (b"\xff" * 64, {}),
    "a length one beyond the file": (file_of({}, length=3), {}),
    "a list": (file_of(b"[]"), {}),
    "a space first": (file_of(b" {}"), {}),
    "not UTF-8": (file_of(b"\xff\xfe"), {}),
    "nested without end": (file_of(b"[" * 100_000), {}),
    "a tensor that is a number": (file_of({"a": 3}), {}),
    "a dtype that is a number": (file_of({"a": tensor([2], [0, 8], 32)}, b"x" * 8), {}),
    "a dtype that is text": (file_of({"a": tensor([2], [0, 8], "<b>")}, b"x" * 8), {}),
    "a negative shape": (file_of({"a": tensor([-2], [0, 8])}, b"x" * 8), {}),
    "a shape of booleans": (file_of({"a": tensor([True], [0, 4])}, b"x" * 4), {}),
    "one offset": (file_of({"a": tensor([2], [0])}, b"x" * 8), {}),
    "more elements than a file can have": (file_of({"a": tensor([1 << 40, 1 << 40], [0, 8])}, b"x" * 8), {}),
    "less space than elements": (file_of({"a": tensor([2], [0, 4])}, b"x" * 4), {}),
    "an end before the start": (file_of({"a": tensor([2], [8, 0])}, b"x" * 8), {}),
    "an end beyond the file": (file_of({"a": tensor([4], [0, 16])}, b"x" * 8), {}),
    "tensors that overlap": (
        file_of({"a": tensor([1], [0, 4]), "b": tensor([1], [0, 4])}, b"x" * 4),
        {"F32": 1},
    ),
    "a gap": (file_of({"a": tensor([1], [4, 8])}, b"x" * 8), {"F32": 1}),
    "bytes that follow": (file_of({"a": tensor([1], [0, 4])}, b"x" * 8), {"F32": 1}),
    "a new dtype": (
        file_of({"a": tensor([16], [0, 4], "F2_NEW"), "b": tensor([1], [4, 8])}, b"x" * 8),
        {"F2_NEW": 16, "F32": 1},
    ),
    "more elements of a new dtype than bits": (file_of({"a": tensor([33], [0, 4], "F1")}, b"x" * 4), {}),
    "one bad tensor of two": (file_of({"a": 3, "b": tensor([1], [0, 4])}, b"x" * 4), {"F32": 1}),
    "metadata that is a list": (file_of({"__metadata__": [], "a": "x"}), {}),
}


@pytest.mark.parametrize(("content", "counted"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_file_is_counted_as_far_as_it_is_valid(content, counted):
    sums = read(content)

    assert sums.by_dtype == counted
    assert sums.problem


def test_new_dtypes_are_counted_up_to_a_number_of_them():
    tensors = {f"t{at}": tensor([1], [at * 4, at * 4 + 4], f"NEW{at}") for at in range(100)}

    sums = read(file_of(tensors, b"x" * 400))

    assert len(sums.by_dtype) == 16


def test_each_byte_is_counted_once():
    tensors = {f"t{at}": tensor([4], [0, 16]) for at in range(1000)}

    assert read(file_of(tensors, b"x" * 16)).total == 4


def test_a_header_above_the_limits_is_refused_and_not_read():
    seen = []

    with pytest.raises(BadSafetensors):
        read_header(
            lambda start, end: seen.append(end - start) or (26_000_000).to_bytes(8, "little"), 1 << 40
        )
    with pytest.raises(BadSafetensors):
        read(file_of(dict.fromkeys(map(str, range(200_001)), 0)))

    assert seen == [8]
