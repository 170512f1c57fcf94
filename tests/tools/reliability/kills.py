"""Kills processes of the local stack during uploads and commits, then compares what was acknowledged."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psutil
import requests

from apps.registry.gitstore import packing
from tests.conftest import wait_until
from tests.system.local_stack import TestStack, command_of
from tests.tools.reliability.acts import Act, End, plan_acts
from tests.tools.reliability.writers import Writer

OWNER = "owner"
WRITERS = 4
# part: a word of its command line
PARTS = {
    "web server": "ecosystem.wsgi",
    "web worker": "ecosystem.wsgi",
    "light worker": "-Q light",
    "PostgreSQL": "postgres",
    "Valkey": "valkey/valkey.sock",
    "queue of the workers": "queue/valkey.sock",
    "front server": "Caddyfile",
}
Pause = tuple[float, float]
# Runs every collection as if all leftovers were old, then compares rows with git.
COLLECT = """
import json
from datetime import timedelta
from apps.registry.blobs.services import sweep_uploads
from apps.registry.gitstore import packing
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.contents.services.derive import refresh_derived
from apps.registry.contents.services.recovery import replay_journal
from apps.registry.storage.services.sweep import sweep_spool
AT_ONCE = timedelta(seconds=-1)
packing.LEFTOVER_SECONDS = -1
DERIVED = ("head", "size_bytes", "regular_bytes", "file_count", "title", "license")
recovered, rows = replay_journal(age=AT_ONCE), []
sweep_uploads(age=AT_ONCE), sweep_spool(age=AT_ONCE)
for repo in Repo.objects.all():
    git = git_of(repo)
    git.clean()
    again = refresh_derived(Repo.objects.get(pk=repo.pk))
    values = [(name, str(getattr(repo, name)), str(getattr(again, name))) for name in DERIVED]
    rows += [[str(repo.address), *value] for value in values]
    rows.append([str(repo.address), "branch", repo.head, git.target("refs/heads/main")])
print(json.dumps({"recovered": recovered, "rows": rows}))
"""


@dataclass
class Report:
    """What was done, and every fault."""

    ends: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    answers_lost: int = 0
    leftovers: int = 0
    recovered: int = 0
    action: str = "killed"
    longest_recovery_seconds: float = 0
    reads: int = 0
    seconds: float = 0
    faults: list[str] = field(default_factory=list)

    @property
    def meanwhile(self) -> str:
        return (
            f"read {self.reads} times"
            if self.reads
            else f"the site answered again after {self.longest_recovery_seconds:.1f} s at most"
        )

    def lines(self) -> list[str]:
        ends = ", ".join(f"{count} {end}" for end, count in sorted(self.ends.items()))
        kills = ", ".join(f"{count} × {part}" for part, count in sorted(self.kills.items()))
        return [
            f"uploads and commits: {ends}",
            f"{self.action}: {kills}; {self.meanwhile}",
            f"stored completely although the response was lost: {self.answers_lost}",
            f"leftovers before the collection: {self.leftovers}; recovered repositories: {self.recovered}",
            f"faults: {len(self.faults)}, {self.seconds:.0f} s",
            *(f"message {count} times: {words}" for words, count in self.words.most_common(12)),
            *self.faults[:40],
        ]


def processes(stack: TestStack, part: str) -> list[psutil.Process]:
    """Return the processes of a part, the oldest first."""
    found = [process for process in stack.parts() if PARTS[part] in command_of(process)]
    return sorted(found, key=lambda process: process.create_time())


def kill(stack: TestStack, part: str, random: Random) -> psutil.Process | None:
    """Kill one process of a part with SIGKILL; None if there is none."""
    found = processes(stack, part)
    if part == "web worker":
        masters = {process.pid for process in found}
        found = [process for process in found if process.ppid() in masters]
    victims = found if part == "web worker" else found[:1]
    if not victims:
        return None
    try:
        (victim := random.choice(victims)).kill()
    except psutil.NoSuchProcess:
        return None
    return victim


def is_whole(stack: TestStack) -> bool:
    """Return whether the site answers, and no orphaned worker is left."""
    try:
        web = processes(stack, "web server")
        servers = {process.pid for process in web if stack.process and process.ppid() == stack.process.pid}
        is_orphaned = any(process.pid not in servers and process.ppid() not in servers for process in web)
    except psutil.NoSuchProcess:
        return False
    return bool(servers) and not is_orphaned and stack.is_up()


def keep_killing(
    stack: TestStack, report: Report, random: Random, is_over: threading.Event, *, least: int, pause: Pause
) -> None:
    """Kill the parts repeatedly in random order, waiting each time until the site has recovered."""
    parts: list[str] = []
    while not is_over.is_set() or report.kills.total() < least:
        time.sleep(random.uniform(*pause))
        parts = parts or random.sample(list(PARTS), len(PARTS))
        victim = kill(stack, part := parts.pop(), random)
        if victim is None:
            continue
        report.kills[part] += 1
        began = time.monotonic()
        wait_until(
            lambda part=part, victim=victim: (
                any(process != victim for process in processes(stack, part)) and is_whole(stack)
            ),  # type: ignore[misc]
            seconds=90,
            every=0.2,
            what=f"the site after the end of {part}",
        )
        report.longest_recovery_seconds = max(report.longest_recovery_seconds, time.monotonic() - began)


def writers_for(stack: TestStack, token: str, folder: Path, acts: list[Act]) -> list[Writer]:
    """Return writers with a repository each, half of them private, who share the acts."""
    waiting: queue.SimpleQueue[Act] = queue.SimpleQueue()
    for act in acts:
        waiting.put(act)
    writers = []
    for number in range(WRITERS):
        home = folder / f"writer-{number}"
        home.mkdir(parents=True)
        body = {"name": f"kills-{number}", "type": "model", "private": bool(number % 2)}
        requests.post(
            f"{stack.url}/api/repos/create",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        ).raise_for_status()
        writers.append(Writer(stack, token, f"{OWNER}/kills-{number}", home, waiting))
    return writers


def work(
    stack: TestStack, writers: list[Writer], report: Report, random: Random, *, least: int, pause: Pause
) -> None:
    """Run the writers while parts are killed."""
    for writer in writers:
        writer.start()
    is_over = threading.Event()

    def ended() -> None:
        for writer in writers:
            writer.join()
        is_over.set()

    threading.Thread(target=ended, daemon=True).start()
    keep_killing(stack, report, random, is_over, least=least, pause=pause)


def judge(stack: TestStack, token: str, acts: list[Act], report: Report) -> None:
    """Compare the stored data with what was acknowledged."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    report.ends.update(str(act.end) for act in acts)
    report.words.update(act.words[:120] for act in acts if act.words)
    for repo in sorted({act.repo for act in acts if act.repo}):
        answer = session.get(f"{stack.url}/api/models/{repo}/tree/main/acts", timeout=60)
        if answer.status_code not in (200, 404):
            report.faults.append(
                f"the files of {repo} were answered with {answer.status_code} {answer.text[:100]}"
            )
            continue
        tree = {entry["path"] for entry in answer.json()} if answer.ok else set()
        for act in (act for act in acts if act.repo == repo):
            report.faults += _faults_of(session, stack.url, act, tree, report)
    report.faults += _git_faults(stack)


