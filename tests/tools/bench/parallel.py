"""Eight concurrent downloads of 1 GiB on two web processes: their memory, and the latency of other pages."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests

from tests.system.local_stack import TestStack

GIBIBYTE = 1 << 30
DOWNLOADS, PAGES, ROUNDS = 8, 120, 3
ADDRESSES = ("/models", "/api/models?limit=20", "{repo}", "/api/models{repo}")
UPLOAD = """
import sys
from huggingface_hub import HfApi
api = HfApi()
repo = api.create_repo(sys.argv[2], exist_ok=True).repo_id
api.upload_file(path_or_fileobj=sys.argv[1], path_in_repo="weights.bin", repo_id=repo)
print(repo)
"""


class AllMemory:
    """Memory of all web processes in bytes, before and at its peak; shared memory counts once."""

    def __init__(self, pid: int) -> None:
        self.pid, self._over = pid, threading.Event()

    def now(self) -> int:
        master = psutil.Process(self.pid)
        return sum(process.memory_full_info().pss for process in [master, *master.children(recursive=True)])

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            try:
                self.peak = max(self.peak, self.now())
            except psutil.Error:
                continue

    def __enter__(self) -> AllMemory:
        self.before = self.peak = self.now()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()


def upload(stack: TestStack, token: str, file: Path, name: str, *, has_xet: bool) -> str:
    """Upload the file with the hub client and return the repository."""
    with tempfile.TemporaryDirectory(dir=file.parent) as home:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "HF_HOME": home,
            "HF_ENDPOINT": stack.url,
            "HF_TOKEN": token,
        }
        environment |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        if not has_xet:
            environment["HF_HUB_DISABLE_XET"] = "1"
        command = [sys.executable, "-c", UPLOAD, str(file), name]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=900
        ).stdout.split()[-1]


@contextmanager
def parallel_downloads(url: str) -> Iterator[list[subprocess.Popen]]:
    """Keep `DOWNLOADS` downloads running during the block; each restarts when it ends."""
    script = f"while curl -sSf -o /dev/null {url}; do :; done"
    loops = [subprocess.Popen(["sh", "-c", script], start_new_session=True) for _ in range(DOWNLOADS)]
    try:
        time.sleep(1)
        yield loops
        # A refused download ends its loop.
        if any(loop.poll() is not None for loop in loops):
            raise RuntimeError(f"A download of {url} failed.")
    finally:
        for loop in loops:
            if loop.poll() is None:
                os.killpg(loop.pid, 9)
            loop.wait()


def p95_latency(stack: TestStack, repo: str) -> float:
    """Return the 95th percentile of page latencies in seconds."""
    times, session = [], requests.Session()
    for number in range(PAGES):
        began = time.perf_counter()
        session.get(
            stack.url + ADDRESSES[number % len(ADDRESSES)].format(repo=f"/{repo}"), timeout=60
        ).raise_for_status()
        times.append(time.perf_counter() - began)
    return statistics.quantiles(times, n=20)[-1]


def measure(stack: TestStack, token: str, folder: Path, *, has_xet: bool) -> dict[str, float]:
    """Return memory before and at its peak in bytes, and p95 latencies in seconds, idle and under load."""
    file = folder / "weights.bin"
    with file.open("wb") as weights:
        for _ in range(GIBIBYTE >> 20):
            weights.write(os.urandom(1 << 20))
    repo = upload(stack, token, file, f"parallel-{'xet' if has_xet else 'plain'}", has_xet=has_xet)
    file.unlink()
    p95_latency(stack, repo)  # warms up
    answers = []
    with AllMemory(stack.part("ecosystem.wsgi").pid) as memory:
        for _ in range(ROUNDS):
            idle = p95_latency(stack, repo)
            with parallel_downloads(f"{stack.url}/{repo}/resolve/main/weights.bin"):
                answers.append((p95_latency(stack, repo) / idle, idle))
    ratio, idle = statistics.median_low(answers)
    return {"before": memory.before, "peak": memory.peak, "idle": idle, "busy": ratio * idle}
