"""A local stack with a repository of each kind, which is restored after requests have deleted it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.system.local_stack import TestStack
from tests.tools.fuzz.raw_http import RawRequest
from tests.xet_samples import SampleFile, SampleXorb, a_shard

CARD = "---\nlicense: mit\n---\n# Tiny\n"
WEIGHTS = bytes(range(256)) * 600
# contents of a private repository of another person, by Xet and LFS, that are easy to guess
SECRET = SampleXorb([b"database_password=hunter4242\n"])
SECRET_OBJECT = b"api_key=hunter4242\n" * 20
KINDS = ("model", "dataset", "space", "kernel")
PREFIX = {"model": "", "dataset": "datasets/", "space": "spaces/", "kernel": "kernels/"}


@dataclass
class World:
    """A running local stack.

    token  of `owner`, who administers `owner/tiny` of each kind
    other  token of the owner of the private repository
    """

    stack: TestStack
    token: str = ""
    other: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    @classmethod
    def begin(cls, folder: Path) -> World:
        stack = TestStack(folder / "stack", options=("--without-ml",), settings={"WEB_WORKERS": "2"})
        stack.start()
        world = cls(stack, *stack.people("owner", "other"))
        world.session.headers["Authorization"] = f"Bearer {world.token}"
        world.fill_vault()
        world.restore()
        return world

    @property
    def address(self) -> Path:
        """The socket of the web server."""
        return self.stack.folder / "run" / "web.sock"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.stack.port}"

    def end(self) -> None:
        self.stack.stop()
        for part in self.stack.parts():
            part.kill()

    def request(self, method: str, path: str, **facts: Any) -> requests.Response:
        return self.session.request(method, f"{self.stack.url}{path}", timeout=60, **facts)

    def restore(self) -> None:
        """Create the missing repositories, each with a card and a large file, and make all of them public."""
        for kind in KINDS:
            body = {
                "name": "tiny",
                "type": kind,
                "private": False,
                **({"sdk": "static"} if kind == "space" else {}),
            }
            if self.request("POST", "/api/repos/create", json=body).status_code in (200, 201):
                self._fill(kind)
            self.request("PUT", f"/api/{kind}s/owner/tiny/settings", json={"visibility": "public"})

    def fill_vault(self) -> None:
        """Create a private repository of another person with a Xet file and an LFS object."""
        url, own = self.stack.url, {"Authorization": f"Bearer {self.other}"}
        requests.post(
            f"{url}/api/repos/create", json={"name": "vault", "private": True}, headers=own, timeout=60
        ).raise_for_status()
        answer_body = requests.get(
            f"{url}/api/models/other/vault/xet-write-token/main", headers=own, timeout=60
        ).json()
        bearer, file = {"Authorization": f"Bearer {answer_body['accessToken']}"}, SampleFile.whole(SECRET)
        for path, body in (
            (f"/v1/xorbs/default/{SECRET.text}", SECRET.body),
            ("/v1/shards", a_shard([file])),
        ):
            requests.post(
                answer_body["casUrl"] + path, data=body, headers=bearer, timeout=60
            ).raise_for_status()
        oid, size = hashlib.sha256(SECRET_OBJECT).hexdigest(), len(SECRET_OBJECT)
        batch = {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": oid, "size": size}]}
        lfs = requests.post(
            f"{url}/other/vault.git/info/lfs/objects/batch", json=batch, headers=own, timeout=60
        ).json()
        requests.put(
            lfs["objects"][0]["actions"]["upload"]["href"], data=SECRET_OBJECT, timeout=60
        ).raise_for_status()
        lines = [
            {"key": "header", "value": {"summary": "Fill"}},
            {
                "key": "lfsFile",
                "value": {"path": "one.bin", "algo": "sha256", "oid": file.oid, "size": len(file.data)},
            },
            {"key": "lfsFile", "value": {"path": "two.bin", "algo": "sha256", "oid": oid, "size": size}},
        ]
        body = "\n".join(map(json.dumps, lines))
        requests.post(
            f"{url}/api/models/other/vault/commit/main", data=body, headers=own, timeout=60
        ).raise_for_status()

    def _fill(self, kind: str) -> None:
        oid, size = hashlib.sha256(WEIGHTS).hexdigest(), len(WEIGHTS)
        batch = {
            "operation": "upload",
            "transfers": ["basic"],
            "hash_algo": "sha256",
            "objects": [{"oid": oid, "size": size}],
        }
        lfs = self.request("POST", f"/{PREFIX[kind]}owner/tiny.git/info/lfs/objects/batch", json=batch).json()
        if actions := lfs["objects"][0].get("actions"):
            requests.put(actions["upload"]["href"], data=WEIGHTS, timeout=60).raise_for_status()
        card = {
            "path": "README.md",
            "encoding": "base64",
            "content": base64.b64encode(CARD.encode()).decode(),
        }
        lines = [
            {"key": "header", "value": {"summary": "Fill"}},
            {"key": "file", "value": card},
            {"key": "lfsFile", "value": {"path": "weights.bin", "algo": "sha256", "oid": oid, "size": size}},
        ]
        body = "\n".join(map(json.dumps, lines))
        self.request(
            "POST",
            f"/api/{kind}s/owner/tiny/commit/main",
            data=body,
            headers={"Content-Type": "application/x-ndjson"},
        )

    def signed(
        self, method: str, target: str, body: bytes = b"", kind: str = "", **headers: str
    ) -> RawRequest:
        """Return a request with the owner's token."""
        pairs = [
            ("Authorization", f"Bearer {self.token}"),
            *((name.replace("_", "-"), value) for name, value in headers.items()),
        ]
        return RawRequest(method, target, pairs + ([("Content-Type", kind)] if kind else []), body)
