"""The tensors of a safetensors or GGUF file, read from its header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from math import prod
from typing import Any

from django.utils.translation import gettext as _

from apps.core.cache import CachedValue

from .gguf import BadGguf, Gguf, LongList, read_gguf
from .safetensors import BadSafetensors, read_header
from .source import Source, Unreadable

HEADER_LIMIT_BYTES = 4 << 20
HEADERS = CachedValue("gguf", Gguf, seconds=24 * 3600)
VALUE_LIMIT_CHARACTERS = 300
METADATA_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Tensor:
    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def parameters(self) -> int:
        return prod(self.shape)

    @property
    def shape_words(self) -> str:
        return " × ".join(map(str, self.shape)) if self.shape else "—"


@dataclass(frozen=True, slots=True)
class Tensors:
    """The valid part of a header.

    metadata  the first entries; `more_metadata` is the number left out
    problem   how the file violates its format, as a clause
    """

    rows: list[Tensor]
    by_dtype: dict[str, int]
    metadata: dict[str, str]
    more_metadata: int = 0
    problem: str = ""

    @property
    def total(self) -> int:
        return sum(self.by_dtype.values())


def tensors_of(source: Source) -> Tensors:
    """Return the tensors of a safetensors file in natural order.

    raises  Unreadable if the header is too large
    """

    def read(start: int, end: int) -> bytes:
        if end - start > HEADER_LIMIT_BYTES:
            raise Unreadable(_("This file's header is too large to display."))
        return source.read(start, end)

    try:
        header = read_header(read, source.size)
    except BadSafetensors as error:
        raise Unreadable(_("This safetensors file can't be read: %(reason)s.") % {"reason": error}) from None
    metadata = {str(key): str(value) for key, value in islice(header.metadata.items(), METADATA_SHOWN)}
    rows = [Tensor(one.name, one.dtype, one.shape) for one in header.tensors]
    more = len(header.metadata) - len(metadata)
    return Tensors(_by_name(rows), header.sums.by_dtype, metadata, more, header.problem)


def gguf_of(source: Source) -> Tensors:
    """Return the tensors and metadata of a GGUF file.

    raises  Unreadable if the header is invalid
    """
    header = HEADERS.get(source.key)
    if header is None:
        try:
            header = read_gguf(source.read, source.size)
        except BadGguf as error:
            raise Unreadable(_("This isn't a valid GGUF file: %(reason)s.") % {"reason": error}) from None
        HEADERS.set(header, source.key)
    rows = [Tensor(one.name, one.dtype, one.shape) for one in header.tensors]
    metadata = {
        name: _display_value(value) for name, value in islice(header.metadata.items(), METADATA_SHOWN)
    }
    return Tensors(_by_name(rows), header.by_dtype, metadata, len(header.metadata) - len(metadata))


def _by_name(rows: list[Tensor]) -> list[Tensor]:
    return sorted(rows, key=lambda one: natural_key(one.name))


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts `layers.2` before `layers.10`, for numbers of any size."""
    return [_part_key(part) for part in re.split(r"([0-9]+)", name) if part]


def _part_key(part: str) -> tuple[int, int, str]:
    if not part.isdecimal():
        return 1, 0, part
    digits = part.lstrip("0")
    return 0, len(digits), digits


def _display_value(value: Any) -> str:
    """Return a metadata value as text."""
    if not isinstance(value, LongList):
        return str(value)[:VALUE_LIMIT_CHARACTERS]
    shown = ", ".join(str(one)[:40] for one in value.first)
    return f"[{shown}{', …' if value.length > len(value.first) else ''}] ({value.length:,})"
