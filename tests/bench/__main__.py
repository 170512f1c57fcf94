"""`make bench`: measures this site against named peers in one run and writes docs/benchmarks.md.

usage  python -m tests.bench [transfers] [edits] [parallel] [git] [lists] [training] [start]; nothing named means all
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
django.setup()

import contextlib
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil

from ecosystem.services.box import MEMORY
from tests.bench import edits, git, lists, parallel, training, transfer
from tests.conftest import ROOT, answers, free_port, wait_until
from tests.system.box import TestBox

REPORT = ROOT / "docs" / "benchmarks.md"
MEGABYTES = int(os.environ.get("BENCH_MEGABYTES", "500"))
REPEATS = int(os.environ.get("BENCH_REPEATS", "3"))
OWNER = "bencher"
MEBIBYTE = 1 << 20
LEAST_RATIO = 0.8


def say(line: str) -> None:
    print(line, flush=True)


@contextlib.contextmanager
def reference_server(folder: Path) -> Iterator[tuple[str, str, int]]:
    """Run the bare server under the same gunicorn settings and memory settings as the site; gives endpoint, token, process id."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "tests.bench.reference:application", "-k", "gthread", "-w", "2", "--threads", "64"]
    process = subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}", "--log-level", "error"],
        cwd=ROOT,
        env={**os.environ, **MEMORY, "REFERENCE_DIR": str(folder)},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _listens(port), what="the bare server")
        yield url, "hf_none", process.pid
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def verdict(holds: bool) -> str:
    return "yes" if holds else "**no**"


def transfers(box: TestBox, token: str, folder: Path) -> list[str]:
    """500 MB by the hub client, Xet and plain, against the bare server."""
    lines = [row("transfer", "bare server", "this site", "ratio", "at least", "holds"), row(*["---"] * 6)]
    growths = []
    bare = folder / "bare"
    bare.mkdir()
    with reference_server(bare) as reference:
        for has_xet in (True, False):
            site = (box.url, token, box.part("ecosystem.wsgi").pid)
            found = transfer.compare(site, reference, megabytes=MEGABYTES, repeats=REPEATS, has_xet=has_xet, folder=folder)
            growths.append((has_xet, found["growth_bytes"]))
            for way in ("up", "down"):
                name = f"{MEGABYTES} MB {way}load, {'Xet' if has_xet else 'plain LFS/HTTP'}"
                speeds = [f"{MEGABYTES / found['seconds'][side][way]:.0f} MB/s" for side in ("reference", "site")]
                ratio = found["ratios"][way]
                lines.append(row(name, *speeds, f"{ratio:.2f}", LEAST_RATIO, verdict(ratio >= LEAST_RATIO)))
                say(lines[-1])
    lines += ["", row("memory growth of one web process", "MiB", "at most", "holds"), row(*["---"] * 4)]
    for has_xet, growth in growths:
        lines.append(row("Xet" if has_xet else "plain", f"{growth / MEBIBYTE:.0f}", 64, verdict(growth <= 64 * MEBIBYTE)))
        say(lines[-1])
    return lines


def edited_copies(box: TestBox, token: str, folder: Path) -> list[str]:
    """Bytes that an edited copy of a 100 MB file costs: 100 bytes put in, 5 KB overwritten, 3 MB appended."""
    found = edits.measure(box.url, token, OWNER, folder)
    lines = [row("edited copy of 100 MB, sent by", "MB", "at most", "holds"), row(*["---"] * 4)]
    for way, words, most in (("warm", "the client that sent the file", 4), ("empty", "a client with an empty cache", 8)):
        lines.append(row(words, f"{found[way] / 1e6:.1f}", most, verdict(found[way] <= most * 1e6)))
        say(lines[-1])
    return lines


def parallel_downloads(box: TestBox, token: str, folder: Path) -> list[str]:
    """Eight downloads of 1 GiB at once: memory of all web processes, and other pages beside them."""
    lines = [row("8 downloads of 1 GiB at once", "figure", "bound", "holds"), row(*["---"] * 4)]
    for has_xet in (False, True):
        found, way = parallel.measure(box, token, folder, has_xet=has_xet), "rebuilt from Xet" if has_xet else "plain"
        grown, ratio = (found["peak"] - found["before"]) / MEBIBYTE, found["busy"] / found["idle"]
        memory = f"{found['peak'] / MEBIBYTE:.0f} MiB in all, {grown:.0f} of them for the downloads"
        lines.append(row(f"{way}: memory of the web processes", memory, "200 MiB", verdict(found["peak"] <= 200 * MEBIBYTE)))
        times = f"{found['busy'] * 1000:.0f} ms beside {found['idle'] * 1000:.0f} ms when idle: {ratio:.1f}"
        lines.append(row(f"{way}: other pages, 95 of 100", times, "3", verdict(ratio <= 3)))
    for line in lines[2:]:
        say(line)
    return lines


