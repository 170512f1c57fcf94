"""Lists, facets and search with 100,000 repositories compared with 1,000: two sites, alternating requests."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape

import requests

from tests.conftest import ROOT
from tests.system.local_stack import TestStack
from tests.tools.bench.seed import LANGUAGES, MEMBER, TASKS, THINGS, WORDS

FEW = int(os.environ.get("BENCH_FEW_REPOS", "1000"))
MANY = int(os.environ.get("BENCH_MANY_REPOS", "100000"))
ROUNDS = int(os.environ.get("BENCH_LIST_ROUNDS", "21"))
WARM_UP, DEEP = 3, 20


def turn(values: list[str], number: int) -> str:
    return values[number % len(values)]


def misspell(word: str) -> str:
    return word[:-2] + word[-1] + word[-2]


@dataclass
class Site:
    """A local stack and the sessions that query it."""

    stack: TestStack
    sessions: dict[str, requests.Session] = field(default_factory=dict)
    deep: str = ""
    count: int = 0

    def fill(self, count: int) -> float:
        """Seed repositories and return the seconds it took."""
        began = time.monotonic()
        command = [sys.executable, "-m", "tests.tools.bench.seed", str(count)]
        subprocess.run(command, cwd=ROOT, env=self.stack.environment, check=True, timeout=1800)
        took = time.monotonic() - began
        token = self.stack.manage("create_token", MEMBER, "--role", "read").splitlines()[-1]
        self.sessions = {"anonymous": requests.Session(), "member": requests.Session()}
        self.sessions["member"].headers["Authorization"] = f"Bearer {token}"
        self.count, self.deep = count, self._far_cursor()
        return took

    def _far_cursor(self) -> str:
        """Return the cursor of a page deep in the list of models by age."""
        address, cursor = f"{self.stack.url}/api/models?limit=1000&sort=createdAt&expand=author", ""
        for _ in range(DEEP):
            link = self.sessions["anonymous"].get(address, timeout=60).headers.get("Link", "")
            if not link:
                break
            address = link[1 : link.index(">")]
            cursor = unescape(re.search(r"cursor=([^&]+)", address)[1])
        return cursor

    def seconds(self, who: str, path: str) -> float:
        began = time.perf_counter()
        answer = self.sessions[who].get(self.stack.url + path, timeout=60)
        took = time.perf_counter() - began
        answer.raise_for_status()
        return took


# Filters that fill a page on both sites, so that responses have the same size.
FULL = [
    "task=text-generation&library=transformers",
    "task=text-generation&language=en",
    "task=text-classification&language=en",
    "task=text-classification&library=transformers",
    "task=text-generation&library=transformers&language=en",
    "license=apache-2.0&library=transformers&language=en",
    "license=apache-2.0&task=text-generation",
    "library=peft&language=en",
]
# Each round queries something else, so that not everything comes from a cache.
PAGES: dict[str, Callable[[Site, int], str]] = {
    "model list": lambda site, n: "/models",
    "datasets, most downloaded": lambda site, n: "/datasets?sort=downloads",
    "filtered by task": lambda site, n: f"/models?task={turn(TASKS[:6], n)}",
    "two or three filters": lambda site, n: f"/models?{turn(FULL, n)}",
    "two tags and a size": lambda site, n: f"/models?size=min:1B&tag=topic-{n % 3}&tag=topic-{n % 3 + 1}",
    "filtered by name": lambda site, n: f"/models?search={turn(WORDS, n)}",
    "filtered by a name that one has": lambda site, n: f"/models?search=-{site.count - 100 + n}&sort=created",
    "deep in the list": lambda site, n: f"/models?sort=created&cursor={site.deep}",
    "one owner's": lambda site, n: f"/models?author={WORDS[n % 20]}-lab-{n % 20}",
    "search": lambda site, n: f"/search?q={turn(WORDS, n)}",
    "search, two words": lambda site, n: f"/search?q={turn(WORDS, n)}+transformers&type=model",
    "search in Chinese": lambda site, n: f"/search?q={turn(THINGS, n)[: 2 + n % 3]}",
    "search, misspelt": lambda site, n: f"/search?q={misspell(turn(WORDS, n))}",
    "hub API list": lambda site, n: "/api/models?limit=50",
    "hub API list, sorted": lambda site, n: (
        f"/api/models?limit=50&sort={turn(['downloads', 'lastModified', 'createdAt', 'likes'], n)}"
    ),
    "hub API list, filtered": lambda site, n: (
        f"/api/models?limit=5&filter={turn(TASKS[:3], n)}&filter={turn(LANGUAGES[:2], n)}"
        f"&filter=topic-{n % 3}"
    ),
    "hub API search": lambda site, n: f"/api/models?search={turn(WORDS, n)}&limit=50",
}


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[18]


def compare(few: Site, many: Site, who: str, path: Callable[[Site, int], str]) -> dict[str, float]:
    """Query both sites alternately; return medians and 95th percentiles in milliseconds."""
    times: dict[str, list[float]] = {"few": [], "many": []}
    for number in range(ROUNDS + WARM_UP):
        for name, site in (("few", few), ("many", many)) if number % 2 else (("many", many), ("few", few)):
            took = site.seconds(who, path(site, number))
            if number >= WARM_UP:
                times[name].append(took * 1000)
    return {
        f"{name}_{word}": figure(found)
        for name, found in times.items()
        for word, figure in (("p50", statistics.median), ("p95", p95))
    }


def measure(stack: TestStack) -> tuple[float, list[dict]]:
    """Return the seconds of seeding the large site, and a row per page and session."""
    large = TestStack(stack.folder.parent / "large", options=("--without-ml",), settings=stack.settings)
    few, many = Site(stack), Site(large)
    large.start()
    try:
        few.fill(FEW)
        seeding = many.fill(MANY)
        rows = []
        for who in ("anonymous", "member"):
            for name, path in PAGES.items():
                rows.append({"page": f"{name}, {who}", **compare(few, many, who, path)})
        return seeding, rows
    finally:
        large.stop()
