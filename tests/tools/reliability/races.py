"""Two clients commit to one branch at the same time, by API, by push, and by one of each."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import requests

from apps.registry.gitstore import GitRepo, packing
from apps.registry.gitstore.children import run_git
from tests.system.local_stack import TestStack

OWNER, NAME = "racer", "raced"
PAIRS = (("api", "api"), ("push", "push"), ("api", "push"))
PACK_EVERY = 50
# A push takes longer than a commit by API; random delays up to this let either one win.
HEAD_START_SECONDS = 0.8
LOST_PUSH = ("fetch first", "non-fast-forward", "cannot lock ref")
FACTS = f"""
import json
from django.core.management import call_command
from apps.registry.repos.models import Repo
names = [one.name for one in Repo._meta.concrete_fields if one.name not in ("terms", "updated_at")]
def facts():
    row = Repo.objects.get(name={NAME!r})
    return str({{name: str(getattr(row, name)) for name in names}})
before = facts()
call_command("reindex", "{OWNER}/{NAME}", verbosity=0)
print(json.dumps([before, facts()]))
"""


@dataclass
class Report:
    """Counts of rounds and outcomes, and every fault."""

    rounds: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    packings: int = 0
    faults: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        rounds = ", ".join(f"{count} {way}" for way, count in self.rounds.items())
        lines = [f"races: {sum(self.rounds.values())} rounds ({rounds})"]
        lines += [f"  {end}: {count}" for end, count in sorted(self.ends.items())]
        lines.append(f"  packed meanwhile: {self.packings} times")
        return [*lines, *[f"  FAULT {one}" for one in self.faults[:50]], f"  faults: {len(self.faults)}"]


@dataclass(frozen=True)
class Attempt:
    """One client's commit: a file of its own, and a card that the other one changes too."""

    round: int
    side: str

    @property
    def path(self) -> str:
        return f"rounds/{self.round:04d}-{self.side}.txt"

    @property
    def files(self) -> dict[str, str]:
        license = "mit" if self.side == "a" else "apache-2.0"
        card = f"---\nlicense: {license}\ntags: [round-{self.round}]\n---\n# By {self.side}\n"
        return {self.path: f"{self.round} {self.side}\n" * 20, "README.md": card}


def _script(attempt: Attempt, head: str) -> str:
    """Return a commit as input of `git fast-import`, which prints its sha."""
    lines = [
        f"commit refs/heads/{attempt.side}-{attempt.round}",
        "mark :1",
        "committer r <r@example.com> now",
    ]
    lines += [f"data {len(attempt.path)}", attempt.path, f"from {head}"]
    for path, text in attempt.files.items():
        lines += [f"M 100644 inline {path}", f"data {len(text)}", text]
    return "\n".join([*lines, "get-mark :1", ""])


