"""Valid Xet requests: uploads of xorbs and shards, and reads of files; some bodies are corrupted."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from apps.registry.blobs.xet.hashes import to_text
from tests.tools.fuzz.mutate import corrupt_bytes
from tests.tools.fuzz.raw_http import RawRequest
from tests.tools.fuzz.world import SECRET, World
from tests.xet_samples import SampleFile, SampleTerm, SampleXorb, a_shard

ROOT = "/xet/g1"
BYTES = [("Content-Type", "application/octet-stream")]


def _tokens(world: World) -> dict[str, str]:
    return {
        scope: world.request("GET", f"/api/models/owner/tiny/xet-{scope}-token/main").json()["accessToken"]
        for scope in ("read", "write")
    }


def _xorb(random: Random) -> SampleXorb:
    chunks = [random.randbytes(random.randint(1, 20_000)) for _ in range(random.randint(1, 6))]
    return SampleXorb(chunks, [random.choice((0, 1, 2)) for _ in chunks])


def _file(random: Random, xorbs: list[SampleXorb]) -> SampleFile:
    terms = []
    for _ in range(random.randint(1, 4)):
        xorb = random.choice(xorbs)
        start = random.randrange(len(xorb.chunks))
        terms.append(SampleTerm(xorb, start, random.randint(start + 1, len(xorb.chunks))))
    return SampleFile(terms)


class Requester:
    """Makes requests with read and write tokens, which it renews now and then."""

    def __init__(self, world: World) -> None:
        self.world, self.count, self.tokens = world, 0, _tokens(world)

    def __call__(self, method: str, path: str, body: bytes = b"", scope: str = "write") -> RawRequest:
        self.count += 1
        if self.count % 200 == 0:
            self.tokens = _tokens(self.world)
        return RawRequest(
            method, ROOT + path, [("Authorization", f"Bearer {self.tokens[scope]}"), *BYTES], body
        )


def _guess(request: Requester, random: Random) -> RawRequest:
    """Return a request for data of a private repository of another person."""
    file = SampleFile.whole(SECRET)
    what = random.choice(("v1", "v2", "grant", "chunk", "file"))
    if what in ("v1", "v2"):
        sent = request("POST", f"/{what}/shards", a_shard([file], random.choice(([], [SECRET]))))
    elif what == "grant":
        sent = request("POST", f"/v1/xorb-grants/default/{SECRET.text}")
    elif what == "chunk":
        sent = request("GET", f"/v1/chunks/default/{to_text(SECRET.leaves[0][0])}")
    else:
        sent = request("GET", f"/v2/reconstructions/{file.text}", scope=random.choice(("read", "write")))
    sent.is_leak = _is_frame_of_success if what == "v2" else _is_success
    return sent


def _is_success(status: int, body: bytes) -> bool:
    return 200 <= status < 300


def _is_frame_of_success(status: int, body: bytes) -> bool:
    return b'"result"' in body


def valid_requests(world: World, random: Random) -> Iterator[RawRequest]:
    request, xorbs = Requester(world), [_xorb(random) for _ in range(3)]
    files = [_file(random, xorbs)]
    while True:
        what = random.choice(
            ("xorb", "xorb", "shard", "shard", "read", "grant", "chunk", "token", "fetch", "guess")
        )
        if what == "xorb":
            xorbs = [*xorbs, _xorb(random)][-8:]
            xorb = random.choice(xorbs)
            body = xorb.body if random.random() < 0.5 else corrupt_bytes(xorb.body, random)
            yield request("POST", f"/v1/xorbs/default/{xorb.text}", body)
        elif what == "shard":
            file = _file(random, xorbs)
            files = [*files, file][-8:]
            body = a_shard([file], [term.xorb for term in file.terms])
            body = body if random.random() < 0.4 else corrupt_bytes(body, random)
            yield request("POST", random.choice(("/v2/shards", "/v1/shards")), body)
        elif what == "read":
            path = random.choice(("/v1/reconstructions/", "/v2/reconstructions/")) + random.choice(files).text
            yield request("GET", path, scope="read")
        elif what == "grant":
            yield request(
                "POST",
                f"/v1/xorb-grants/default/{random.choice((random.choice(xorbs).text, '%01', '%0D%0A'))}",
            )
        elif what == "chunk":
            yield request("GET", f"/v1/chunks/default/{random.choice(xorbs).text}", scope="read")
        elif what == "guess":
            yield _guess(request, random)
        elif what == "fetch":
            yield request("GET", f"/fetch/{random.choice(xorbs).text}?sig=x&start=0&end=9", scope="read")
        else:
            scope = random.choice(("read", "write"))
            yield world.signed(
                "GET",
                f"/api/models/owner/tiny/xet-{scope}-token/{random.choice(('main', 'x', '%01', 'a%1b'))}",
            )