def repositories(box: TestBox, token: str, folder: Path) -> list[str]:
    lines = [row("work", "against", "peer", "this site", "ratio", "at most", "holds"), row(*["---"] * 7)]
    for found in git.measure(box, token, OWNER, folder / "git"):
        times = f"{found['peer_ms']:.0f} ms", f"{found['ours_ms']:.0f} ms"
        bound = (found["most"], verdict(found["ratio"] <= found["most"])) if found["most"] else ("", "")
        lines.append(row(found["work"], found["peer"], *times, f"{found['ratio']:.2f}", *bound))
        say(lines[-1])
    return lines


def list_pages(box: TestBox) -> list[str]:
    lines = [row("page", "200 repositories", "20,000", "ratio", "at most", "holds"), row(*["---"] * 6)]
    for found in lists.measure(box):
        times = f"{found['few_ms']:.1f} ms", f"{found['many_ms']:.1f} ms"
        lines.append(row(found["page"], *times, f"{found['ratio']:.2f}", 2, verdict(found["ratio"] <= 2)))
        say(lines[-1])
    return lines


def trainings(box: TestBox, token: str, folder: Path) -> list[str]:
    found = training.compare(box.url, token, OWNER, training.cached_inputs(folder / "input"), repeats=REPEATS)
    lines = [row("fine-tune of MiniLM, 60 steps of 16", "by hand", "through the site", "figure", "bound", "holds"), row(*["---"] * 6)]
    ratio, overhead = found["ratio"], found["overhead"]
    speeds = f"{found['hand']:.2f} steps/s", f"{found['site']:.2f} steps/s"
    lines.append(row("training speed", *speeds, f"{ratio:.2f}", "≥ 0.95", verdict(ratio >= 0.95)))
    firsts = f"{found['hand_first']:.1f} s from start", f"{found['site_first']:.1f} s from claim"
    lines.append(row("to the first step", *firsts, f"{overhead:+.1f} s", "≤ 2 s", verdict(overhead <= 2)))
    for line in lines[2:]:
        say(line)
    return lines


def starts(folder: Path) -> list[str]:
    """First and second start of a whole box."""
    box = TestBox(folder / "start", settings={"ECOSYSTEM_TEST": "0"})
    first = box.start()
    box.stop()
    second = box.start()
    box.stop()
    lines = [row("start of the whole box", "seconds", "at most", "holds"), row(*["---"] * 4)]
    lines += [row("first", f"{first:.1f}", "", ""), row("second", f"{second:.1f}", 5, verdict(second <= 5))]
    for line in lines[2:]:
        say(line)
    return lines


def machine() -> str:
    facts = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(": ")[1] for line in facts if line.startswith("model name")), platform.machine())
    return f"{psutil.cpu_count()} cores ({cpu}), {psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}"


HEAD = """# Benchmarks

Written by `make bench`. Every figure is a ratio or a difference against a named peer in the same run, in turns, on one machine that
also runs the client; medians of {repeats}. The bare server (`tests/bench/reference.py`) only stores the bytes it gets: it checks no
token, no hash, no path, and keeps no history.

{machine}, {date}.
"""


def main(wanted: set[str]) -> None:
    began = time.monotonic()
    parts: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="banyan-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        if "start" in wanted:
            parts["Start"] = starts(folder)
        box = TestBox(folder / "box", settings={"ECOSYSTEM_TEST": "0"})
        box.start()
        try:
            box.manage("create_user", OWNER)
            token = box.manage("create_token", OWNER, "--role", "write").splitlines()[-1]
            assert answers(f"{box.url}/readyz")
            if "transfers" in wanted:
                parts["Transfers"] = transfers(box, token, folder)
            if "edits" in wanted:
                parts["Edited copies"] = edited_copies(box, token, folder)
            if "parallel" in wanted:
                parts["Parallel downloads"] = parallel_downloads(box, token, folder)
            if "git" in wanted:
                parts["Repositories"] = repositories(box, token, folder)
            if "training" in wanted:
                parts["Training"] = trainings(box, token, folder)
            if "lists" in wanted:
                parts["Lists"] = list_pages(box)
        finally:
            box.stop()
    text = HEAD.format(repeats=REPEATS, machine=machine(), date=datetime.now(UTC).date())
    text += "".join(f"\n## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in parts.items())
    if wanted == ALL:
        REPORT.write_text(text)
    say(text)
    say(f"{time.monotonic() - began:.0f} s")


ALL = {"transfers", "edits", "parallel", "git", "lists", "training", "start"}
if __name__ == "__main__":
    main(set(sys.argv[1:]) or ALL)
