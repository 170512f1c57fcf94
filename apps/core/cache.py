"""The cache: plain JSON under versioned keys, validated against a type when read.

All web processes share it over a socket. Reading runs no code, as unpickling would,
and a value of another type counts as absent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache as remembered
from typing import Any, Generic, TypeVar, cast

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)
Value = TypeVar("Value")
Parts = tuple[object, ...]


class JsonSerializer:
    """Serializer of Django's Redis cache; integers stay bare so that the server can increment them."""

    def dumps(self, value: object) -> int | str:
        """raises  TypeError for values that JSON cannot represent"""
        return value if type(value) is int else json.dumps(value)

    def loads(self, data: bytes | int) -> Any:
        """Return the value; None, as for an absent value, if the data is not JSON."""
        try:
            return json.loads(data) if isinstance(data, bytes) else data
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class CachedValue(Generic[Value]):
    """A kind of cached value.

    name     key prefix
    shape    its type, made of dataclasses, lists, dictionaries, strings and numbers
    seconds  lifetime
    version  part of the key; raise it when the shape or its meaning changes
    dump     converts shapes that are not plain, such as bytes
    load     inverse of `dump`; raises ValueError or TypeError for invalid data
    """

    name: str
    shape: type[Value]
    seconds: float
    version: int = 1
    dump: Callable[[Value], Any] | None = None
    load: Callable[[Any], Value] | None = None

    def key(self, *parts: object) -> str:
        return ":".join((self.name, f"v{self.version}", *map(str, parts)))

    def get(self, *parts: object) -> Value | None:
        """Return the value, or None if it is absent or invalid."""
        return self._read(cache.get(self.key(*parts)), parts)

    def get_many(self, names: Iterable[Parts]) -> dict[Parts, Value]:
        keys = {self.key(*parts): parts for parts in names}
        read = {keys[key]: self._read(plain, keys[key]) for key, plain in cache.get_many(keys).items()}
        return {parts: value for parts, value in read.items() if value is not None}

    def set(self, value: Value, *parts: object) -> None:
        cache.set(self.key(*parts), self._to_plain(value), self.seconds)

    def set_many(self, values: Mapping[Parts, Value]) -> None:
        cache.set_many(
            {self.key(*parts): self._to_plain(value) for parts, value in values.items()}, self.seconds
        )

    def add(self, value: Value, *parts: object) -> bool:
        """Set the value if it is absent; return whether it was."""
        return bool(cache.add(self.key(*parts), self._to_plain(value), self.seconds))

    def delete(self, *parts: object) -> None:
        cache.delete(self.key(*parts))

    @property
    def _adapter(self) -> Any:
        return _adapter(cast(Hashable, self.shape))

    def _to_plain(self, value: Value) -> Any:
        return self.dump(value) if self.dump else self._adapter.dump_python(value)

    def from_plain(self, plain: Any) -> Value:
        """Return the value of plain data.

        raises  ValueError or TypeError if it does not match the shape
        """
        value: Value = self.load(plain) if self.load else self._adapter.validate_python(plain)
        return value

    def _read(self, plain: Any, parts: Parts) -> Value | None:
        if plain is None:
            return None
        try:
            return self.from_plain(plain)
        except (ValueError, TypeError):
            log.warning("cache.unreadable", name=self.name, parts=parts)
            return None


@remembered
def _adapter(shape: Hashable) -> Any:
    from pydantic import TypeAdapter  # imported late: it adds 0.1 s to every start

    return TypeAdapter(cast(Any, shape))


def forget_everything() -> None:
    """Empty the cache, after the database was exchanged below it."""
    cache.clear()
