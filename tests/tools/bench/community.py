"""Pages of the community on a large and a small site: processor time, database time and queries of each."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psutil
import requests
from django.conf import settings

from tests.conftest import ROOT
from tests.system.local_stack import TestStack
from tests.tools.bench.lists import misspell, turn
from tests.tools.bench.seed import THINGS, WORDS

REQUESTS = int(os.environ.get("BENCH_COMMUNITY_REQUESTS", "60"))
WARM_UP, ROUNDS = 6, 3
FEW = {"topics": 200, "posts": 50_000, "people": 200, "long": 1_000, "told": 2_000, "own": 100}
MANY = {"topics": 5_000, "posts": 100_000, "people": 10_000, "long": 10_000, "told": 100_000, "own": 5_000}
ANONYMOUS, MEMBER = "anonymous", "signed in"
MOST_MILLISECONDS, MOST_QUERIES = {ANONYMOUS: 15, MEMBER: 30}, 12


MAIN_PAGES, COMPARED = ("topic list", "topic"), ("search", "inbox", "unread")
SHORT, LONG = "topic of 20 posts", "long topic"


@dataclass
class Usage:
    """What a request costs.

    web       milliseconds of processor time of the web processes, a request
    database  the same of PostgreSQL
    times     milliseconds of each request
    """

    web: float = 0
    database: float = 0
    times: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.times)


def processor_seconds(process: psutil.Process) -> float:
    """Return the processor time of a process and of its children, also of those that have exited."""
    spent = process.cpu_times()
    total = spent.user + spent.system + spent.children_user + spent.children_system
    for child in process.children(recursive=True):
        own = child.cpu_times()
        total += own.user + own.system
    return total


@dataclass
class Site:
    """A local stack, what its seed has told, and the sessions that ask it."""

    stack: TestStack
    size: dict[str, int]
    facts: dict[str, Any] = field(default_factory=dict)
    sessions: dict[str, requests.Session] = field(default_factory=dict)

    def fill(self) -> float:
        """Seed the site and return the seconds it took."""
        began = time.monotonic()
        self.facts = json.loads(self._run("tests.tools.bench.community_seed", json.dumps(self.size)))
        took = time.monotonic() - began
        self.sessions = {ANONYMOUS: requests.Session(), MEMBER: requests.Session()}
        self.sessions[MEMBER].cookies.set(settings.SESSION_COOKIE_NAME, self.facts["cookie"])
        return took

    def _run(self, module: str, *arguments: str) -> str:
        command = [sys.executable, "-m", module, *arguments]
        run = subprocess.run(
            command,
            cwd=ROOT,
            env=self.stack.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=1800,
        )
        return run.stdout.splitlines()[-1]

    def queries(self, paths: dict[str, list[str]]) -> dict[str, list[int]]:
        """Return how many queries the site makes for paths, by session."""
        words = json.dumps({"cookie": self.facts["cookie"], "paths": paths})
        found: dict[str, list[int]] = json.loads(self._run("tests.tools.bench.queries", words))
        return found

    def spent(self) -> tuple[float, float]:
        """Return the seconds of processor time that the web processes and PostgreSQL have spent."""
        web, database = (self.stack.part(word) for word in ("ecosystem.wsgi", "bin/postgres"))
        return processor_seconds(web), processor_seconds(database)

    def get(self, who: str, path: str) -> float:
        began = time.perf_counter()
        answer = self.sessions[who].get(self.stack.url + path, timeout=60, allow_redirects=False)
        took = time.perf_counter() - began
        assert answer.status_code == 200, (path, answer.status_code)
        return took * 1000


# Each request asks for something else where it can, so that not everything comes from a cache.
PAGES: dict[str, Callable[[Site, int], str]] = {
    "topic list": lambda site, n: "/forum",
    "topic list, top": lambda site, n: "/forum?list=top&period=all",
    "topics of a category": lambda site, n: f"/forum/c/{site.facts['category']}",
    "topics of a tag": lambda site, n: f"/forum/tags/{site.facts['tag']}",
    "categories": lambda site, n: "/forum/categories",
    "topic": lambda site, n: turn(site.facts["topics"], n),
    SHORT: lambda site, n: f"{site.facts['short']}?at=first",
    LONG: lambda site, n: f"{site.facts['long']}?at=first",
    "long topic, in the middle": lambda site, n: f"{site.facts['long']}?post={site.size['long'] // 2 + n}",
    "long topic, at the end": lambda site, n: f"{site.facts['long']}?at=last",
    "search of topics": lambda site, n: f"/forum/search?q={turn(WORDS, n)}",
    "search of topics, two words": lambda site, n: f"/forum/search?q={turn(WORDS, n)}+{turn(WORDS, n + 7)}",
    "search of topics, in Chinese": lambda site, n: f"/forum/search?q={turn(THINGS, n)}",
    "search of the site": lambda site, n: f"/search?q={turn(WORDS, n)}&type=topic",
    "search of the site, misspelt": lambda site, n: f"/search?q={misspell(turn(WORDS, n))}",
}
OWN_PAGES: dict[str, Callable[[Site, int], str]] = {
    "new topics": lambda site, n: "/forum?list=new",
    "unread topics": lambda site, n: "/forum?list=unread",
    "own topics": lambda site, n: "/forum?list=mine",
    "inbox": lambda site, n: "/notifications",
    "inbox, unread": lambda site, n: "/notifications?folder=unread",
}
SESSIONS = {ANONYMOUS: PAGES, MEMBER: {**PAGES, **OWN_PAGES}}


def use(site: Site, who: str, path: Callable[[Site, int], str], usage: Usage) -> None:
    """Ask for a page many times and add what that cost to a usage."""
    for number in range(WARM_UP):
        site.get(who, path(site, number))
    web, database = site.spent()
    count = REQUESTS // ROUNDS
    usage.times += [site.get(who, path(site, number)) for number in range(count)]
    web_after, database_after = site.spent()
    usage.web += (web_after - web) * 1000 / count / ROUNDS
    usage.database += (database_after - database) * 1000 / count / ROUNDS


@dataclass(frozen=True)
class Measured:
    """A page in one session: its queries on the large site, and its cost on both."""

    page: str
    session: str
    queries: int
    few: Usage
    many: Usage

    @property
    def bound(self) -> int | None:
        """How much processor time of the web processes a main page may take, in milliseconds."""
        return MOST_MILLISECONDS[self.session] if self.page in MAIN_PAGES else None

    @property
    def holds(self) -> bool:
        is_quick = self.bound is None or max(self.few.web, self.many.web) <= self.bound
        return is_quick and self.queries <= MOST_QUERIES


def compare(few: Site, many: Site, who: str, path: Callable[[Site, int], str]) -> tuple[Usage, Usage]:
    """Use a page of both sites in turns."""
    usages = [(few, Usage()), (many, Usage())]
    for number in range(ROUNDS):
        for site, usage in usages if number % 2 else reversed(usages):
            use(site, who, path, usage)
    return usages[0][1], usages[1][1]


def words(size: dict[str, int]) -> str:
    return f"{size['posts']:,} posts, {size['topics']:,} topics, {size['people']:,} people"


def ratios(found: list[Measured]) -> Iterator[tuple[str, float, float]]:
    """Yield what is compared, the ratio of median times, and its bound."""
    rows = {(one.page, one.session): one for one in found}
    for who in SESSIONS:
        short, long = rows[SHORT, who].many, rows[LONG, who].many
        yield f"topic of {MANY['long']:,} posts against one of 20, {who}", long.median / short.median, 1.5
    for one in found:
        if one.page.startswith(COMPARED):
            yield f"{one.page}, large site against small, {one.session}", one.many.median / one.few.median, 2


def measure_pages(few: Site, many: Site) -> list[Measured]:
    paths = {who: [path(many, 0) for path in pages.values()] for who, pages in SESSIONS.items()}
    queries = many.queries(paths)
    return [
        Measured(page, who, count, *compare(few, many, who, path))
        for who, pages in SESSIONS.items()
        for (page, path), count in zip(pages.items(), queries[who], strict=True)
    ]


def measure(stack: TestStack) -> tuple[float, list[Measured]]:
    """Return the seconds of seeding the large site, and a row per page and session."""
    large = TestStack(stack.folder.parent / "talk", options=("--without-ml",), settings=stack.settings)
    few, many = Site(stack, FEW), Site(large, MANY)
    large.start()
    try:
        few.fill()
        return many.fill(), measure_pages(few, many)
    finally:
        large.stop()
