"""Headers of GGUF files: metadata and tensors, read by range with every length checked."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from typing import Any

MAGIC = b"GGUF"
VERSIONS = (2, 3)
HEADER_LIMIT_BYTES = 32 << 20
PAIRS_LIMIT, TENSORS_LIMIT = 10_000, 100_000
TEXT_LIMIT_BYTES, KEY_LIMIT_BYTES = 1 << 20, 65_535
LIST_LIMIT, LIST_KEPT = 1_000_000, 8
# of chat templates; lists of models hold them too
FACT_LIMIT_CHARACTERS = 64 << 10
DIMENSIONS_LIMIT = 8
NUMBERS_LIMIT = 1 << 56
BLOCK_BYTES = 1 << 20
TEXT, LIST = 8, 9
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
# data types by their numbers in the format
DTYPES = {
    **dict(enumerate("F32 F16 Q4_0 Q4_1".split())),
    **dict(
        enumerate(
            (
                "Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K "
                "IQ2_XXS IQ2_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ2_S IQ4_XS"
            ).split(),
            6,
        )
    ),
    **dict(enumerate("I8 I16 I32 I64 F64 IQ1_M BF16".split(), 24)),
    34: "TQ1_0",
    35: "TQ2_0",
    39: "MXFP4",
}
ReadRange = Callable[[int, int], bytes]


class BadGguf(Exception):
    """The file violates the GGUF format; the message says how."""


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """A tensor of a GGUF file.

    shape  slowest dimension first, as in PyTorch
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int


@dataclass(slots=True)
class Gguf:
    """The header of a GGUF file; long lists in the metadata are truncated."""

    version: int
    metadata: dict[str, LongList | bool | int | float | str] = field(default_factory=dict)
    tensors: list[GgufTensor] = field(default_factory=list)

    @property
    def by_dtype(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        for tensor in self.tensors:
            sums[tensor.dtype] = sums.get(tensor.dtype, 0) + prod(tensor.shape)
        return sums


@dataclass(frozen=True, slots=True)
class LongList:
    """The first values of a list, and its length."""

    first: tuple[Any, ...]
    length: int


def gguf_facts(header: Gguf) -> dict[str, Any]:
    """Return what clients show of a model, without what its file does not say.

    source  huggingface_hub `ModelInfo.gguf`
    """
    metadata = header.metadata
    architecture = metadata.get("general.architecture")
    named = {
        "architecture": architecture,
        "context_length": metadata.get(f"{architecture}.context_length"),
        "chat_template": metadata.get("tokenizer.chat_template"),
        "quantize_imatrix_file": metadata.get("quantize.imatrix.file"),
        **{f"{name}_token": _token(metadata, name) for name in ("bos", "eos")},
    }
    known = {
        name: value
        for name, value in named.items()
        if isinstance(value, int | str) and len(str(value)) <= FACT_LIMIT_CHARACTERS
    }
    return {"total": sum(header.by_dtype.values()), **known}


def _token(metadata: dict[str, Any], name: str) -> str | None:
    """Return a special token, if it is among the first ones, which are kept."""
    tokens, number = metadata.get("tokenizer.ggml.tokens"), metadata.get(f"tokenizer.ggml.{name}_token_id")
    if not isinstance(tokens, LongList) or not isinstance(number, int) or not 0 <= number < len(tokens.first):
        return None
    return str(tokens.first[number])


def read_gguf(read: ReadRange, size: int) -> Gguf:
    """Read the header of a GGUF file.

    read    returns bytes from `start` up to `end` (not included)
    size    bytes of the whole file
    raises  BadGguf
    source  https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
    """
    header = _Header(read, size)
    if header.take(4) != MAGIC:
        raise BadGguf("it does not start with GGUF")
    version = header.unpack("I")
    if version not in VERSIONS:
        raise BadGguf(f"version {version} of the format is not supported")
    tensors, pairs = header.unpack("Q"), header.unpack("Q")
    if tensors > TENSORS_LIMIT or pairs > PAIRS_LIMIT:
        raise BadGguf(f"it declares {tensors} tensors and {pairs} metadata values, which is too many")
    found = Gguf(version)
    for _ in range(pairs):
        key = header.text(KEY_LIMIT_BYTES)
        found.metadata[key] = header.value(header.unpack("I"))
    found.tensors = [_tensor(header) for _ in range(tensors)]
    _check_offsets(found, header.at, size)
    return found


def _tensor(header: _Header) -> GgufTensor:
    name, dimensions = header.text(KEY_LIMIT_BYTES), header.unpack("I")
    if dimensions > DIMENSIONS_LIMIT:
        raise BadGguf(f"the tensor {name[:80]} has {dimensions} dimensions")
    shape = tuple(header.unpack("Q") for _ in range(dimensions))
    if prod(shape) > NUMBERS_LIMIT:
        raise BadGguf(f"the shape of the tensor {name[:80]} is too large")
    number = header.unpack("I")
    return GgufTensor(name, DTYPES.get(number, f"type {number}"), shape[::-1], header.unpack("Q"))


def _check_offsets(found: Gguf, data_start: int, size: int) -> None:
    for tensor in found.tensors:
        if data_start + tensor.offset > size:
            raise BadGguf(f"the tensor {tensor.name[:80]} starts past the end of the file")


class _Header:
    """Sequential reader of a header, one block at a time."""

    def __init__(self, read: ReadRange, size: int) -> None:
        self.read, self.size, self.at = read, size, 0
        self.block, self.block_start = b"", 0

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > min(self.size, HEADER_LIMIT_BYTES):
            raise BadGguf(
                "its header is truncated"
                if end > self.size
                else f"its header is larger than {HEADER_LIMIT_BYTES} bytes"
            )
        if not self.block_start <= self.at <= end <= self.block_start + len(self.block):
            self.block_start, self.block = (
                self.at,
                self.read(self.at, min(self.at + max(count, BLOCK_BYTES), self.size)),
            )
            if len(self.block) < count:
                raise BadGguf("its header is truncated")
        start, self.at = self.at - self.block_start, end
        return self.block[start : start + count]

    def unpack(self, form: str) -> Any:
        form = f"<{form}"
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self, limit_bytes: int = TEXT_LIMIT_BYTES) -> str:
        length = self.unpack("Q")
        if length > limit_bytes:
            raise BadGguf(f"its header contains a text of {length} bytes")
        return self.take(length).decode(errors="replace")

    def value(self, kind: int) -> Any:
        if kind == TEXT:
            return self.text()
        if kind == LIST:
            return self._list()
        if kind not in SCALARS:
            raise BadGguf(f"its header contains a value of unknown type {kind}")
        return self.unpack(SCALARS[kind])

    def _list(self) -> LongList:
        kind, length = self.unpack("I"), self.unpack("Q")
        if length > LIST_LIMIT or kind == LIST:
            raise BadGguf(f"its header contains a list of {length} values of type {kind}")
        first = tuple(self.value(kind) for _ in range(min(length, LIST_KEPT)))
        rest = length - len(first)
        if kind == TEXT:
            for _ in range(rest):
                self.text()
        elif rest:
            self._skip(rest * struct.calcsize(f"<{SCALARS[kind]}"))
        return LongList(first, length)

    def _skip(self, count: int) -> None:
        while count:
            count -= len(self.take(min(count, BLOCK_BYTES)))
