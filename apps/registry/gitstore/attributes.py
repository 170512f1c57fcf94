"""Which files are large by rule (.gitattributes) and which are left out (.gitignore)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

UploadMode = Literal["regular", "lfs"]
RULES_LIMIT_BYTES = 128 << 10
RULES_LIMIT_LINES = 2000
SAMPLE_BYTES = 512
REGULAR_LIMIT_BYTES = 10 << 20
DEFAULT_ATTRIBUTES = Path(__file__).with_name("default.gitattributes").read_text()


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of patterns: parts between slashes, where `**` stands for any number of them."""

    parts: tuple[str, ...]
    is_positive: bool = True
    folders_only: bool = False
    is_large: bool | None = None

    def matches(self, parts: Sequence[str]) -> bool:
        return _matches(self.parts, tuple(parts))


def upload_mode(
    path: str, size: int, sample: bytes, attributes: str, *, regular_limit: int = REGULAR_LIMIT_BYTES
) -> UploadMode:
    """Return how a file is to be sent: inside the commit, or as a large object before it.

    size        bytes of the whole file
    sample      its first bytes, at most 512 count
    attributes  the text of .gitattributes at the revision
    source      huggingface_hub `_fetch_upload_modes`
    """
    if size == 0:
        return "regular"
    if size > regular_limit:
        return "lfs"
    rule = is_large_by_rule(path, attributes)
    if rule is not None:
        return "lfs" if rule else "regular"
    return "lfs" if looks_binary(sample) else "regular"


def is_large_by_rule(path: str, attributes: str) -> bool | None:
    """Return what the last matching line of .gitattributes says about `filter=lfs`, or None if none matches."""
    parts, answer = path.split("/"), None
    for pattern in _attribute_patterns(attributes):
        if pattern.matches(parts):
            answer = pattern.is_large
    return answer


def is_ignored(path: str, ignore: str) -> bool:
    """Return whether a .gitignore text leaves the path out, itself or by a folder above it."""
    parts, patterns = path.split("/"), _ignore_patterns(ignore)
    for depth in range(1, len(parts) + 1):
        verdict = False
        for pattern in patterns:
            if (depth < len(parts) or not pattern.folders_only) and pattern.matches(parts[:depth]):
                verdict = pattern.is_positive
        if verdict:
            return True
    return False


def looks_binary(sample: bytes) -> bool:
    """Return whether the first bytes of a file are not text: a NUL, or control characters in what is not UTF-8."""
    sample = sample[:SAMPLE_BYTES]
    if b"\0" in sample:
        return True
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        is_cut_at_the_end = error.reason == "unexpected end of data" and error.start > len(sample) - 4
        return not is_cut_at_the_end and any(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in sample)
    return False


@lru_cache(maxsize=64)
def _attribute_patterns(text: str) -> tuple[Pattern, ...]:
    found = []
    for line in _lines(text):
        if line.startswith(("[attr]", "!")):
            continue
        pattern, words = _split_attributes(line)
        verdict = _verdict(words)
        if pattern and verdict is not None:
            found.append(Pattern(_parts(pattern), is_large=verdict))
    return tuple(found)


def _verdict(words: list[str]) -> bool | None:
    verdict = None
    for word in words:
        if word.startswith("filter=") or word in ("filter", "-filter", "!filter"):
            verdict = word == "filter=lfs"
    return verdict


@lru_cache(maxsize=64)
def _ignore_patterns(text: str) -> tuple[Pattern, ...]:
    found = []
    for line in _lines(text):
        is_positive = not line.startswith("!")
        pattern = line if is_positive else line[1:]
        folders_only = pattern.endswith("/")
        if pattern.strip("/"):
            found.append(Pattern(_parts(pattern.rstrip("/")), is_positive, folders_only))
    return tuple(found)


def _lines(text: str) -> list[str]:
    lines = text[:RULES_LIMIT_BYTES].splitlines()[:RULES_LIMIT_LINES]
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _split_attributes(line: str) -> tuple[str, list[str]]:
    if line.startswith('"'):
        quoted = re.match(r'"((?:[^"\\]|\\.)*)"', line)
        if quoted:
            return quoted[1].replace('\\"', '"'), line[quoted.end() :].split()
    pattern, *words = line.split()
    return pattern, words


def _parts(pattern: str) -> tuple[str, ...]:
    """Return a pattern's parts from the root; one without a slash matches at any depth."""
    is_anchored = "/" in pattern
    parts = tuple(part for part in pattern.split("/") if part)
    return parts if is_anchored else ("**", *parts)


def _matches(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Match part by part, keeping every place in the pattern that the path so far could stand at."""
    places = _spread({0}, pattern)
    for part in parts:
        moved = {
            place if pattern[place] == "**" else place + 1
            for place in places
            if place < len(pattern) and _fits(pattern[place], part)
        }
        places = _spread(moved, pattern)
        if not places:
            return False
    # `folder/**` means what is in the folder, not the folder itself
    return len(pattern) in places and not (
        pattern[-1] == "**" and len(pattern) > 1 and len(parts) < len([p for p in pattern if p != "**"]) + 1
    )


def _spread(places: set[int], pattern: tuple[str, ...]) -> set[int]:
    """Add the places behind each `**`, which may stand for nothing."""
    todo, found = list(places), set(places)
    while todo:
        place = todo.pop()
        if place < len(pattern) and pattern[place] == "**" and place + 1 not in found:
            found.add(place + 1)
            todo.append(place + 1)
    return found


def _fits(glob: str, part: str) -> bool:
    return glob == "**" or _compiled(glob).match(part) is not None


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    """Return a glob of one part as an expression that cannot run away (fnmatch makes its stars atomic)."""
    glob = re.sub(r"\\(.)", lambda found: f"[{found[1]}]", glob.replace("[^", "[!"))
    return re.compile(fnmatch.translate(glob))
