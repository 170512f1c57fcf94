"""Repositories with real files, for the tests of pages."""

from __future__ import annotations

import hashlib
import json
import struct

from apps.registry.blobs.services import UploadContext, store_blob
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile, AddLarge
from apps.registry.repos.models import Repo
from tests.makers import Person, a_repo

CARD = """---
license: apache-2.0
language: en
pipeline_tag: text-classification
library_name: transformers
base_model: owner/tiny-encoder
datasets: owner/film-lines
---

# Tiny sentiment

Says whether a sentence about a film is **kind**. See [the config](config.json).

| method | accuracy |
| --- | ---: |
| full | 0.912 |
"""
DATA_CARD = """---
license: cc-by-4.0
language: en
task_categories: text-classification
---

# Film lines

Lines about films.
"""


def commit_files(
    person: Person, repo: Repo, files: dict[str, str | bytes], message: str = "Add files"
) -> Repo:
    """Commit regular files to the default branch."""
    changes = [
        AddFile(path, content.encode() if isinstance(content, str) else content)
        for path, content in files.items()
    ]
    return commit_changes(
        actor=person.actor, address=repo.address, branch=repo.default_branch, changes=changes, message=message
    ).repo


def commit_large_file(person: Person, repo: Repo, path: str, data: bytes) -> Repo:
    """Store bytes as a large object and commit its pointer."""
    sha256 = hashlib.sha256(data).hexdigest()
    store_blob(UploadContext(repo.pk, person.user.pk), sha256=sha256, size=len(data), blocks=[data])
    change = AddLarge(path, sha256, len(data))
    return commit_changes(
        actor=person.actor,
        address=repo.address,
        branch=repo.default_branch,
        changes=[change],
        message=f"Add {path}",
    ).repo


def safetensors(shapes: dict[str, tuple[int, ...]]) -> bytes:
    """Return a safetensors file of F32 zeros."""
    header, at = {}, 0
    for name, shape in shapes.items():
        count = 4
        for side in shape:
            count *= side
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + count]}
        at += count
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(at)


def csv_rows(count: int, start: int = 0) -> str:
    words = ["a warm, honest film", "dull and far too long", "the best of the year", "nothing works here"]
    lines = [f'"{words[n % 4]}, line {n}",{1 - n % 2}' for n in range(start, start + count)]
    return "text,label\n" + "\n".join(lines) + "\n"


def a_model(person: Person, name: str = "tiny-sentiment", **facts: object) -> Repo:
    """A model with card, config, a text file in a folder and weights as a large object."""
    repo = a_repo(person, name, **facts)
    config = json.dumps(
        {"model_type": "bert", "architectures": ["BertForSequenceClassification"], "hidden_size": 384},
        indent=2,
    )
    repo = commit_files(
        person,
        repo,
        {"README.md": CARD, "config.json": config, "onnx/notes.txt": "exported\n"},
        "Publish the model",
    )
    weights = safetensors({"embeddings.word": (64, 8), "classifier.weight": (2, 8), "classifier.bias": (2,)})
    return commit_large_file(person, repo, "model.safetensors", weights)


def a_dataset(person: Person, name: str = "film-lines", *, rows: int = 120, **facts: object) -> Repo:
    """A dataset of CSV splits and a card."""
    repo = a_repo(person, name, kind="dataset", **facts)
    return commit_files(
        person,
        repo,
        {"README.md": DATA_CARD, "train.csv": csv_rows(rows), "test.csv": csv_rows(20, 500)},
        "Publish the data",
    )
