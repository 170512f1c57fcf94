"""Valid LFS requests: batches, uploads by signed URL, parts, verification and locks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from random import Random
from urllib.parse import urlsplit

from tests.api.oddities import CONTROLS, with_odd_part
from tests.tools.fuzz.raw_http import RawRequest
from tests.tools.fuzz.world import PREFIX, SECRET_OBJECT, World

MEDIA = "application/vnd.git-lfs+json"


def _signed_address(world: World, base: str, data: bytes, transfers: list[str]) -> str:
    """Request an upload as a client does, and return path and query of its URL."""
    fields = {
        "operation": "upload",
        "transfers": transfers,
        "objects": [{"oid": hashlib.sha256(data).hexdigest(), "size": len(data)}],
    }
    answer = world.request("POST", f"{base}/objects/batch", json=fields, headers={"Accept": MEDIA})
    actions = answer.json()["objects"][0].get("actions") if answer.ok else None
    if not actions:
        return f"{base}/objects/{hashlib.sha256(data).hexdigest()}"
    where = urlsplit(actions["upload"]["href"])
    return f"{where.path}?{where.query}" if where.query else where.path


def _guess(world: World, base: str, random: Random) -> RawRequest:
    """Return a request for an object of a private repository of another person."""
    oid, size = hashlib.sha256(SECRET_OBJECT).hexdigest(), len(SECRET_OBJECT)
    what = random.choice(("upload", "download", "get", "commit"))
    if what in ("upload", "download"):
        fields = {"operation": what, "transfers": ["basic"], "objects": [{"oid": oid, "size": size}]}
        sent = world.signed("POST", f"{base}/objects/batch", json.dumps(fields).encode(), MEDIA, Accept=MEDIA)
    elif what == "get":
        sent = world.signed("GET", f"{base}/objects/{oid}")
    else:
        file = {"path": "x.bin", "algo": "sha256", "oid": oid}
        lines = [{"key": "header", "value": {"summary": "Take"}}, {"key": "lfsFile", "value": file}]
        body = "\n".join(map(json.dumps, lines)).encode()
        sent = world.signed("POST", "/api/models/owner/tiny/commit/main", body, "application/x-ndjson")
    # Without the object, the client must upload it and cannot download it.
    sent.is_leak = {
        "upload": lambda status, body: status == 200 and b'"upload"' not in body,
        "download": lambda status, body: b'"download"' in body,
    }.get(what, lambda status, body: 200 <= status < 300)
    return sent


def valid_requests(world: World, random: Random) -> Iterator[RawRequest]:
    while True:
        base = (
            f"/{PREFIX[random.choice(list(PREFIX))]}owner/tiny{random.choice(('.git', '.git', ''))}/info/lfs"
        )
        data = random.randbytes(random.choice((0, 1, 1000, 200_000)))
        oid = hashlib.sha256(data).hexdigest()
        bodies: dict[str, object] = {
            "objects/batch": {
                "operation": random.choice(("upload", "download")),
                "transfers": random.choice((["basic"], ["multipart", "basic"], ["xet"], [])),
                "ref": {"name": "refs/heads/main"},
                "objects": [
                    {"oid": oid, "size": len(data)},
                    {"oid": "0" * 64, "size": random.choice((1, 1 << 40))},
                ],
                "hash_algo": random.choice(("sha256", "sha_256")),
            },
            "verify": {"oid": oid, "size": len(data)},
            "locks": {
                "path": random.choice(("weights.bin", *CONTROLS)),
                "ref": {"name": random.choice(("refs/heads/main", *CONTROLS))},
            },
            "locks/verify": {"cursor": "1", "limit": 5},
            "locks/1/unlock": {"force": True},
        }
        what = random.choice(("upload", "upload", "get", "locks", "guess", *bodies))
        if what == "guess":
            yield _guess(world, base, random)
        elif what == "upload":
            target = _signed_address(world, base, data, random.choice((["basic"], ["multipart"])))
            sent = data if random.random() < 0.7 else data + b"x"
            yield RawRequest("PUT", target, [("Content-Type", "application/octet-stream")], sent)
        elif what in ("get", "locks") and random.random() < 0.5:
            yield world.signed(
                "GET",
                f"{base}/locks?path=weights.bin&limit=3"
                if what == "locks"
                else f"{base}/objects/{random.choice((oid, oid, '%01'))}",
            )
        else:
            what = what if what in bodies else "objects/batch"
            body = bodies[what] if random.random() < 0.4 else with_odd_part(bodies[what], random)
            yield world.signed("POST", f"{base}/{what}", json.dumps(body).encode(), MEDIA, Accept=MEDIA)
