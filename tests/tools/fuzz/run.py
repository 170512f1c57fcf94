"""Sends mutated requests of one protocol and checks for server errors, hangs, crashes and memory growth."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from random import Random

import psutil

from tests.tools.bench.transfer import PeakMemory
from tests.tools.fuzz.mutate import corrupt_request
from tests.tools.fuzz.raw_http import RawRequest, exchange
from tests.tools.fuzz.world import World

PROTOCOLS = ("hub", "lfs", "xet", "git")
MEMORY_LIMIT_BYTES = 256 << 20
RESTORED_EVERY = 150


@dataclass
class Result:
    """The outcome of a run.

    faults  one line for each wrong response, with the seed and number of its request
    """

    protocol: str
    statuses: Counter[int] = field(default_factory=Counter)
    growth_bytes: int = 0
    slowest_seconds: float = 0
    slowest: str = ""
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        kinds = Counter({f"{status // 100}xx" if status else "closed": 0 for status in self.statuses})
        for status, count in self.statuses.items():
            kinds[f"{status // 100}xx" if status else "closed"] += count
        counted = ", ".join(f"{count} × {kind}" for kind, count in sorted(kinds.items()))
        memory = f"largest growth of a web process {self.growth_bytes >> 20} MiB"
        requests = f"{self.statuses.total()} requests ({counted})"
        return f"{self.protocol}: {requests}; slowest {self.slowest_seconds:.1f} s; {memory}"


def requests_of(protocol: str, world: World, random: Random) -> Iterator[RawRequest]:
    """Yield mutated requests without end, from the valid ones of the protocol's module."""
    valid_requests = import_module(f"tests.tools.fuzz.{protocol}").valid_requests(world, random)
    for sent in valid_requests:
        yield sent if sent.is_leak else corrupt_request(sent, random)


def play(world: World, protocol: str, *, seed: int, seconds: float, most: int = 1 << 40) -> Result:
    """Fuzz one protocol with two concurrent clients, up to `seconds` or `most` requests."""
    result, end = Result(protocol), time.monotonic() + seconds
    world.restore()
    master = world.stack.part("ecosystem.wsgi")
    workers = {child.pid for child in master.children()}
    with PeakMemory(master.pid) as memory:
        clients = [
            threading.Thread(target=_safe_client, args=(world, result, end, most // 2, seed * 2 + number))
            for number in range(2)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    result.growth_bytes = memory.peak
    if memory.peak > MEMORY_LIMIT_BYTES:
        result.faults.append(f"a web process grew by {memory.peak >> 20} MiB")
    if not psutil.pid_exists(master.pid) or {child.pid for child in master.children()} != workers:
        result.faults.append("a web process died")
    return result


def is_unknown_coding(sent: RawRequest, status: int) -> bool:
    """Return whether the server correctly refuses an unknown transfer coding (RFC 9112, 6.1)."""
    return status == 501 and any(
        name == "Transfer-Encoding" and value != "chunked" for name, value in sent.headers
    )


def _safe_client(world: World, result: Result, *rest: object) -> None:
    """Run a client and report its exceptions as faults."""
    try:
        _client(world, result, *rest)  # type: ignore[arg-type]
    except Exception as error:
        result.faults.append(f"a client broke: {type(error).__name__}: {error}")


def _client(world: World, result: Result, end: float, most: int, seed: int) -> None:
    random = Random(f"{result.protocol} {seed}")
    for number, sent in enumerate(requests_of(result.protocol, world, random)):
        if time.monotonic() > end or number >= most:
            break
        if number % RESTORED_EVERY == RESTORED_EVERY - 1:
            world.restore()
        answer = exchange(world.address, sent, host=world.host)
        if answer.is_hang:
            # Try again with a longer timeout: the machine may only be busy.
            answer = exchange(world.address, sent, host=world.host, seconds=30)
        result.statuses[max(answer.status, 0)] += 1
        if answer.seconds > result.slowest_seconds:
            result.slowest_seconds, result.slowest = answer.seconds, str(sent)
        if sent.is_leak and sent.is_leak(answer.status, answer.body):
            words = f"data of others leaked: {answer.status} {answer.body[:160]!r}"
            result.faults.append(f"{words} to request {number} of seed {seed}: {sent}")
        if answer.is_hang or (answer.status >= 500 and not is_unknown_coding(sent, answer.status)):
            what = "no answer in 30 s" if answer.is_hang else f"{answer.status} {answer.body[:160]!r}"
            result.faults.append(f"{what} to request {number} of seed {seed}: {sent}")
