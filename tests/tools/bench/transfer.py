"""Uploads and downloads of 500 MB by the hub client: this site compared with a bare server."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

CLIENT = """
import json, os, sys, time
from huggingface_hub import HfApi, hf_hub_download
api = HfApi()
source, rounds = sys.argv[1], int(sys.argv[2])
repo = api.create_repo(sys.argv[3], exist_ok=True).repo_id
began = time.perf_counter()
api.upload_file(path_or_fileobj=source, path_in_repo="weights.bin", repo_id=repo)
up = time.perf_counter() - began
downs = []
for index in range(rounds):
    folder = os.path.join(os.environ["HF_HOME"], f"down{index}")
    began = time.perf_counter()
    got = hf_hub_download(repo, "weights.bin", cache_dir=folder)
    downs.append(time.perf_counter() - began)
    assert os.path.getsize(got) == os.path.getsize(source)
    if index == 0:
        with open(got, "rb") as a, open(source, "rb") as b:
            while block := a.read(1 << 20):
                assert block == b.read(1 << 20)
    os.unlink(os.path.realpath(got))
print(json.dumps({"up": up, "down": min(downs)}))
"""


@dataclass(frozen=True)
class Seconds:
    up: float
    down: float


class PeakMemory:
    """Largest growth of the private memory of a worker of a server, in bytes."""

    def __init__(self, pid: int) -> None:
        self.pid, self.peak, self._stop = pid, 0, threading.Event()

    def _now(self) -> dict[int, int]:
        found = {}
        for process in psutil.Process(self.pid).children(recursive=True):
            try:
                found[process.pid] = process.memory_full_info().uss
            except psutil.Error:
                continue
        return found

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            for pid, size in self._now().items():
                self.peak = max(self.peak, size - self.before.get(pid, size))

    def __enter__(self) -> PeakMemory:
        self.before = self._now()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()


def one_transfer(
    endpoint: str, token: str, source: Path, *, has_xet: bool, name: str, rounds: int = 4
) -> Seconds:
    """Upload and download once with a fresh cache; the client checks the bytes."""
    with tempfile.TemporaryDirectory(prefix="banyan-bench-", dir=source.parent) as home:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "HF_HOME": home,
            "HF_ENDPOINT": endpoint,
            "HF_TOKEN": token,
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }
        if not has_xet:
            environment["HF_HUB_DISABLE_XET"] = "1"
        command = [sys.executable, "-c", CLIENT, str(source), str(rounds), name]
        run = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        if run.returncode:
            raise RuntimeError(run.stderr[-3000:])
        return Seconds(**json.loads(run.stdout.strip().splitlines()[-1]))


def fresh_file(folder: Path, megabytes: int, seed: int) -> Path:
    """Write new random bytes, so that deduplication saves nothing."""
    path = folder / f"weights-{seed}.bin"
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1_000_000))
    return path


def compare(
    site: tuple[str, str, int],
    reference: tuple[str, str, int],
    *,
    megabytes: int,
    repeats: int,
    has_xet: bool,
    folder: Path,
) -> dict:
    """Transfer alternately and return median seconds, ratios and the peak memory growth of the site.

    site, reference  (endpoint, token, process id)
    """
    sides = [("reference", reference), ("site", site)]
    times: dict[str, list[Seconds]] = {"site": [], "reference": []}
    growth = 0
    for repeat in range(repeats):
        source = fresh_file(folder, megabytes, repeat * 10 + has_xet)
        for side, (endpoint, token, pid) in sides if repeat % 2 else reversed(sides):
            os.sync()  # exclude earlier writes from the measurement
            with PeakMemory(pid) as memory:
                name = f"bench-{'xet' if has_xet else 'plain'}-{repeat}-{int(time.time())}"
                times[side].append(one_transfer(endpoint, token, source, has_xet=has_xet, name=name))
            growth = max(growth, memory.peak) if side == "site" else growth
        source.unlink()
    medians = {
        side: {way: statistics.median(getattr(run, way) for run in runs) for way in ("up", "down")}
        for side, runs in times.items()
    }
    ratios = {way: medians["reference"][way] / medians["site"][way] for way in ("up", "down")}
    return {"seconds": medians, "ratios": ratios, "growth_bytes": growth, "megabytes": megabytes}
