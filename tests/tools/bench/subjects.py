"""The subjects of the benchmark; each returns the lines of its section."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ecosystem.services.processes import MEMORY
from tests.conftest import ROOT, free_port, is_port_open, wait_until
from tests.system.local_stack import TestStack
from tests.tools.bench import community, edits, git, lists, parallel, queueing, training, transfer
from tests.tools.bench.report import row, table, yes_or_no
from tests.tools.bench.seed import TAGS_OF_A_REPO

MEGABYTES = int(os.environ.get("BENCH_MEGABYTES", "500"))
REPEATS = int(os.environ.get("BENCH_REPEATS", "6"))
OWNER = "bencher"
MEBIBYTE = 1 << 20
LEAST_RATIO = 0.8
SIZES = (community.FEW, community.MANY)


@dataclass(frozen=True)
class Bench:
    """A running local stack, its owner's token, and a working folder."""

    stack: TestStack
    token: str
    folder: Path


@contextlib.contextmanager
def reference_server(folder: Path) -> Iterator[tuple[str, str, int]]:
    """Run the bare server with the site's gunicorn and memory settings; yield endpoint, token, process id."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "tests.tools.bench.reference:application",
        "-k",
        "gthread",
        "-w",
        "2",
        "--threads",
        "64",
    ]
    process = subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}", "--log-level", "error"],
        cwd=ROOT,
        env={**os.environ, **MEMORY, "REFERENCE_DIR": str(folder)},
    )
    try:
        wait_until(lambda: is_port_open(port), what="the bare server")
        yield f"http://127.0.0.1:{port}", "hf_none", process.pid
    finally:
        process.terminate()
        process.wait(20)


def starts(bench: Bench) -> list[str]:
    """First and second start of the local stack."""
    stack = TestStack(bench.folder / "start", settings={"ECOSYSTEM_TEST": "0"})
    first = stack.start()
    stack.stop()
    second = stack.start()
    stack.stop()
    lines = table("start of the local stack", "seconds", "at most", "holds")
    return [
        *lines,
        row("first", f"{first:.1f}", "", ""),
        row("second", f"{second:.1f}", 5, yes_or_no(second <= 5)),
    ]


def transfers(bench: Bench) -> list[str]:
    """500 MB by the hub client, Xet and plain, compared with the bare server."""
    lines, growths = table("transfer", "bare server", "this site", "ratio", "at least", "holds"), []
    bare = bench.folder / "bare"
    bare.mkdir()
    with reference_server(bare) as reference:
        for has_xet in (True, False):
            site = (bench.stack.url, bench.token, bench.stack.part("ecosystem.wsgi").pid)
            found = transfer.compare(
                site, reference, megabytes=MEGABYTES, repeats=REPEATS, has_xet=has_xet, folder=bench.folder
            )
            growths.append((has_xet, found["growth_bytes"]))
            for way in ("up", "down"):
                name = f"{MEGABYTES} MB {way}load, {'Xet' if has_xet else 'plain LFS/HTTP'}"
                speeds = [
                    f"{MEGABYTES / found['seconds'][side][way]:.0f} MB/s" for side in ("reference", "site")
                ]
                ratio = found["ratios"][way]
                lines.append(row(name, *speeds, f"{ratio:.2f}", LEAST_RATIO, yes_or_no(ratio >= LEAST_RATIO)))
    lines += ["", *table("memory growth of one web process", "MiB", "at most", "holds")]
    for has_xet, growth in growths:
        lines.append(
            row(
                "Xet" if has_xet else "plain",
                f"{growth / MEBIBYTE:.0f}",
                64,
                yes_or_no(growth <= 64 * MEBIBYTE),
            )
        )
    return lines


def edited_copies(bench: Bench) -> list[str]:
    """Bytes sent for an edited copy of 100 MB: 100 bytes inserted, 5 KB overwritten, 3 MB appended."""
    found = edits.measure(bench.stack.url, bench.token, OWNER, bench.folder)
    lines = table("edited copy of 100 MB, sent by", "MB", "at most", "holds")
    for way, words, most in (
        ("warm", "the client that sent the file", 4),
        ("empty", "a client with an empty cache", 8),
    ):
        lines.append(row(words, f"{found[way] / 1e6:.1f}", most, yes_or_no(found[way] <= most * 1e6)))
    return lines


def parallel_downloads(bench: Bench) -> list[str]:
    """Eight concurrent downloads of 1 GiB: memory of all web processes, and latency of other pages."""
    lines = table("8 downloads of 1 GiB at once", "figure", "bound", "holds")
    for has_xet in (False, True):
        found = parallel.measure(bench.stack, bench.token, bench.folder, has_xet=has_xet)
        way, ratio = "rebuilt from Xet" if has_xet else "plain", found["busy"] / found["idle"]
        total, growth = (size / MEBIBYTE for size in (found["peak"], found["peak"] - found["before"]))
        memory = f"{total:.0f} MiB in all, {growth:.0f} of them for the downloads"
        lines.append(
            row(
                f"{way}: memory of the web processes",
                memory,
                "200 MiB",
                yes_or_no(found["peak"] <= 200 * MEBIBYTE),
            )
        )
        times = f"{found['busy'] * 1000:.0f} ms, {found['idle'] * 1000:.0f} ms when idle: {ratio:.1f}"
        lines.append(row(f"{way}: other pages, 95 of 100", times, "3", yes_or_no(ratio <= 3)))
    return lines


def repositories(bench: Bench) -> list[str]:
    """Listings, commits, histories and clones, compared with git."""
    lines = table("work", "against", "peer", "this site", "ratio", "at most", "holds")
    for found in git.measure(bench.stack, bench.token, OWNER, bench.folder / "git"):
        times = f"{found['peer_ms']:.0f} ms", f"{found['ours_ms']:.0f} ms"
        bound = (found["most"], yes_or_no(found["ratio"] <= found["most"])) if found["most"] else ("", "")
        lines.append(row(found["work"], found["peer"], *times, f"{found['ratio']:.2f}", *bound))
    return lines


def list_pages(bench: Bench) -> list[str]:
    """Lists, facets and search of a large site, compared with a small one."""
    few, many = f"{lists.FEW:,}", f"{lists.MANY:,}"
    seeding, found = lists.measure(bench.stack)
    lines = table(
        "page, session",
        f"{few}: median, p95",
        f"{many}: median, p95",
        "ratio of medians",
        "of p95",
        "at most",
        "holds",
    )
    for one in found:
        times = [f"{one[f'{side}_p50']:.1f}, {one[f'{side}_p95']:.1f} ms" for side in ("few", "many")]
        medians, slowest = one["many_p50"] / one["few_p50"], one["many_p95"] / one["few_p95"]
        lines.append(row(one["page"], *times, f"{medians:.2f}", f"{slowest:.2f}", 2, yes_or_no(slowest <= 2)))
    return [
        *lines,
        "",
        f"Seeding {many} repositories with {lists.MANY * TAGS_OF_A_REPO:,} tags took {seeding:.0f} s.",
    ]


def trainings(bench: Bench) -> list[str]:
    """A fine-tune through the site, compared with a hand-written script."""
    found = training.compare(
        bench.stack.url,
        bench.token,
        OWNER,
        training.cached_inputs(bench.folder / "input"),
        repeats=min(REPEATS, 3),
    )
    lines = table(
        "fine-tune of MiniLM, 60 steps of 16", "by hand", "through the site", "figure", "bound", "holds"
    )
    ratio, overhead = found["ratio"], found["overhead"]
    speeds = f"{found['hand']:.2f} steps/s", f"{found['site']:.2f} steps/s"
    lines.append(row("training speed", *speeds, f"{ratio:.2f}", "≥ 0.95", yes_or_no(ratio >= 0.95)))
    firsts = f"{found['hand_first']:.1f} s from start", f"{found['site_first']:.1f} s from claim"
    lines.append(row("to the first step", *firsts, f"{overhead:+.1f} s", "≤ 2 s", yes_or_no(overhead <= 2)))
    return lines


def queues(bench: Bench) -> list[str]:
    """Jobs that only wait, with four real workers: what the queue itself costs."""
    found = queueing.measure(bench.stack, bench.folder / "queue")
    lines = table(
        f"{queueing.WORKERS} workers, jobs of {queueing.JOB_SECONDS:g} s", "figure", "at most", "holds"
    )
    wait = queueing.JOB_SECONDS + 1
    for words, figure, most in (
        ("from an order to its claim by an idle worker, median", found["wake"], 0.3),
        (f"idle between two of {queueing.JOBS} waiting jobs, mean", found["idle"], 0.3),
        ("the same, 95 of 100", found["idle_p95"], 0.6),
        (f"wait of a person with {queueing.FEW} jobs behind one with {queueing.MANY}", found["wait"], wait),
    ):
        lines.append(row(words, f"{figure:.2f} s", f"{most:g} s", yes_or_no(figure <= most)))
    ahead = found["overtaken"]
    lines.append(row("jobs that began before theirs and after their order", ahead, 0, yes_or_no(not ahead)))
    load = f"The load of the machine was {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores."
    return [*lines, "", load]


def community_pages(bench: Bench) -> list[str]:
    """Pages of the community: processor time and queries, and a large site compared with a small one."""
    seeding, found = community.measure(bench.stack)
    lines = table("page, session", "queries", *map(community.words, SIZES), "at most", "holds")
    for one in found:
        costs = [
            f"{usage.web:.1f} + {usage.database:.1f}, {usage.median:.1f} ms" for usage in (one.few, one.many)
        ]
        bounds = [f"{community.MOST_QUERIES} queries"]
        if one.bound:
            bounds.append(f"{one.bound} ms")
        lines.append(
            row(f"{one.page}, {one.session}", one.queries, *costs, ", ".join(bounds), yes_or_no(one.holds))
        )
    lines += [
        "",
        "Processor time of the web processes + of PostgreSQL, then the median time of a request.",
        "",
    ]
    lines += table("comparison, session", "ratio of medians", "at most", "holds")
    for words, ratio, bound in community.ratios(found):
        lines.append(row(words, f"{ratio:.2f}", bound, yes_or_no(ratio <= bound)))
    load = f"The load of the machine was {os.getloadavg()[2]:.0f} on {os.cpu_count()} cores."
    return [*lines, "", f"Seeding the large site took {seeding:.0f} s. {load}"]


# name on the command line: (title, function)
SUBJECTS: dict[str, tuple[str, Callable[[Bench], list[str]]]] = {
    "start": ("Start", starts),
    "transfers": ("Transfers", transfers),
    "edits": ("Edited copies", edited_copies),
    "parallel": ("Parallel downloads", parallel_downloads),
    "git": ("Repositories", repositories),
    "training": ("Training", trainings),
    "queueing": ("Queueing", queues),
    "lists": ("Lists", list_pages),
    "community": ("Community", community_pages),
}
