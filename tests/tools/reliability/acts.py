"""Uploads and commits with reproducible contents, and how each of them ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

KIB = 1 << 10


class Way(StrEnum):
    API = "commit by the API"
    LFS = "LFS upload and commit"
    CLIENT = "hub client, Xet"
    PUSH = "git push"


class End(StrEnum):
    PLANNED = "not begun"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "answered by an error"
    UNANSWERED = "no answer"


SHARES = {Way.API: 4, Way.LFS: 3, Way.CLIENT: 2, Way.PUSH: 2}
SIZES_KIB = {Way.API: (1, 64), Way.LFS: (64, 2048), Way.CLIENT: (256, 3072), Way.PUSH: (1, 256)}
SUFFIX = {Way.API: "txt", Way.LFS: "bin", Way.CLIENT: "bin", Way.PUSH: "txt"}


@dataclass
class Act:
    """A commit of two files; afterwards both must exist, or neither.

    commit  the acknowledged sha
    """

    number: int
    way: Way
    seed: int
    end: End = End.PLANNED
    commit: str = ""
    words: str = ""
    repo: str = ""
    paths: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        name = f"acts/{self.number:04d}"
        self.paths = (f"{name}-a.{SUFFIX[self.way]}", f"{name}-b.{SUFFIX[self.way]}")

    @property
    def message(self) -> str:
        return f"act {self.number}"

    def content(self, path: str) -> bytes:
        """Return the reproducible contents of one of its files."""
        random = Random(f"{self.seed} {path}")
        low, high = SIZES_KIB[self.way]
        return random.randbytes(random.randint(low * KIB, high * KIB))

    def files(self) -> dict[str, bytes]:
        return {path: self.content(path) for path in self.paths}


def plan_acts(count: int, seed: int) -> list[Act]:
    """Return a reproducible mix of acts."""
    random = Random(seed)
    ways = random.choices(list(SHARES), list(SHARES.values()), k=count)
    return [Act(number, way, seed) for number, way in enumerate(ways)]
