"""Headers of safetensors files: tensors and parameters, read as far as a header is valid."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

HEADER_LIMIT_BYTES = 25_000_000
TENSOR_LIMIT = 200_000
DTYPES_BY_BITS = {
    4: ("F4",),
    6: ("F6_E2M3", "F6_E3M2"),
    8: ("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E5M2FNUZ", "F8_E4M3FNUZ"),
    16: ("I16", "U16", "F16", "BF16"),
    32: ("I32", "U32", "F32"),
    64: ("I64", "U64", "F64", "C64"),
}
BITS = {dtype: bits for bits, dtypes in DTYPES_BY_BITS.items() for dtype in dtypes}
# a dtype that later versions of the format may add
NEW_DTYPE, NEW_DTYPES_LIMIT = re.compile(r"[A-Z][A-Z0-9_]{0,31}"), 16
ReadRange = Callable[[int, int], bytes]


class BadSafetensors(Exception):
    """The header is beyond the limits of what is read, or a part of it is invalid; the message says how."""


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """A tensor: its first and last offset in the data, the last one excluded, and its number of elements."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int
    count: int


@dataclass(frozen=True, slots=True)
class TensorSums:
    """The number of parameters in a file by dtype (`F32`, `BF16`, …).

    problem  how the file violates the format, as a clause; empty if it does not
    """

    by_dtype: dict[str, int]
    problem: str = ""

    @property
    def total(self) -> int:
        return sum(self.by_dtype.values())


@dataclass(slots=True)
class Header:
    """The valid part of a header; `problem` is the first violation of the format."""

    tensors: list[TensorFacts] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def sums(self) -> TensorSums:
        by_dtype: dict[str, int] = {}
        for tensor in self.tensors:
            by_dtype[tensor.dtype] = by_dtype.get(tensor.dtype, 0) + tensor.count
        return TensorSums(by_dtype, self.problem)


def read_header(read: ReadRange, size: int) -> Header:
    """Read the header of a safetensors file.

    read    returns bytes from `start` up to `end` (exclusive)
    size    bytes of the whole file
    raises  BadSafetensors if the header is larger than the limits
    source  https://github.com/huggingface/safetensors#format
    """
    if size < 8:
        return Header(problem=_("it is shorter than 8 bytes"))
    length = int.from_bytes(read(0, 8), "little")
    if length > size - 8:
        message = _("its header claims %(claimed)s bytes, but only %(count)s follow")
        return Header(problem=message % {"claimed": length, "count": size - 8})
    if length > HEADER_LIMIT_BYTES:
        raise BadSafetensors(_("its header is larger than %(limit)s bytes") % {"limit": HEADER_LIMIT_BYTES})
    return _parse_header(read(8, 8 + length), size - 8 - length)


def _parse_header(text: bytes, data_bytes: int) -> Header:
    """Return the valid tensors of a header: those inside the data that no tensor before them overlaps."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        return Header(problem=_("its header is not JSON"))
    if not isinstance(entries, dict) or not text.startswith(b"{"):
        return Header(problem=_("its header is not a JSON object"))
    if len(entries) > TENSOR_LIMIT:
        raise BadSafetensors(_("it has more than %(limit)s tensors") % {"limit": TENSOR_LIMIT})
    metadata = entries.pop("__metadata__", None)
    header = Header(metadata=metadata if isinstance(metadata, dict) else {})
    tensors, problems = [], []
    for name, entry in entries.items():
        try:
            tensors.append(_tensor(name, entry, data_bytes))
        except BadSafetensors as problem:
            problems.append(str(problem))
    problems += _place(tensors, data_bytes, header)
    header.problem = problems[0] if problems else ""
    return header


def _place(tensors: list[TensorFacts], data_bytes: int, header: Header) -> Iterator[str]:
    """Add the tensors that do not overlap to the header; yield the problems of their order and dtypes.

    Each byte is counted once, so the sums are bounded by the size of the file.
    """
    at, new_dtypes = 0, set()
    for tensor in sorted(tensors, key=lambda one: (one.start, one.end)):
        if tensor.start != at:
            yield _("its tensors overlap or leave a gap")
        if tensor.dtype not in BITS:
            new_dtypes.add(tensor.dtype)
            yield _("the dtype of tensor %(name)s is unknown") % {"name": tensor.name[:80]}
        if tensor.start >= at and len(new_dtypes) <= NEW_DTYPES_LIMIT:
            header.tensors.append(tensor)
        at = max(at, tensor.end)
    if at != data_bytes:
        yield _("its size does not match its last tensor")


def _tensor(name: str, entry: Any, data_bytes: int) -> TensorFacts:
    """Return one tensor (raises BadSafetensors)."""
    shown = name[:80]
    if not isinstance(entry, dict):
        raise BadSafetensors(_("the entry of tensor %(name)s is not an object") % {"name": shown})
    dtype: Any = entry.get("dtype")
    shape: Any = entry.get("shape")
    offsets: Any = entry.get("data_offsets")
    if not isinstance(dtype, str) or not (dtype in BITS or NEW_DTYPE.fullmatch(dtype)):
        raise BadSafetensors(_("the dtype of tensor %(name)s is unknown") % {"name": shown})
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2:
        raise BadSafetensors(_("the shape or data_offsets of tensor %(name)s are invalid") % {"name": shown})
    count = 1
    for dimension in shape:
        count *= dimension
        if count > 1 << 56:
            raise BadSafetensors(_("the shape of tensor %(name)s is too large") % {"name": shown})
    start, end = offsets
    if not start <= end <= data_bytes or not _fits(dtype, count, (end - start) * 8):
        raise BadSafetensors(
            _("the data_offsets of tensor %(name)s do not match its shape or the file") % {"name": shown}
        )
    return TensorFacts(name, dtype, tuple(shape), start, end, count)


def _fits(dtype: str, count: int, bits: int) -> bool:
    """Return whether elements fill the space of their tensor; of an unknown dtype, one has a bit at least."""
    return bits == count * BITS[dtype] if dtype in BITS else count <= bits


def _are_sizes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 64
        and all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in value)
    )