def _faults_of(session: requests.Session, url: str, act: Act, tree: set[str], report: Report) -> list[str]:
    stored = [path for path in act.paths if path in tree]
    if act.end is End.ACKNOWLEDGED and len(stored) < 2:
        return [f"{act.way} {act.number} was acknowledged but is missing"]
    if len(stored) == 1:
        return [f"{act.way} {act.number} is stored partially ({act.end})"]
    report.answers_lost += bool(stored) and act.end is not End.ACKNOWLEDGED
    if stored and act.end is End.REFUSED:
        return [f"{act.way} {act.number} was refused ({act.words}) but is stored"]
    faults = []
    for revision in {act.commit or "main", "main"}:
        for path in stored:
            got = session.get(f"{url}/{act.repo}/resolve/{revision}/{path}", timeout=60)
            if not got.ok or got.content != act.content(path):
                faults.append(
                    f"{act.way} {act.number}: {path} at {revision} has other bytes ({got.status_code})"
                )
    return faults


def _git_faults(stack: TestStack) -> list[str]:
    """Run git fsck on every repository."""
    faults = []
    for head in (stack.folder / "repositories").rglob("HEAD"):
        command = [
            "git",
            "-c",
            "safe.directory=*",
            "--git-dir",
            str(head.parent),
            "fsck",
            "--full",
            "--no-dangling",
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if head.parent.name != "logs" and (run.returncode or "error" in run.stderr):
            faults.append(f"git fsck of {head.parent.name}: {run.stderr[:300]}")
    return faults


def collect(stack: TestStack, report: Report) -> None:
    """Run collections and recovery, and compare rows with what they are derived from."""
    report.leftovers = len(leftovers(stack))
    found = json.loads(stack.shell(COLLECT))
    report.recovered = found["recovered"]
    report.faults += [
        f"{repo}: {name} is {row}, should be {right}"
        for repo, name, row, right in found["rows"]
        if row != right
    ]
    report.faults += [f"left after the collection: {path}" for path in leftovers(stack)]


def leftovers(stack: TestStack) -> list[Path]:
    """Return what aborted uploads, commits and pushes left on disk."""
    places = [*(stack.folder / "spool").glob("*"), *(stack.folder / "objects" / "incoming").glob("*")]
    repos = stack.folder / "repositories"
    locks = (path for path in repos.rglob("*.lock") if path.name != packing.LOCK)
    return [*places, *repos.rglob("tmp_*"), *(repos / ".landing").glob("*"), *locks]


def play(folder: Path, *, acts: int, seed: int, least: int, pause: Pause) -> Report:
    """Run the acts on a local stack.

    least  minimum number of kills
    pause  range of the seconds between two kills
    """
    began, report, random = time.monotonic(), Report(), Random(seed)
    stack = TestStack(
        folder / "stack",
        options=("--without-ml",),
        settings={"ECOSYSTEM_TEST": "0", "XET_ADVERTISE_FROM_MIB": "1"},
    )
    stack.start()
    try:
        (token,) = stack.people(OWNER)
        todo = plan_acts(acts, seed)
        work(stack, writers_for(stack, token, folder, todo), report, random, least=least, pause=pause)
        wait_until(lambda: is_whole(stack), seconds=90, what="the site at the end")
        judge(stack, token, todo, report)
        collect(stack, report)
    finally:
        stack.stop()
        for part in stack.parts():
            part.kill()
    report.seconds = time.monotonic() - began
    return report
