"""Valid hub requests, from the URL table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random

from tests.api.matrix import kinds_of
from tests.api.oddities import with_odd_part
from tests.api.test_no_5xx import COMMIT, GOOD_BODIES
from tests.architecture.addresses import fill_path, templates
from tests.architecture.urls import routes
from tests.tools.fuzz.raw_http import RawRequest
from tests.tools.fuzz.world import World

REVISIONS = (
    "main",
    "HEAD",
    "refs%2Fpr%2F1",
    "a%2Fb",
    "0" * 40,
    "deadbeef",
    "refs/heads/main",
    "%01",
    "a%1bb",
    "x%0D%0AX-Odd:1",
)
PATHS = (
    *(
        "README.md",
        "weights.bin",
        "absent.txt",
        "a/b/c",
        "data%2Fa.txt",
        "%F0%9F%8C%B3.md",
        "a b",
        "",
        ".gitattributes",
    ),
    *("%01", "a/%1b", "%7f.txt", "a%0Ab"),
)
METHODS = ("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE")
HUB = re.compile(r"/api/(?!v1/)|.*/(resolve|raw)/")


def addresses() -> list[str]:
    return [template for route in routes() for template in templates(route) if HUB.match(template)]


def _body(path: str, random: Random) -> tuple[bytes, str]:
    example = next(body for pattern, body in GOOD_BODIES.items() if re.search(pattern, path))
    if random.random() < 0.6:
        example = with_odd_part(example, random)
    if isinstance(example, list) and example and (example[0] == COMMIT[0] or "/commit/" in path):
        return b"\n".join(json.dumps(line).encode() for line in example), "application/x-ndjson"
    return json.dumps(example).encode(), "application/json"


def valid_requests(world: World, random: Random) -> Iterator[RawRequest]:
    found = addresses()
    while True:
        template = random.choice(found)
        kind = kinds_of(template)[0]
        values = {
            "namespace": random.choice(("owner", "owner", "OWNER", "absent", "%01")),
            "name": "tiny" if "{namespace}" in template else "owner",
            "kind": f"{kind}s",
            "kind_word": str(kind),
            "revision": random.choice(REVISIONS),
            "path": random.choice(PATHS),
            "branch": random.choice(("side", "a%2Fb", "main", "%01", "a%0Ab")),
            "rest": random.choice(("likes", "discussions", "x/y")),
        }
        names = {name: values.get(name, "x") for name in re.findall(r"{(\w+)}", template)}
        path, method = fill_path(template, names), random.choice(METHODS)
        body, content = _body(path, random) if method in ("POST", "PUT", "DELETE") else (b"", "")
        yield world.signed(method, path, body, content)
