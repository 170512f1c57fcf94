"""Valid git requests: fetches in each protocol version, and pushes of packs made by git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.api.oddities import CONTROLS
from tests.guardian import guarded_folder
from tests.tools.fuzz.mutate import corrupt_bytes
from tests.tools.fuzz.raw_http import RawRequest
from tests.tools.fuzz.world import World

ZERO = "0" * 40
REFS = (
    *(
        "refs/heads/side",
        "refs/heads/main",
        "refs/tags/v1",
        "refs/heads/a..b",
        "refs/pr/1",
        "HEAD",
        "refs/heads/" + "x" * 300,
    ),
    *(f"refs/heads/a{one}" for one in CONTROLS),
)
ODD_TIMES = (0, -1, 1_312_735_823, 253_402_300_800, 4_102_444_800_000, 2**63 - 1, 2**64)
ODD_ZONES = ("+0000", "+051800", "-9999", "+1", "0")
ODD_NAMES = ("A", "", "\N{REPLACEMENT CHARACTER}", "x" * 2_000)
ODD_HEADERS = (
    [],
    ["encoding klingon"],
    ["encoding utf-16"],
    ["encoding idna"],
    ["encoding ISO-8859-1"],
    ["gpgsig x", " y"],
)
ODD_MODES = (b"100644", b"100664", b"100755", b"120000", b"160000", b"60000", b"777", b"0")
FLUSH, DELIM = b"0000", b"0001"
CAPABILITIES = "report-status side-band-64k object-format=sha1 agent=git/2.39.0"


def pkt(line: str | bytes) -> bytes:
    data = line.encode() if isinstance(line, str) else line
    return b"%04x" % (len(data) + 4) + data


class Packs:
    """Commits on top of the site's branch, each as a pack."""

    def __init__(self, world: World, folder: Path) -> None:
        self.folder, self.count = folder / "work", 0
        origin = world.stack.url.replace("http://", f"http://owner:{world.token}@")
        subprocess.run(
            ["git", "clone", "-q", f"{origin}/owner/tiny", self.folder],
            env=self._variables(),
            check=True,
            cwd=folder,
        )
        self.head = self.git("rev-parse", "HEAD").decode().strip()

    def _variables(self) -> dict[str, str]:
        who = {
            f"GIT_{role}_{part}": "owner@example.com"
            for role in ("AUTHOR", "COMMITTER")
            for part in ("NAME", "EMAIL")
        }
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder.parent),
            "GIT_LFS_SKIP_SMUDGE": "1",
            **who,
        }

    def git(self, *arguments: str, feed: bytes = b"") -> bytes:
        return subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=self._variables(),
            input=feed,
            capture_output=True,
            check=True,
        ).stdout

    def new(self, random: Random) -> tuple[str, bytes]:
        """Return a new commit and the pack that a push of it sends."""
        self.count += 1
        name = f"{self.count}.txt" if random.random() < 0.8 else f"{self.count}{random.choice(CONTROLS)}"
        (self.folder / name).write_bytes(random.randbytes(random.choice((10, 5_000))))
        self.git("add", "-A")
        self.git("commit", "-q", "-m", f"change {self.count}")
        sha = self.git("rev-parse", "HEAD").decode().strip()
        if random.random() < 0.5:
            sha = self.unusual_commit(random, sha)
        return sha, self.git(
            "pack-objects", "--stdout", "--revs", "--thin", "-q", feed=f"{sha}\n^{self.head}\n".encode()
        )

    def unusual_commit(self, random: Random, sha: str) -> str:
        """Return a variant of a commit with an unusual time, zone, encoding or tree."""
        tree = (
            self.repeated_tree(random)
            if random.random() < 0.3
            else self.git("rev-parse", f"{sha}^{{tree}}").decode().strip()
        )
        date = f"{random.choice((' ', ''))}{random.choice(ODD_TIMES)} {random.choice(ODD_ZONES)}"
        who = f"{random.choice(ODD_NAMES)} <a@example.com>{date}"
        lines = [
            f"tree {tree}",
            f"parent {self.head}",
            f"author {who}",
            f"committer {who}",
            *random.choice(ODD_HEADERS),
        ]
        data = "\n".join(lines).encode() + b"\n\n" + random.choice((b"m\n", b"caf\xe9\n", b"", b"x" * 5_000))
        return (
            self.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", feed=data)
            .decode()
            .strip()
        )

    def repeated_tree(self, random: Random) -> str:
        """Return a tree that contains the same folder many times, recursively."""
        raw, mode = (
            bytes.fromhex(self.git("hash-object", "-w", "--stdin", feed=b"x").decode()),
            random.choice(ODD_MODES),
        )
        for _ in range(random.choice((1, 3, 12, 120))):
            data = b"".join(b"%s a%d\0" % (mode, place) + raw for place in range(random.choice((1, 4, 10))))
            raw = bytes.fromhex(
                self.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", feed=data).decode()
            )
            mode = random.choice((b"40000", b"40000", b"040000"))
        return raw.hex()


