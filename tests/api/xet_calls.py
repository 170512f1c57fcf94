"""A minimal Xet client on top of Django's test client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from apps.registry.blobs.services import link_objects
from tests.xet_samples import SampleFile, SampleXorb, a_shard

BYTES = "application/octet-stream"


@dataclass
class XetClient:
    """A client of one person for one repository."""

    client: Any
    repo: Any
    person: Any

    def token_answer(self, scope: str, revision: str = "main"):
        address = self.repo.address
        return self.client.get(
            f"/api/{address.plural}/{address.id}/xet-{scope}-token/{revision}", headers=self.person.headers
        )

    def bearer(self, scope: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token_answer(scope).json()['accessToken']}"}

    def post(self, path: str, body: bytes, scope: str = "write"):
        return self.client.post(f"/xet/g1{path}", body, content_type=BYTES, headers=self.bearer(scope))

    def get(self, path: str, scope: str = "read", **headers: str):
        return self.client.get(f"/xet/g1{path}", headers={**self.bearer(scope), **headers})

    def send_xorb(self, xorb: SampleXorb, body: bytes | None = None, name: str | None = None):
        return self.post(f"/v1/xorbs/default/{name or xorb.text}", xorb.body if body is None else body)

    def send_shard(self, shard: bytes) -> list[dict]:
        """Return the frames of the response."""
        answer = self.post("/v2/shards", shard)
        assert answer.status_code == 200, answer.content
        return [json.loads(line) for line in b"".join(answer).splitlines()]

    def send_file(self, file: SampleFile, *, commit: bool = True) -> None:
        """Upload a file with its xorbs, and link it as a commit does."""
        for xorb in {term.xorb.text: term.xorb for term in file.terms}.values():
            assert self.send_xorb(xorb).status_code == 200
        assert self.send_shard(a_shard([file]))[-1] == {"type": "result"}
        if commit:
            link_objects(self.repo.pk, [(file.oid, len(file.data))])
