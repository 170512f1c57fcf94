"""A repository with a history: every kind of change that a comparison can show."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from datetime import UTC, datetime

import pygit2

from apps.registry.contents.services.commit import commit_changes
from apps.registry.contents.services.derive import refresh_derived
from apps.registry.gitstore import AddFile, Copy, Delete
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of
from tests.makers import Person, a_repo
from tests.seed import commit_files, commit_large_file, safetensors

TRAIN = '''"""Fine-tunes the encoder on sentences with labels."""

import argparse
from pathlib import Path

import torch
from torch.utils.data import DataLoader

BATCH = 16
LEARNING_RATE = 5e-5


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    return parser.parse_args()


def train(model, loader: DataLoader, epochs: int) -> float:
    """Return the last loss."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    loss = torch.tensor(0.0)
    for epoch in range(epochs):
        for batch in loader:
            loss = model(**batch).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        print(f"epoch {epoch}: loss {loss.item():.3f}")
    return loss.item()


if __name__ == "__main__":
    options = parse()
    print(options)
'''
CHANGES = (
    ("BATCH = 16", "BATCH = 32"),
    ("LEARNING_RATE = 5e-5", "LEARNING_RATE = 3e-5\nWARM_UP = 0.1"),
    (
        '    parser.add_argument("--epochs", type=int, default=3)',
        '    parser.add_argument("--epochs", type=int, default=5, help="how often")',
    ),
    (
        "            optimizer.zero_grad()\n        print",
        "            optimizer.zero_grad(set_to_none=True)\n        print",
    ),
    ("    options = parse()\n    print(options)\n", "    print(parse())\n"),
)


def edited_train() -> str:
    text = TRAIN
    for old, new in CHANGES:
        text = text.replace(old, new)
    return text


def an_image(shade: int) -> bytes:
    """Return a small PNG of one color."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((shade, 150, 120)) * 120 for _ in range(60))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 120, 60, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def a_notebook(rate: str = "5e-5", *, with_plot: bool = False) -> str:
    """Return a notebook of format 4.5 with sources, a table, an error and optionally an image."""
    head, body = "<tr><th>split</th><th>accuracy</th></tr>", "<tr><td>test</td><td>0.87</td></tr>"
    table = f'<table border="1"><thead>{head}</thead><tbody>{body}</tbody></table><script>alert(1)</script>'
    code = [
        ("setup", "import torch\n\nrate = " + rate, []),
        (
            "scores",
            "scores",
            [
                {
                    "output_type": "execute_result",
                    "data": {"text/html": [table], "text/plain": ["split accuracy"]},
                    "metadata": {},
                    "execution_count": 2,
                }
            ],
        ),
        (
            "fails",
            "1 / 0",
            [
                {
                    "output_type": "error",
                    "ename": "ZeroDivisionError",
                    "evalue": "division by zero",
                    "traceback": ["\x1b[0;31mZeroDivisionError\x1b[0m: division by zero"],
                }
            ],
        ),
        (
            "prints",
            "print('epoch 1')",
            [{"output_type": "stream", "name": "stdout", "text": ["epoch 1\n", "epoch 2\n"]}],
        ),
    ]
    cells = [
        {
            "cell_type": "markdown",
            "id": "title",
            "metadata": {},
            "source": ["# Fine-tuning\n", "\n", "The loss is $-\\log p$."],
        }
    ]
    cells += [
        {
            "cell_type": "code",
            "id": name,
            "metadata": {},
            "execution_count": place,
            "source": source,
            "outputs": outputs,
        }
        for place, (name, source, outputs) in enumerate(code, 1)
    ]
    if with_plot:
        plot = {
            "output_type": "display_data",
            "data": {"image/png": base64.b64encode(an_image(90)).decode()},
            "metadata": {},
        }
        cells.append(
            {
                "cell_type": "code",
                "id": "plot",
                "metadata": {},
                "execution_count": 5,
                "source": "plot(scores)",
                "outputs": [plot],
            }
        )
    return json.dumps(
        {
            "cells": cells,
            "metadata": {"language_info": {"name": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    )


def with_modes(person: Person, repo: Repo, entries: dict[str, tuple[int, bytes | str]], message: str) -> Repo:
    """Commit entries of any mode at the root: bytes, or for a submodule its commit."""
    git = git_of(repo)
    head = git.resolve(repo.default_branch)
    builder = git.git.TreeBuilder(git.git[head].tree)
    for name, (mode, content) in entries.items():
        oid = pygit2.Oid(hex=content) if isinstance(content, str) else git.git.create_blob(content)
        builder.insert(name, oid, mode)
    author = pygit2.Signature(
        person.name, f"{person.name}@example.com", int(datetime(2026, 1, 2, tzinfo=UTC).timestamp()), 0
    )
    sha = str(git.git.create_commit(None, author, author, message, builder.write(), [head]))
    git.move_ref(f"refs/heads/{repo.default_branch}", head, sha)
    return refresh_derived(repo)


def a_history(person: Person, name: str = "grown") -> Repo:
    """Make a model with commits that add files, change all of them, set odd modes and append a line."""
    repo = a_repo(person, name)
    files = {
        "README.md": f"---\nlicense: mit\n---\n# {name}\n",
        "train.py": TRAIN,
        "config.json": '{\n  "hidden_size": 384,\n  "layers": 6\n}\n',
        "notes/old-name.md": "# Notes\n\n"
        + "\n".join(f"Line {number} of the notes." for number in range(30))
        + "\n",
        "explore.ipynb": a_notebook(),
        "run.sh": "#!/bin/sh\npython train.py\n",
        "plot.png": an_image(60),
        "gone.txt": "this goes\n",
        "vocab.txt": "\n".join(f"word{number}" for number in range(900)) + "\n",
    }
    repo = commit_files(person, repo, files, "Publish the model")
    repo = commit_large_file(person, repo, "model.safetensors", safetensors({"a": (64, 8)}))
    changes = [
        AddFile("train.py", edited_train().encode()),
        AddFile("config.json", b'{\n  "hidden_size": 512,\n  "layers": 6\n}'),
        Copy("notes/old-name.md", None, "notes/new-name.md"),
        Delete("notes/old-name.md"),
        AddFile("explore.ipynb", a_notebook("3e-5", with_plot=True).encode()),
        AddFile("plot.png", an_image(200)),
        Delete("gone.txt"),
        AddFile("vocab.txt", "\n".join(f"token{number}" for number in range(900)).encode() + b"\n"),
        AddFile("说明.md", "# 说明\n\n把学习率降低，训练更稳。\n".encode()),
    ]
    commit_changes(
        actor=person.actor,
        address=repo.address,
        branch="main",
        changes=changes,
        message="Train longer, at a lower rate",
        description="Five epochs instead of three.\n\nThe notebook shows why.",
    )
    repo = commit_large_file(person, repo, "model.safetensors", safetensors({"a": (64, 16)}))
    modes = {
        "run.sh": (0o100755, b"#!/bin/sh\npython train.py\n"),
        "latest": (0o120000, b"model.safetensors"),
        "vendor": (0o160000, "1" * 40),
    }
    repo = with_modes(person, repo, modes, "Make it run; point to the latest")
    return commit_files(person, repo, {"train.py": edited_train() + "\n# the end\n"}, "Say where it ends")
