"""Artifacts: files that a job keeps beside its output, such as a log of predictions or a report."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import ContractError
from .shapes import Contract, read_field, read_object

ARTIFACTS_LIMIT = 50
# the log of an evaluation's samples
SAMPLES_FILE = "samples.parquet"
ARTIFACT_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}")
OCTETS = "application/octet-stream"
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "md": "text/markdown",
    "parquet": "application/vnd.apache.parquet",
    "txt": "text/plain",
}


def media_type_of(name: str) -> str:
    """Return the media type of a file by the end of its name."""
    return MEDIA_TYPES.get(name.rpartition(".")[2].lower(), OCTETS)


@dataclass(frozen=True, slots=True)
class Artifact(Contract):
    """A stored file of a job. name: unique within the job, without folders"""

    name: str
    sha256: str
    size_bytes: int
    media_type: str

    @classmethod
    def from_json(cls, body: object) -> Artifact:
        fields = read_object(body, "artifact")
        name, sha256 = read_field(fields, "name", str), read_field(fields, "sha256", str)
        if not ARTIFACT_NAME.fullmatch(name):
            raise ContractError({"name": "Must be letters, digits, dots, dashes and underscores."})
        if not SHA256.fullmatch(sha256):
            raise ContractError({"sha256": "Must be a SHA-256 in lower-case hex."})
        size_bytes = read_field(fields, "size_bytes", int)
        return cls(name, sha256, size_bytes, media_type_of(name))
