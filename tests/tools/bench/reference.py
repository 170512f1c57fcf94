"""A bare server that only stores bytes, as a peer for transfers by the hub client.

It serves the routes of one upload and one download, without accounts or checks, from a folder.
Run by gunicorn as `tests.tools.bench.reference:application` with REFERENCE_DIR set.
"""

from __future__ import annotations

import base64
import json
import os
import re
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import unquote

FOLDER = Path(os.environ.get("REFERENCE_DIR", "."))
BLOCK = 1 << 20
COMMIT = "0" * 40
Start = Callable[[str, list[tuple[str, str]]], object]


def text_of(raw: bytes) -> str:
    """Return the text form of a 32-byte Xet hash."""
    return "%016x%016x%016x%016x" % struct.unpack("<4Q", raw)


class Reference:
    def __init__(self, environ: dict, start: Start) -> None:
        self.environ, self.start = environ, start
        self.method, self.path = environ["REQUEST_METHOD"], unquote(environ["PATH_INFO"])
        self.base = f"http://{environ['HTTP_HOST']}"

    def json(
        self, body: object, status: str = "200 OK", headers: dict[str, str] | None = None
    ) -> Iterable[bytes]:
        data = json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "Content-Length": str(len(data)), **(headers or {})}
        self.start(status, list(sent.items()))
        return [data]

    def missing(self) -> Iterable[bytes]:
        return self.json({"error": "Not found"}, "404 Not Found")

    def body(self) -> bytes:
        return self.environ["wsgi.input"].read(int(self.environ.get("CONTENT_LENGTH") or 0))

    def store_body(self, name: str) -> Path:
        """Write the request's body to a file, block by block."""
        target = FOLDER / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source, left = self.environ["wsgi.input"], int(self.environ.get("CONTENT_LENGTH") or 0)
        with target.open("wb") as file:
            while left > 0 and (data := source.read(min(BLOCK, left))):
                file.write(data)
                left -= len(data)
        return target

    def send(self, file: Path, headers: dict[str, str]) -> Iterable[bytes]:
        size = file.stat().st_size
        response = re.fullmatch(r"bytes=(\d+)-(\d*)", self.environ.get("HTTP_RANGE", ""))
        first = int(response[1]) if response else 0
        last = min(int(response[2]), size - 1) if response and response[2] else size - 1
        sent = {
            "Content-Length": str(last - first + 1),
            "Accept-Ranges": "bytes",
            "Content-Type": "application/octet-stream",
            **headers,
        }
        if response:
            sent["Content-Range"] = f"bytes {first}-{last}/{size}"
        self.start("206 Partial Content" if response else "200 OK", list(sent.items()))
        if self.method == "HEAD":
            return []
        opened = file.open("rb", buffering=0)
        opened.seek(first)
        return self.environ["wsgi.file_wrapper"](opened, BLOCK)

    def answer(self) -> Iterable[bytes]:
        for form, method in ROUTES:
            if found := re.fullmatch(form, self.path):
                return getattr(self, method)(*found.groups())
        return self.missing()

    # hub
    def create(self) -> Iterable[bytes]:
        facts = json.loads(self.body())
        return self.json({"url": f"{self.base}/{facts.get('organization') or 'owner'}/{facts['name']}"})

    def preupload(self) -> Iterable[bytes]:
        files = json.loads(self.body())["files"]
        return self.json(
            {"files": [{"path": file["path"], "uploadMode": "lfs", "shouldIgnore": False} for file in files]}
        )

    def commit(self) -> Iterable[bytes]:
        for line in self.body().splitlines():
            entry = json.loads(line)
            if entry["key"] == "lfsFile":
                (FOLDER / "pointer").write_text(json.dumps(entry["value"]))
            if entry["key"] == "file":
                (FOLDER / "regular").write_bytes(base64.b64decode(entry["value"]["content"]))
        return self.json(
            {"commitUrl": f"{self.base}/owner/big/commit/{COMMIT}", "commitOid": COMMIT, "success": True}
        )

    def resolve(self) -> Iterable[bytes]:
        pointer = json.loads((FOLDER / "pointer").read_text())
        headers = {
            "X-Repo-Commit": COMMIT,
            "ETag": f'"{pointer["oid"]}"',
            "X-Linked-Etag": f'"{pointer["oid"]}"',
        }
        headers["X-Linked-Size"] = str(pointer["size"])
        plain = FOLDER / "lfs" / pointer["oid"]
        if plain.exists():
            return self.send(plain, headers)
        file = json.loads((FOLDER / "file").read_text())
        headers |= {
            "X-Xet-Hash": file["hash"],
            "Link": f'<{self.base}/api/models/owner/big/xet-read-token/{COMMIT}>; rel="xet-auth"',
        }
        headers |= {"Content-Length": str(pointer["size"]), "Accept-Ranges": "bytes"}
        self.start("200 OK", list(headers.items()))
        return []

    # LFS
    def batch(self) -> Iterable[bytes]:
        objects = json.loads(self.body())["objects"]
        actions = [
            {**entry, "actions": {"upload": {"href": f"{self.base}/lfs/{entry['oid']}"}}} for entry in objects
        ]
        return self.json(
            {"transfer": "basic", "objects": actions},
            headers={"Content-Type": "application/vnd.git-lfs+json"},
        )

    def lfs(self, oid: str) -> Iterable[bytes]:
        self.store_body(f"lfs/{oid}")
        return self.json({})

    # Xet
    def token(self) -> Iterable[bytes]:
        facts = {"casUrl": f"{self.base}/cas", "exp": 4102444800, "accessToken": "open"}
        names = {
            "X-Xet-Cas-Url": facts["casUrl"],
            "X-Xet-Token-Expiration": "4102444800",
            "X-Xet-Access-Token": "open",
        }
        return self.json(facts, headers=names)

    def xorb(self, name: str) -> Iterable[bytes]:
        if self.method == "GET":
            return self.send(FOLDER / "xorbs" / name, {})
        self.store_body(f"xorbs/{name}")
        return self.json({"was_inserted": True})

    def shard(self) -> Iterable[bytes]:
        """Store the claimed terms of each file."""
        data, at = self.body(), 48
        while data[at : at + 32] != b"\xff" * 32:
            name, (flags, count) = text_of(data[at : at + 32]), struct.unpack_from("<II", data, at + 32)
            at += 48
            terms = []
            for index in range(count):
                _flags, length, start, end = struct.unpack_from("<4I", data, at + 48 * index + 32)
                terms.append([text_of(data[at + 48 * index : at + 48 * index + 32]), length, start, end])
            at += 48 * count * (2 if flags >> 31 & 1 else 1) + (48 if flags >> 30 & 1 else 0)
            (FOLDER / "file").write_text(json.dumps({"hash": name, "terms": terms}))
        return self.json({"result": 1})

    def reconstruction(self, name: str) -> Iterable[bytes]:
        """Return the terms of the requested range, with URLs of whole xorbs."""
        response = re.fullmatch(r"bytes=(\d+)-(\d+)", self.environ.get("HTTP_RANGE", ""))
        first, last = (int(response[1]), int(response[2])) if response else (0, 1 << 62)
        terms, fetch, at, skipped = [], {}, 0, None
        for xorb, length, start, end in json.loads((FOLDER / "file").read_text())["terms"]:
            if at + length > first and at <= last:
                skipped = first - at if skipped is None else skipped
                terms.append({"hash": xorb, "unpacked_length": length, "range": {"start": start, "end": end}})
                fetch[xorb] = [self.whole(xorb)]
            at += length
        if not terms:
            return self.json({"error": "Range not satisfiable"}, "416 Range Not Satisfiable")
        return self.json({"offset_into_first_range": skipped, "terms": terms, "fetch_info": fetch})

    def whole(self, xorb: str) -> dict:
        data, at, chunks = (FOLDER / "xorbs" / xorb).read_bytes(), 0, 0
        while at < len(data) and data[at : at + 7] != b"XETBLOB":
            at += 8 + int.from_bytes(data[at + 1 : at + 4], "little")
            chunks += 1
        return {
            "range": {"start": 0, "end": chunks},
            "url": f"{self.base}/cas/v1/xorbs/default/{xorb}",
            "url_range": {"start": 0, "end": at - 1},
        }


ROUTES = [
    (r"/api/repos/create", "create"),
    (r"/api/models/[^/]+/[^/]+/preupload/.*", "preupload"),
    (r"/api/models/[^/]+/[^/]+/commit/.*", "commit"),
    (r"/api/models/[^/]+/[^/]+/xet-(?:read|write)-token/.*", "token"),
    (r"/[^/]+/[^/]+/resolve/.*", "resolve"),
    (r"/[^/]+/[^/]+\.git/info/lfs/objects/batch", "batch"),
    (r"/lfs/([0-9a-f]{64})", "lfs"),
    (r"/cas/v1/xorbs/default/([0-9a-f]{64})", "xorb"),
    (r"/cas/v1/shards", "shard"),
    (r"/cas/v1/reconstructions/([0-9a-f]{64})", "reconstruction"),
]


def application(environ: dict, start: Start) -> Iterable[bytes]:
    return Reference(environ, start).answer()
