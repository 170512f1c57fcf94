"""Lists with 20,000 repositories against the same lists with 200, on one site."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import requests

from tests.conftest import ROOT
from tests.system.box import TestBox

PAGES = {
    "model list": "/models",
    "filtered by task": "/models?task=text-classification",
    "searched by name": "/models?search=river",
    "sorted by downloads": "/models?sort=downloads",
    "hub API list": "/api/models?limit=50",
    "hub API search": "/api/models?search=river&limit=50",
}
ROUNDS = 15


def seed(box: TestBox, count: int, first: int) -> None:
    command = [sys.executable, "-m", "tests.bench.seed", str(count), str(first)]
    subprocess.run(command, cwd=ROOT, env=box.environment, check=True, timeout=900)


def milliseconds(url: str) -> float:
    """Median time of a page after three to warm up."""
    with requests.Session() as session:
        times = []
        for number in range(ROUNDS + 3):
            began = time.perf_counter()
            answer = session.get(url, timeout=30)
            answer.raise_for_status()
            if number >= 3:
                times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def measure(box: TestBox, *, few: int = 200, many: int = 20_000) -> list[dict]:
    """Return a row per page: milliseconds with few and with many, and their ratio."""
    seed(box, few, 0)
    small = {name: milliseconds(box.url + path) for name, path in PAGES.items()}
    seed(box, many - few, few)
    large = {name: milliseconds(box.url + path) for name, path in PAGES.items()}
    return [{"page": name, "few_ms": small[name], "many_ms": large[name], "ratio": large[name] / small[name]} for name in PAGES]
