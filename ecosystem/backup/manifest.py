"""The manifest of a backup: written last, so that only a finished backup has one."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .errors import BackupError
from .files import Report, has_size, sha256_of

FORMAT, NAME = 1, "manifest.json"


@dataclass(slots=True)
class Part:
    """A file of the backup."""

    size: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """What a backup is of, and what belongs to it.

    format               of the backup folder
    version              of the site
    migrations           app -> its last migration
    server               major version of the PostgreSQL server
    dumped_with          major version of pg_dump
    counts               repositories, refs, files and bytes
    rows                 table -> number of rows
    parts                path -> size and SHA-256
    unfinished_updates   repositories whose derived values were behind their refs
    secrets_elsewhere    settings that hold secrets and came from the environment
    has_bucket_objects   objects were left in the bucket
    faults               what was already missing or damaged in the site
    """

    name: str
    started_at: str
    finished_at: str = ""
    format: int = FORMAT
    version: str = ""
    public_url: str = ""
    migrations: dict[str, str] = field(default_factory=dict)
    server: int = 0
    dumped_with: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    unfinished_updates: list[str] = field(default_factory=list)
    secrets_elsewhere: list[str] = field(default_factory=list)
    has_bucket_objects: bool = False
    faults: list[str] = field(default_factory=list)

    def add_part(self, folder: Path, path: str) -> None:
        file = folder / path
        self.parts[path] = Part(file.stat().st_size, sha256_of(file))

    def write(self, folder: Path) -> None:
        """Make everything durable, then the manifest visible."""
        draft = folder / f"{NAME}.new"
        draft.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")
        os.sync()
        draft.replace(folder / NAME)
        os.sync()

    def check_parts(self, folder: Path, report: Report) -> None:
        """raises  BackupError if a file is missing or damaged"""
        for path, part in self.parts.items():
            report(f"Checking {path} …")
            if not has_size(folder / path, part.size) or sha256_of(folder / path) != part.sha256:
                raise BackupError(f"The backup is damaged: {folder / path} is not what was written.")


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a finished backup.

    raises  BackupError
    """
    file = folder / NAME
    try:
        facts: dict[str, Any] = json.loads(file.read_text())
        if facts["format"] > FORMAT:
            raise BackupError(
                f"{folder} was made by a newer version of the site. Restore it with that version."
            )
        facts["parts"] = {path: Part(**part) for path, part in facts["parts"].items()}
        return Manifest(**facts)
    except FileNotFoundError:
        raise BackupError(f"{folder} is not a finished backup.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BackupError(f"The backup is damaged: {file} cannot be read.") from None
