"""Uploads and commits on a disk that fills up: writes are refused, reads work, nothing is partial."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import requests

from tests.disks import small_disk
from tests.system.local_stack import TestStack
from tests.tools.reliability.acts import Act, End, plan_acts
from tests.tools.reliability.kills import OWNER, Report, collect, judge, writers_for

# folders on the small disk; the database is elsewhere
SMALL = ("objects", "repositories", "spool")
LEFT = (0, 4 << 10, 64 << 10, 1 << 20, 6 << 20)
RESERVE_MIB = 4
KEPT = b"read throughout"
WORDS = ("disk is full", "507")
# shortens the five retries of the client, which otherwise take three minutes
IMPATIENT = {"HF_XET_CLIENT_RETRY_BASE_DELAY": "500ms"}
Pause = tuple[float, float]


@contextmanager
def filled_disk(disk: Path, left: int) -> Iterator[None]:
    """Fill the disk except for `left` bytes."""
    filler, facts = disk / "filler", os.statvfs(disk)
    try:
        with filler.open("wb") as file:
            os.posix_fallocate(
                file.fileno(), 0, max(4096, (facts.f_bavail * facts.f_frsize - left) // 4096 * 4096)
            )
    except OSError:
        # A concurrent writer took the last bytes; the disk is full.
        pass
    try:
        yield
    finally:
        filler.unlink(missing_ok=True)


def keep_filling(
    disk: Path, report: Report, random: Random, is_over: threading.Event, *, least: int, pause: Pause
) -> None:
    """Fill and free the disk alternately; `report.kills` counts by the space left."""
    lefts: list[int] = []
    while not is_over.is_set() or report.kills.total() < least:
        time.sleep(random.uniform(*pause))
        lefts = lefts or random.sample(LEFT, len(LEFT))
        left = lefts.pop()
        with filled_disk(disk, left):
            report.kills[f"{left >> 10} KiB"] += 1
            time.sleep(random.uniform(*pause))


class Reader(threading.Thread):
    """Reads a file, pages and lists continuously; every response must be complete."""

    def __init__(self, stack: TestStack, repo: str, token: str) -> None:
        super().__init__(name="reader", daemon=True)
        self.stack, self.repo, self.headers = stack, repo, {"Authorization": f"Bearer {token}"}
        self.is_over, self.count, self.faults = threading.Event(), 0, list[str]()

    def run(self) -> None:
        session = requests.Session()
        addresses = (
            f"/{self.repo}/resolve/main/kept.txt",
            f"/{self.repo}",
            f"/api/models/{self.repo}/tree/main",
            "/models",
        )
        while not self.is_over.wait(0.05):
            address = addresses[self.count % len(addresses)]
            self.count += 1
            answer = session.get(f"{self.stack.url}{address}", headers=self.headers, timeout=60)
            if answer.status_code != 200 or ("kept.txt" in address and answer.content != KEPT):
                self.faults.append(
                    f"{address} answered {answer.status_code} while the disk was full: {answer.text[:200]}"
                )


def play(folder: Path, *, acts: int, seed: int, least: int, pause: Pause) -> Report:
    """Run the acts on a local stack whose objects, repositories and spool are on a small disk.

    least  minimum number of times that the disk is full
    pause  range of the seconds for which it is full, and for which it has space
    """
    began, report, random = time.monotonic(), Report(action="filled except for"), Random(seed)
    settings = {"ECOSYSTEM_TEST": "0", "XET_ADVERTISE_FROM_MIB": "1", "DISK_RESERVE_MIB": str(RESERVE_MIB)}
    stack = TestStack(folder / "stack", options=("--without-ml",), settings=settings)
    with small_disk(folder / "disk", (64 + 4 * acts) << 20) as disk:
        stack.folder.mkdir()
        for name in SMALL:
            (disk / name).mkdir()
            (stack.folder / name).symlink_to(disk / name)
        stack.start()
        try:
            (token,) = stack.people(OWNER)
            todo = plan_acts(acts, seed)
            _work(stack, disk, token, folder, todo, report, random=random, least=least, pause=pause)
            judge(stack, token, todo, report)
            report.faults += [
                f"{act.way} {act.number} was refused without the reason: {act.words}"
                for act in todo
                if _is_unexplained(act)
            ]
            collect(stack, report)
        finally:
            stack.stop()
    report.seconds = time.monotonic() - began
    return report


def _work(
    stack: TestStack,
    disk: Path,
    token: str,
    folder: Path,
    acts: list[Act],
    report: Report,
    *,
    random: Random,
    least: int,
    pause: Pause,
) -> None:
    writers = writers_for(stack, token, folder, acts)
    for writer in writers:
        writer.more_environment = IMPATIENT
    reader = Reader(stack, _kept(stack, token), token)
    for worker in (reader, *writers):
        worker.start()
    is_over = threading.Event()
    filling = threading.Thread(
        target=keep_filling, args=(disk, report, random, is_over), kwargs={"least": least, "pause": pause}
    )
    filling.start()
    for writer in writers:
        writer.join()
    is_over.set()
    filling.join()
    reader.is_over.set()
    reader.join()
    report.faults += reader.faults
    report.reads = reader.count


def _kept(stack: TestStack, token: str) -> str:
    """Create the repository that is read throughout."""
    headers = {"Authorization": f"Bearer {token}"}
    requests.post(
        f"{stack.url}/api/repos/create", json={"name": "kept"}, headers=headers, timeout=30
    ).raise_for_status()
    body = (
        '{"key":"header","value":{"summary":"kept"}}\n'
        f'{{"key":"file","value":{{"path":"kept.txt","content":"{KEPT.decode()}"}}}}'
    )
    address = f"{stack.url}/api/models/{OWNER}/kept/commit/main"
    requests.post(
        address, data=body, headers={**headers, "Content-Type": "application/x-ndjson"}, timeout=30
    ).raise_for_status()
    return f"{OWNER}/kept"


def _is_unexplained(act: Act) -> bool:
    return act.end is not End.ACKNOWLEDGED and not any(word in act.words for word in WORDS)
