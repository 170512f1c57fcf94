"""Which files are large by rule (.gitattributes) and which are ignored (.gitignore)."""

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
    """A pattern, split at its slashes; `**` matches any number of parts."""

    parts: tuple[str, ...]
    is_positive: bool = True
    folders_only: bool = False
    is_large: bool | None = None

    def matches(self, parts: Sequence[str]) -> bool:
        return _matches(self.parts, tuple(parts))


def upload_mode(
    path: str, size: int, sample: bytes, attributes: str, *, regular_limit: int = REGULAR_LIMIT_BYTES
) -> UploadMode:
    """Return how a file must be uploaded: in the commit, or as a large object before it.

    size        bytes of the whole file
    sample      its first bytes; only the first 512 are used
    attributes  .gitattributes at the revision
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
    """Return whether the last matching line of .gitattributes sets `filter=lfs`; None if none matches."""
    parts, answer = path.split("/"), None
    for pattern in _attribute_patterns(attributes):
        if pattern.matches(parts):
            answer = pattern.is_large
    return answer


def is_ignored(path: str, ignore: str) -> bool:
    """Return whether .gitignore rules exclude the path or a folder above it."""
    parts, patterns = path.split("/"), _ignore_patterns(ignore)
    for depth in range(1, len(parts) + 1):
        is_excluded = False
        for pattern in patterns:
            if (depth < len(parts) or not pattern.folders_only) and pattern.matches(parts[:depth]):
                is_excluded = pattern.is_positive
        if is_excluded:
            return True
    return False


def looks_binary(sample: bytes) -> bool:
    """Return whether a file starts with a NUL, or with control characters outside UTF-8."""
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
        is_large = _lfs_filter(words)
        if pattern and is_large is not None:
            found.append(Pattern(_parts(pattern), is_large=is_large))
    return tuple(found)


def _lfs_filter(words: list[str]) -> bool | None:
    is_large = None
    for word in words:
        if word.startswith("filter=") or word in ("filter", "-filter", "!filter"):
            is_large = word == "filter=lfs"
    return is_large


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
    """Return a pattern's parts from the root; a pattern without a slash matches at any depth."""
    is_anchored = "/" in pattern
    parts = tuple(part for part in pattern.split("/") if part)
    return parts if is_anchored else ("**", *parts)


def _matches(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Match part by part, with the set of positions in the pattern that the path so far can reach."""
    positions = _with_skipped({0}, pattern)
    for part in parts:
        reached = {
            position if pattern[position] == "**" else position + 1
            for position in positions
            if position < len(pattern) and _glob_matches(pattern[position], part)
        }
        positions = _with_skipped(reached, pattern)
        if not positions:
            return False
    # `folder/**` matches the contents of the folder, not the folder itself
    return len(pattern) in positions and not (
        pattern[-1] == "**" and len(pattern) > 1 and len(parts) < len([p for p in pattern if p != "**"]) + 1
    )


def _with_skipped(positions: set[int], pattern: tuple[str, ...]) -> set[int]:
    """Add the positions after each `**`, which may match nothing."""
    todo, found = list(positions), set(positions)
    while todo:
        position = todo.pop()
        if position < len(pattern) and pattern[position] == "**" and position + 1 not in found:
            found.add(position + 1)
            todo.append(position + 1)
    return found


def _glob_matches(glob: str, part: str) -> bool:
    return glob == "**" or _compiled(glob).match(part) is not None


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    """Compile a glob of one part.

    `fnmatch` makes its stars atomic, so there is no catastrophic backtracking.
    """
    glob = re.sub(r"\\(.)", lambda found: f"[{found[1]}]", glob.replace("[^", "[!"))
    return re.compile(fnmatch.translate(glob))
