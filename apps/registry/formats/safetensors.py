"""Headers of safetensors files, checked before a commit and counted for facets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
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
ReadRange = Callable[[int, int], bytes]


class BadSafetensors(Exception):
    """The file violates the safetensors format; the message says how."""


@dataclass(frozen=True, slots=True)
class TensorSums:
    """The number of parameters in a file by dtype (`F32`, `BF16`, …)."""

    by_dtype: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_dtype.values())


def read_safetensors(read: ReadRange, size: int) -> TensorSums:
    """Count the parameters of a safetensors file from its header.

    read    returns bytes from `start` up to `end` (exclusive)
    size    bytes of the whole file
    raises  BadSafetensors if the header violates the format or the limits
    source  https://github.com/huggingface/safetensors#format
    """
    if size < 8:
        raise BadSafetensors(_("it is shorter than 8 bytes"))
    length = int.from_bytes(read(0, 8), "little")
    if length > size - 8:
        message = _("its header claims %(claimed)s bytes, but only %(count)s follow")
        raise BadSafetensors(message % {"claimed": length, "count": size - 8})
    if length > HEADER_LIMIT_BYTES:
        raise BadSafetensors(_("its header is larger than %(limit)s bytes") % {"limit": HEADER_LIMIT_BYTES})
    return count_tensors(_header(read(8, 8 + length)), size - 8 - length)


def count_tensors(header: dict[str, Any], data_bytes: int) -> TensorSums:
    """Check every tensor of a header against the size of the data, and count parameters by dtype.

    raises  BadSafetensors
    """
    sums: dict[str, int] = {}
    spans = []
    for name, tensor in header.items():
        if name != "__metadata__":
            dtype, count, span = _tensor(name, tensor, data_bytes)
            sums[dtype] = sums.get(dtype, 0) + count
            spans.append(span)
    _check_spans(spans, data_bytes)
    return TensorSums(sums)


def _header(data: bytes) -> dict[str, Any]:
    try:
        header = json.loads(data)
    except (ValueError, RecursionError):
        raise BadSafetensors(_("its header is not JSON")) from None
    if not isinstance(header, dict) or not data.startswith(b"{"):
        raise BadSafetensors(_("its header is not a JSON object"))
    if len(header) > TENSOR_LIMIT:
        raise BadSafetensors(_("it has more than %(limit)s tensors") % {"limit": TENSOR_LIMIT})
    return header


def _tensor(name: str, tensor: Any, data_bytes: int) -> tuple[str, int, tuple[int, int]]:
    shown = name[:80]
    if not isinstance(tensor, dict):
        raise BadSafetensors(_("the entry of tensor %(name)s is not an object") % {"name": shown})
    dtype: Any = tensor.get("dtype")
    shape: Any = tensor.get("shape")
    offsets: Any = tensor.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in BITS:
        raise BadSafetensors(_("the dtype of tensor %(name)s is unknown") % {"name": shown})
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2:
        raise BadSafetensors(_("the shape or data_offsets of tensor %(name)s are invalid") % {"name": shown})
    count = 1
    for dimension in shape:
        count *= dimension
        if count > 1 << 56:
            raise BadSafetensors(_("the shape of tensor %(name)s is too large") % {"name": shown})
    start, end = offsets
    if not start <= end <= data_bytes or (end - start) * 8 != count * BITS[dtype]:
        raise BadSafetensors(
            _("the data_offsets of tensor %(name)s do not match its shape or the file") % {"name": shown}
        )
    return dtype, count, (start, end)


def _are_sizes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 64
        and all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in value)
    )


def _check_spans(spans: list[tuple[int, int]], data_bytes: int) -> None:
    at = 0
    for start, end in sorted(spans):
        if start != at:
            raise BadSafetensors(_("its tensors overlap or leave a gap"))
        at = end
    if at != data_bytes:
        raise BadSafetensors(_("its size does not match its last tensor"))
