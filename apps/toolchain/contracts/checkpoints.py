"""Checkpoints that the site keeps: any worker resumes from them, and any of them can be published."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .artifacts import SHA256
from .errors import ContractError
from .shapes import Contract, read_field, read_object

CHECKPOINT_FILES_LIMIT = 500
# a file, or one in a folder
CHECKPOINT_PATH = re.compile(r"[A-Za-z0-9_][\w.-]{0,99}(/[A-Za-z0-9_][\w.-]{0,99})?", re.ASCII)
# what only a training that goes on needs
RESUME_FILES = re.compile(
    r"(optimizer|scheduler|scaler|training_args|rng_state[\w]*)\.(pt|pth|bin)", re.ASCII
)


def is_for_resuming(path: str) -> bool:
    return bool(RESUME_FILES.fullmatch(path))


@dataclass(frozen=True, slots=True)
class CheckpointFile(Contract):
    """A file of a checkpoint. path: within its folder"""

    path: str
    sha256: str
    size_bytes: int

    @classmethod
    def from_json(cls, body: object) -> CheckpointFile:
        fields = read_object(body, "file")
        path, sha256 = read_field(fields, "path", str), read_field(fields, "sha256", str)
        if not CHECKPOINT_PATH.fullmatch(path):
            raise ContractError({"path": "Must be a name, or a folder and a name."})
        if not SHA256.fullmatch(sha256):
            raise ContractError({"sha256": "Must be a SHA-256 in lower-case hex."})
        size_bytes = read_field(fields, "size_bytes", int)
        if not 0 <= size_bytes < 2**53:
            raise ContractError({"size_bytes": "Must be 0 or more."})
        return cls(path, sha256, size_bytes)


@dataclass(frozen=True, slots=True)
class StoredCheckpoint(Contract):
    """A checkpoint.

    attempt       that saved it
    is_resumable  whether it has all that a training needs to go on
    is_final      whether the job publishes it without training on
    """

    attempt: int
    step: int
    files: tuple[CheckpointFile, ...]
    is_resumable: bool = True
    is_final: bool = False

    @classmethod
    def from_json(cls, body: object) -> StoredCheckpoint:
        fields = read_object(body, "checkpoint")
        files = read_field(fields, "files", list)
        if not 0 < len(files) <= CHECKPOINT_FILES_LIMIT:
            raise ContractError({"files": f"Between 1 and {CHECKPOINT_FILES_LIMIT} files."})
        step = read_field(fields, "step", int)
        if not 0 <= step < 2**31:
            raise ContractError({"step": "Must be 0 or more."})
        return cls(
            read_field(fields, "attempt", int),
            step,
            _unique(CheckpointFile.from_json(file) for file in files),
            read_field(fields, "is_resumable", bool, True),
            read_field(fields, "is_final", bool, False),
        )


def _unique(files: Iterable[CheckpointFile]) -> tuple[CheckpointFile, ...]:
    found = {file.path: file for file in files}
    return tuple(found[path] for path in sorted(found))
