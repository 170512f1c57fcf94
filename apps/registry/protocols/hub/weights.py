"""The headers of sharded safetensors weights, combined in one response."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from apps.core.errors import TooLarge, ValidationFailed
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.registry.contents.services.large import large_reader
from apps.registry.formats.safetensors import ReadRange
from apps.registry.gitstore import Entry, GitRepo
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ

from .params import compress_response
from .resolve import file_at
from .revisions import open_at_revision

SHARDS_LIMIT, HEADERS_LIMIT_BYTES, INDEX_LIMIT_BYTES = 2000, 32 << 20, 16 << 20


@requires(REPO_READ)
@compress_response
def safetensors_metadata(request: HubRequest, repo: Repo, path: str) -> HttpResponse:
    """Return the header of every file of a safetensors index, at the head of the default branch.

    source  huggingface_hub `get_sharded_safetensors_metadata`; the index is returned without its weight map
    """
    git, sha = open_at_revision(repo, "HEAD")
    index, shards = _index_of(
        git.read_file(sha, file_at(git, sha, path, "HEAD").path, INDEX_LIMIT_BYTES), path
    )
    folder = path.rpartition("/")[0]
    entries = {shard: file_at(git, sha, f"{folder}/{shard}".lstrip("/"), "HEAD") for shard in shards}
    response = HttpResponse(_to_json(index, _headers(repo, git, entries)), content_type="application/json")
    response["X-Repo-Commit"] = sha
    return response


def _index_of(text: bytes | None, path: str) -> tuple[dict[str, Any], list[str]]:
    """Return an index without its weight map, and the files named in the map (raises ValidationFailed)."""
    try:
        index = json.loads(text or b"")
        shards = sorted(set(index.pop("weight_map").values()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValidationFailed(f"{path} is not a safetensors index.") from None
    if not all(isinstance(shard, str) for shard in shards) or len(shards) > SHARDS_LIMIT:
        raise ValidationFailed(f"{path} names more than {SHARDS_LIMIT} files, or has invalid file names.")
    return index, shards


def _headers(repo: Repo, git: GitRepo, entries: dict[str, Entry]) -> Iterable[tuple[str, bytes]]:
    """Yield the name and the JSON header of each file (raises ValidationFailed, TooLarge)."""
    total = 0
    for shard, entry in entries.items():
        read = _reader(repo, git, entry)
        length = int.from_bytes(read(0, 8), "little")
        if length > entry.size - 8:
            raise ValidationFailed(f"{shard} is not a safetensors file.")
        total += length
        if total > HEADERS_LIMIT_BYTES:
            raise TooLarge("The headers of these files are too large for one response. Read them by range.")
        header = read(8, 8 + length)
        if not _is_object(header):
            raise ValidationFailed(f"{shard} is not a safetensors file.")
        yield shard, header


def _reader(repo: Repo, git: GitRepo, entry: Entry) -> ReadRange:
    if entry.pointer:
        return large_reader(repo, entry.pointer.oid)
    content = git.read(entry.oid)
    return lambda start, end: content[start:end]


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _to_json(index: dict[str, Any], headers: Iterable[tuple[str, bytes]]) -> bytes:
    parts = b", ".join(json.dumps(shard).encode() + b": " + header for shard, header in headers)
    return b'{"index": ' + json.dumps(index).encode() + b', "headers": {' + parts + b"}}"
