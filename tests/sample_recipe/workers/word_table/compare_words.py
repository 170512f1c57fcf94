"""Tells which words the vocabularies of two models have."""

from __future__ import annotations

import json
from pathlib import Path

from apps.toolchain.contracts import Samples, Score
from workers.ml.context import RecipeContext
from workers.ml.training.results import write_report


def run(context: RecipeContext) -> None:
    words = context.spec.params["words"].split()
    folders = [context.folder.inputs / name for name in ("model", "other_model")]
    known = [vocabulary(folder) for folder in folders]
    rows = [(word, *("yes" if word in one else "no" for one in known)) for word in words]
    write_report(
        context,
        scores=[Score("words", float(len(words)))],
        views=[Samples("Words", ("Word", "Model", "Second model"), tuple(rows))],
    )


def vocabulary(folder: Path) -> set[str]:
    return set(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"])
