"""What a scan finds in a distribution: known malware, and what deserves a second look."""

from __future__ import annotations

import configparser
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

# the test signature that scanners know, in two parts so that they leave this file alone
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
BLOCK_BYTES = 1 << 20
SCANNED_LIMIT_BYTES = 1 << 30
ENTRY_POINTS_LIMIT_BYTES = 1 << 20
# a command of this name would be run in place of the system's
SYSTEM_COMMANDS = frozenset(
    "bash sh zsh ls cp mv rm cat chmod chown sudo su ssh scp git curl wget python python3 pip pip3 uv uvx"
    " node npm make gcc cc docker kubectl env kill ps sed awk grep find tar gzip vi vim nano hf twine pytest"
    " systemctl mount apt apt-get yum dnf brew".split()
)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a scan found.

    code        stable, such as `system_command`
    subject     where
    is_blocked  whether the file may not be offered
    """

    code: str
    subject: str
    is_blocked: bool = False

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "subject": self.subject[:200]}


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def scan(file: BinaryIO, *, filename: str) -> list[Note]:
    """Return what is found in a checked archive.

    file  seekable
    """
    found, left = list[Note](), SCANNED_LIMIT_BYTES
    entries = _wheel_entries if filename.endswith(".whl") else _source_entries
    file.seek(0)
    for name, open_entry in entries(file):
        content = open_entry()
        if content is None:
            continue
        left, is_bad = _search(content, left)
        if is_bad:
            found.append(Note("malware", name, is_blocked=True))
        if left <= 0:
            found.append(Note("partly_scanned", name))
            break
        found += _notes_of(name, open_entry)
    return found


def _wheel_entries(file: BinaryIO) -> Iterator[tuple[str, Callable[[], Readable | None]]]:
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                yield entry.filename, lambda entry=entry: archive.open(entry)  # type: ignore[misc]


def _source_entries(file: BinaryIO) -> Iterator[tuple[str, Callable[[], Readable | None]]]:
    with tarfile.open(fileobj=file, mode="r:gz") as archive:
        for entry in archive:
            if entry.isfile():
                yield entry.name, lambda entry=entry: archive.extractfile(entry)  # type: ignore[misc]


def _search(content: Readable, left: int) -> tuple[int, bool]:
    """Search for the signature; return how many bytes may still be read, and whether it was found."""
    tail = b""
    while left > 0 and (block := content.read(min(BLOCK_BYTES, left))):
        left -= len(block)
        if EICAR in tail + block:
            return left, True
        tail = block[-len(EICAR) :]
    return left, False


def scan_blocks(blocks: Iterable[bytes]) -> bool:
    """Return whether a stream of bytes contains known malware."""
    tail = b""
    for block in blocks:
        if EICAR in tail + block:
            return True
        tail = block[-len(EICAR) :]
    return False


def _notes_of(name: str, open_entry: Callable[[], Readable | None]) -> list[Note]:
    if name.endswith(".pth") and "/" not in name:
        return [Note("runs_at_start", name)]
    if name.endswith(".dist-info/entry_points.txt"):
        content = open_entry()
        text = content.read(ENTRY_POINTS_LIMIT_BYTES).decode(errors="replace") if content else ""
        return [Note("system_command", command) for command in sorted(_commands(text) & SYSTEM_COMMANDS)]
    return []


def _commands(text: str) -> set[str]:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(text)
    except configparser.Error:
        return set()
    sections = [name for name in ("console_scripts", "gui_scripts") if parser.has_section(name)]
    return {command.strip() for section in sections for command in parser.options(section)}
