"""The object store that the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from .local_store import LocalStore
from .pair_store import PairStore
from .s3_bucket import connect
from .s3_store import S3Store
from .store import ObjectStore

Options = tuple[tuple[str, Any], ...]


def object_store() -> ObjectStore:
    """Return the store of OBJECT_STORE, with that of OBJECT_STORE_FALLBACK behind it if it is set."""
    if not settings.OBJECT_STORE_FALLBACK:
        return store_of(settings.OBJECT_STORE)
    return _pair(_frozen(settings.OBJECT_STORE), _frozen(settings.OBJECT_STORE_FALLBACK))


def store_of(options: Mapping[str, Any]) -> ObjectStore:
    """Return the store for one set of options, as the settings spell them."""
    return _store(_frozen(options))


@cache
def _store(frozen: Options) -> ObjectStore:
    options = dict(frozen)
    if options.pop("kind") == "s3":
        return S3Store(connect(spool=Path(settings.SPOOL_ROOT), **options))
    return LocalStore(**options)


@cache
def _pair(first: Options, second: Options) -> ObjectStore:
    return PairStore(_store(first), _store(second))


def _frozen(options: Mapping[str, Any]) -> Options:
    return tuple(sorted(options.items()))
