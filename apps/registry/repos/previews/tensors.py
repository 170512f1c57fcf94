"""The tensors of a safetensors file, from its header alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import prod

from django.utils.translation import gettext as _

from ..cards import BadSafetensors, read_safetensors
from .source import Source, Unreadable

HEADER_LIMIT_BYTES = 4 << 20


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
    rows: list[Tensor]
    by_dtype: dict[str, int]
    metadata: dict[str, str]

    @property
    def total(self) -> int:
        return sum(self.by_dtype.values())


def tensors_of(source: Source) -> Tensors:
    """Return the tensors in the order of their bytes.

    raises  Unreadable if the header is not what the format asks for, or too large for a page
    """
    blocks: dict[int, bytes] = {}

    def read(start: int, end: int) -> bytes:
        if end - start > HEADER_LIMIT_BYTES:
            raise Unreadable(_("The header of this file is too large to be shown here."))
        return blocks.setdefault(start, source.read(start, end))

    try:
        sums = read_safetensors(read, source.size)
    except BadSafetensors as error:
        raise Unreadable(_("This is not a valid safetensors file: %(reason)s.") % {"reason": error}) from None
    header = json.loads(blocks[8])
    metadata = {str(key): str(value) for key, value in (header.pop("__metadata__", None) or {}).items()}
    ordered = sorted(header.items(), key=lambda pair: pair[1]["data_offsets"][0])
    rows = [Tensor(name, facts["dtype"], tuple(facts["shape"])) for name, facts in ordered]
    return Tensors(rows, sums.by_dtype, metadata)