@dataclass
class Racer:
    """One client with its clone. `prepare` does everything but the final call, which it returns."""

    stack: TestStack
    token: str
    clone: Path

    @property
    def url(self) -> str:
        return f"{self.stack.url.replace('http://', f'http://{OWNER}:{self.token}@')}/{OWNER}/{NAME}"

    def git(self, *arguments: str, feed: str = "", ok: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.clone.parent),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_LFS_SKIP_PUSH": "1",
        }
        command = ["git", "-c", "gc.auto=0", *arguments]
        done = subprocess.run(
            command, cwd=self.clone, env=environment, input=feed, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0 or not ok, done.stderr
        return done

    def prepare(
        self, way: str, attempt: Attempt, head: str, *, names_parent: bool
    ) -> Callable[[], tuple[str, str]]:
        return self._api(attempt, head if names_parent else "") if way == "api" else self._push(attempt, head)

    def _api(self, attempt: Attempt, parent: str) -> Callable[[], tuple[str, str]]:
        header = {"summary": attempt.path, **({"parentCommit": parent} if parent else {})}
        files = [
            {"key": "file", "value": {"path": path, "content": text}} for path, text in attempt.files.items()
        ]
        body = "\n".join(json.dumps(line) for line in [{"key": "header", "value": header}, *files])
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/x-ndjson"}

        def go() -> tuple[str, str]:
            answer = requests.post(
                f"{self.stack.url}/api/models/{OWNER}/{NAME}/commit/main",
                body.encode(),
                headers=headers,
                timeout=90,
            )
            if answer.status_code == 200:
                return "accepted", str(answer.json()["commitOid"])
            return (
                ("refused with 409 or 412", "")
                if answer.status_code in (409, 412)
                else ("fault", f"{answer.status_code} {answer.text}")
            )

        return go

    def _push(self, attempt: Attempt, head: str) -> Callable[[], tuple[str, str]]:
        self.git("fetch", "-q", self.url, head)
        sha = self.git(
            "fast-import", "--quiet", "--date-format=now", feed=_script(attempt, head)
        ).stdout.strip()

        def go() -> tuple[str, str]:
            done = self.git("push", self.url, f"{sha}:refs/heads/main", ok=False)
            if done.returncode == 0:
                return "accepted", sha
            return (
                ("refused as not forward", "")
                if any(word in done.stderr for word in LOST_PUSH)
                else ("fault", done.stderr)
            )

        return go


@dataclass
class Race:
    """The contended repository on disk, and the outcome."""

    folder: Path
    racers: tuple[Racer, Racer]
    chance: Random
    report: Report = field(default_factory=Report)
    accepted: list[tuple[str, Attempt]] = field(default_factory=list)

    def git(self, *arguments: str) -> str:
        done = run_git(self.folder, *arguments)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def head(self) -> str:
        return GitRepo(self.folder).resolve("main")

    def play(self, number: int, ways: tuple[str, str], *, names_parent: bool) -> None:
        before = self.head()
        attempts = [Attempt(number, side) for side in "ab"]
        ready = [
            racer.prepare(way, attempt, before, names_parent=names_parent)
            for racer, way, attempt in zip(self.racers, ways, attempts, strict=True)
        ]
        waits = [
            self.chance.uniform(0, HEAD_START_SECONDS) if way == "api" and "push" in ways else 0.0
            for way in ways
        ]
        ends = run_concurrently(ready, waits)
        self.report.rounds[" and ".join(sorted(ways))] += 1
        won = []
        for way, attempt, (end, words) in zip(ways, attempts, ends, strict=True):
            self.report.ends[f"{way} {end}"] += 1
            if end == "accepted":
                won.append(words)
                self.accepted.append((words, attempt))
            if end == "fault":
                self.report.faults.append(f"round {number}, {way}: {words[:300]}")
        self._check(number, before, won)

    def _check(self, number: int, before: str, won: list[str]) -> None:
        added = self.git("rev-list", f"{before}..refs/heads/main").split()
        if sorted(added) != sorted(won):
            self.report.faults.append(f"round {number}: {won} were accepted, {added} are in the history")
        if not won:
            self.report.faults.append(f"round {number}: nobody won")

    def check_all(self) -> None:
        """Check at the end that exactly the accepted commits and files exist, and that git fsck passes."""
        history = set(self.git("rev-list", "refs/heads/main").split())
        paths = set(self.git("ls-tree", "-r", "--name-only", "refs/heads/main", "rounds/").split())
        self.report.faults += [
            f"{sha} was accepted but is not in the history" for sha, _ in self.accepted if sha not in history
        ]
        if len(history) != len(self.accepted) + 1:
            self.report.faults.append(f"{len(history)} commits, {len(self.accepted)} were accepted")
        if paths != {attempt.path for _, attempt in self.accepted}:
            self.report.faults.append("the files are not those that were accepted")
        checked = run_git(self.folder, "fsck", "--full", "--strict")
        wrong = [
            line
            for line in (checked.stdout + checked.stderr).decode().splitlines()
            if not line.startswith("dangling ")
        ]
        if checked.returncode or wrong:
            self.report.faults.append(f"git fsck: {wrong[:5]}")


def run_concurrently(acts: list[Callable[[], tuple[str, str]]], waits: list[float]) -> list[tuple[str, str]]:
    """Run all acts concurrently, each after its wait in seconds, and return how each ended."""
    gate, ends = threading.Barrier(len(acts)), [("fault", "no answer")] * len(acts)

    def work(place: int) -> None:
        gate.wait()
        time.sleep(waits[place])
        try:
            ends[place] = acts[place]()
        except Exception as error:
            ends[place] = ("fault", repr(error))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def play(folder: Path, *, rounds: int, seed: int = 1) -> Report:
    """Run the rounds on a local stack and check the outcome."""
    stack = TestStack(folder / "stack", options=("--without-ml",), settings={"ECOSYSTEM_TEST": "0"})
    stack.start()
    try:
        (token,) = stack.people(OWNER)
        race = _begin(stack, token, folder, Random(seed))
        _rounds(race, rounds)
        race.check_all()
        _compare_rows(stack, race.report)
    finally:
        stack.stop()
    return race.report


def _begin(stack: TestStack, token: str, folder: Path, chance: Random) -> Race:
    headers = {"Authorization": f"Bearer {token}"}
    requests.post(
        f"{stack.url}/api/repos/create", json={"name": NAME}, headers=headers, timeout=60
    ).raise_for_status()
    (bare,) = (stack.folder / "repositories").glob("*/*.git")
    racers = []
    for side in "ab":
        clone = folder / f"clone-{side}"
        subprocess.run(["git", "init", "-q", str(clone)], check=True)
        racers.append(Racer(stack, token, clone))
    return Race(bare, (racers[0], racers[1]), chance)


def _rounds(race: Race, rounds: int) -> None:
    for number in range(rounds):
        packer = None
        if number % PACK_EVERY == PACK_EVERY // 2 or rounds < PACK_EVERY:
            packer = threading.Thread(target=packing.pack, args=(race.folder,))
            packer.start()
            race.report.packings += 1
        ways = list(PAIRS[number % len(PAIRS)])
        race.chance.shuffle(ways)
        race.play(number, (ways[0], ways[1]), names_parent=race.chance.random() < 0.5)
        if packer:
            packer.join()


def _compare_rows(stack: TestStack, report: Report) -> None:
    """Compare the derived rows with newly derived ones."""
    before, after = json.loads(stack.shell(FACTS))
    if before != after:
        report.faults.append(f"rows are {before[:300]}, newly derived {after[:300]}")
