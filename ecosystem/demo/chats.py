"""The data of the demo for language models: chats in English, from a PyPI package."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .inputs import fetch

CORPUS = "chatterbot-corpus==1.3.3"
FOLDER = "chatterbot_corpus/data/english/"
ROLES = ("user", "assistant")
CARD = """---
license: bsd-3-clause
language:
- en
pretty_name: Short chats in English
task_categories:
- text-generation
configs:
- config_name: default
  data_files:
  - split: train
    path: chats.jsonl
---

# Short chats in English

Questions and answers by topic, as messages of a user and an assistant. As they come, many repeat each other:
nearly all of the technical support is the same ten chats.

| topic | chats | different ones |
| --- | ---: | ---: |
{table}

## Source

The English part of the Python package `chatterbot-corpus` 1.3.3 (BSD license), unchanged.
"""


def read_chats(wheel: Path) -> Iterator[dict[str, Any]]:
    """Yield the chats of the package, each with its topic; a chat ends with an answer."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if not name.startswith(FOLDER) or not name.endswith(".yml"):
                continue
            for lines in yaml.safe_load(archive.read(name)).get("conversations", []):
                said = [str(line).strip() for line in lines[: len(lines) // 2 * 2]]
                messages = [{"role": ROLES[turn % 2], "content": text} for turn, text in enumerate(said)]
                yield {"messages": messages, "topic": Path(name).stem}


def write_chats(wheel: Path, folder: Path) -> None:
    """Write the dataset with its card."""
    rows = list(read_chats(wheel))
    texts = [(row["topic"], json.dumps(row, ensure_ascii=False)) for row in rows]
    (folder / "chats.jsonl").write_text("".join(f"{text}\n" for _topic, text in texts), encoding="utf-8")
    all_of, different = (
        Counter(topic for topic, _text in texts),
        Counter(topic for topic, _text in set(texts)),
    )
    table = "\n".join(f"| {topic} | {all_of[topic]:,} | {different[topic]:,} |" for topic in sorted(all_of))
    (folder / "README.md").write_text(CARD.format(table=table), encoding="utf-8")


def prepare_chats(cache: Path) -> Path:
    """Download the package and create the upload folder in the cache folder, once."""
    folder, packages = cache / "chats", cache / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    if not (folder / "README.md").exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_chats(fetch(CORPUS, packages), folder)
    return folder
