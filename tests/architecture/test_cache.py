"""Cached values are plain: no pickles, one way into the cache, and every shape survives the round trip."""

from __future__ import annotations

import ast
import importlib
import pickle
import pkgutil
from pathlib import Path
from uuid import UUID

import pytest
import redis
from django.conf import settings
from django.core.cache import cache

import apps
import ecosystem.celery
import workers.ml.app
from apps.core import queue
from apps.core.cache import CachedValue
from apps.registry.contents.previews.blame import Origin
from apps.registry.contents.previews.history import Distance
from apps.registry.formats.gguf import Gguf, GgufTensor, LongList
from apps.registry.formats.safetensors import TensorSums
from apps.registry.formats.tables.parquet_rows import ParquetRows
from apps.registry.gitstore.deltas import Delta, Deltas, Side
from apps.registry.gitstore.large import LargeFileHistory
from apps.registry.protocols.hub.tree import Page
from apps.registry.repos.selectors.facets import FacetCounts
from apps.toolchain.evidence.selectors import SamplePage
from apps.toolchain.evidence.selectors.comparing import Answer

ROOT = Path(__file__).resolve().parents[2]
SHA = "ab" * 20
# oauth.py reads what django-allauth caches for a pending device
MAY_USE_THE_CACHE = {"apps/core/cache.py", "apps/users/accounts/oauth.py"}
PICKLERS = {
    "pickle",
    "_pickle",
    "cPickle",
    "shelve",
    "marshal",
    "dill",
    "cloudpickle",
    "joblib",
    "multiprocessing",
}
EXAMPLES: dict[str, object] = {
    "blame": [Origin(SHA, 1, 3, ("cd" * 20, "ünï\udc80.txt")), Origin(SHA, 4, 1)],
    "commit-count": 12,
    "commits": 0,
    "deltas": Deltas(
        [
            Delta("renamed", Side("a", 0o100644, SHA), Side("b", 0o100755, SHA), 91),
            Delta("added", None, None),
        ],
        50,
        52,
    ),
    "distance": Distance(3, 0, None),
    "download": 1,
    "gguf-facts": {"total": 576, "architecture": "llama", "context_length": 4096},
    "facet-values": {"task": ["text-generation"], "library": []},
    "facets": FacetCounts(None, {"task": {"text-generation": 2}}),
    "garbage-settled": "f00 3 17",
    "gguf": Gguf(
        3,
        {"a": LongList((1, "x"), 9), "b": True, "c": 2**64 - 1, "d": 0.5},
        [GgufTensor("t", "F32", (2, 3), 64)],
    ),
    "identity-token": 1,
    "issuer-keys": '{"keys":[]}',
    "large-history": {SHA: LargeFileHistory(3 << 40, {"a": None, "b": None}, 1 << 200)},
    "large-present": {SHA: "a/b.bin"},
    "last-commits": {"a\udc80": SHA},
    "markdown": "<p>ä</p>",
    "markdown-in-progress": 1,
    "comparison": Answer(
        200, [200, 200], 9, {"accuracy": {"value": 0.1, "method": "bootstrap"}}, [{"row": 7}], []
    ),
    "parquet": ParquetRows(["a", "b"], ["integer", ""], [[1, None], [2, {"x": [1.5, "y"]}]], 2),
    "samples": SamplePage([{"row": 7, "text": "ä", "is_right": False}], 200, 1, [("a", 120)], [("a", 90)]),
    "restructured-text": "<p>ä</p>",
    "simple-page": '{"meta":{"api-version":"1.4"}}',
    "suspended-until": 1.5,
    "summary": [
        ("a", "integer", [1.0, 2.0]),
        ("b", "text", ["x", "1"]),
        ("c", "list", [3, 4]),
        ("d", "bytes", []),
    ],
    "tensor-sums": TensorSums({"F32": 10**12}),
    "tree": Page(b"\x1f\x8b\x00\xff", "z"),
    "used-proof": True,
    "xet-slot": "ab12",
}


def files() -> list[Path]:
    return [
        file for folder in ("apps", "ecosystem", "workers") for file in sorted((ROOT / folder).rglob("*.py"))
    ]


def imported_names(file: Path) -> set[str]:
    """Return the full names of what a file imports, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def kinds() -> dict[str, CachedValue]:
    importlib.import_module("ecosystem.urls")  # path converters must be registered first
    found = {}
    for module in pkgutil.walk_packages(apps.__path__, "apps."):
        if ".management." not in module.name and not module.name.endswith("parquet_child"):
            loaded = importlib.import_module(module.name)
            found |= {one.name: one for one in vars(loaded).values() if isinstance(one, CachedValue)}
    return found


@pytest.fixture
def server():
    """The cache server, without Django."""
    with redis.Redis.from_url(settings.CACHES["default"]["LOCATION"]) as client:
        yield client
        client.flushdb()


def test_nothing_of_the_site_imports_a_pickler():
    assert {
        str(file.relative_to(ROOT)): found
        for file in files()
        if (found := PICKLERS & {n.split(".")[0] for n in imported_names(file)})
    } == {}


def test_no_setting_names_a_pickler():
    applications = (ecosystem.celery.app, queue._to_workers(), workers.ml.app.app)

    assert {name: kept["OPTIONS"]["serializer"] for name, kept in settings.CACHES.items()} == {
        "default": "apps.core.cache.JsonSerializer"
    }
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert [app.conf.accept_content for app in applications] == [["json"]] * 3
    assert {
        app.conf[name]
        for app in applications
        for name in ("task_serializer", "result_serializer", "event_serializer")
    } == {"json"}


def test_the_cache_is_used_in_one_place():
    users = {
        str(file.relative_to(ROOT))
        for file in files()
        if {"django.core.cache.cache", "django.core.cache.caches"} & imported_names(file)
    }

    assert users == MAY_USE_THE_CACHE


def test_every_cached_kind_has_an_example():
    assert kinds().keys() == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_cached_values_round_trip(name, server):
    kind, value = kinds()[name], EXAMPLES[name]

    kind.set(value, "one", 2)

    assert kind.get("one", 2) == value
    assert type(kind.get("one", 2)) is type(value)
    assert kind.get_many([("one", 2), ("other",)]) == {("one", 2): value}


@pytest.mark.parametrize("name", EXAMPLES)
def test_values_of_another_shape_count_as_missing(name, server):
    kind = kinds()[name]
    for rubbish in (
        pickle.dumps(EXAMPLES[name]),
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"x": [{}]}',
        b"[[null]]",
        b"null",
    ):
        server.set(cache.make_key(kind.key("one")), rubbish)

        assert kind.get("one") is None
        assert kind.get_many([("one",)]) == {}


def test_values_of_an_older_version_are_not_read(server):
    CachedValue("thing", str, seconds=60).set("old", "one")

    assert CachedValue("thing", str, seconds=60, version=2).get("one") is None


def test_a_pickle_in_the_cache_is_not_executed(server, tmp_path):
    proof = tmp_path / "proof"
    server.set(cache.make_key("any"), pickle.dumps(Touch(str(proof))))

    assert cache.get("any") is None
    assert not proof.exists()


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object(), UUID(int=1)])
def test_non_plain_values_are_refused(value, server):
    with pytest.raises(TypeError):
        cache.set("any", value)


def test_a_value_is_added_once(server):
    values = CachedValue("added", int, seconds=60)

    assert values.add(1, "one")
    assert not values.add(2, "one")
    assert values.get("one") == 1


class Touch:
    """Creates a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (Path(self.path),)