def _fetch(world: World, random: Random, head: str) -> RawRequest:
    version = random.choice((0, 1, 2, 2, 2))
    headers = {"Git_Protocol": f"version={version}"} if version else {}
    if random.random() < 0.25:
        service = random.choice(("git-upload-pack", "git-receive-pack", "git-upload-archive"))
        return world.signed("GET", f"/owner/tiny.git/info/refs?service={service}", **headers)
    if version == 2:
        refs = (
            pkt("command=ls-refs\n")
            + DELIM
            + pkt("peel\n")
            + pkt("symrefs\n")
            + pkt("ref-prefix refs/heads/\n")
            + FLUSH
        )
        options = [
            pkt(f"{line}\n")
            for line in (
                "thin-pack",
                "ofs-delta",
                "deepen 1",
                f"have {head}",
                "filter blob:none",
                "wait-for-done",
            )
        ]
        fetch = (
            pkt("command=fetch")
            + DELIM
            + b"".join(random.sample(options, 3))
            + pkt(f"want {head}\n")
            + pkt("done\n")
            + FLUSH
        )
        body = random.choice((refs, fetch, refs + fetch))
    else:
        body = (
            pkt(f"want {head} multi_ack side-band-64k ofs-delta\n")
            + random.choice((b"", pkt("deepen 1\n")))
            + FLUSH
            + pkt("done\n")
        )
    body = body if random.random() < 0.4 else corrupt_bytes(body, random)
    return world.signed(
        "POST", "/owner/tiny.git/git-upload-pack", body, "application/x-git-upload-pack-request", **headers
    )


def _push(world: World, random: Random, packs: Packs, ready: list[tuple[str, bytes]]) -> RawRequest:
    if random.random() < 0.2 or not ready:
        ready.append(packs.new(random))
        del ready[:-10]
    sha, pack = random.choice(ready)
    ref = random.choice(REFS)
    old = random.choice((ZERO, packs.head, sha))
    new = random.choice((sha, sha, ZERO, "f" * 40))
    body = pkt(f"{old} {new} {ref}\0{CAPABILITIES}") + FLUSH
    body += pack if random.random() < 0.5 else corrupt_bytes(pack, random)
    body = body if random.random() < 0.7 else corrupt_bytes(body, random)
    return world.signed(
        "POST", "/owner/tiny.git/git-receive-pack", body, "application/x-git-receive-pack-request"
    )


def valid_requests(world: World, random: Random) -> Iterator[RawRequest]:
    with guarded_folder("banyan-fuzz-") as folder:
        packs, ready = Packs(world, folder), []
        while True:
            yield (
                _fetch(world, random, packs.head)
                if random.random() < 0.55
                else _push(world, random, packs, ready)
            )
