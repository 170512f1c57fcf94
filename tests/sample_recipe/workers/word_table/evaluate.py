"""Scores how many words of a split the model's vocabulary has."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from apps.toolchain.contracts import Score
from workers.ml.context import RecipeContext
from workers.ml.training.results import write_result
from workers.ml.training.tables import column_of, read_splits, split_named


def run(context: RecipeContext) -> None:
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.run / "cache", subset=params["subset"])
    split = split_named(splits, params["split"])
    texts = column_of(split, params["text_column"], params["split"]).to_pylist()
    known = json.loads((context.model_folder / "tokenizer.json").read_text())["model"]["vocab"]
    words = [word for text in texts for word in text.split()]
    missing = Counter(word for word in words if word not in known)
    covered = 1 - missing.total() / len(words)
    write_result(
        context,
        Path(__file__).parent,
        scores=[Score("coverage", round(covered, 6)), Score("missing_words", float(len(missing)))],
        log=(f"{word}\n" for word in words),
        split=params["split"],
        samples=len(texts),
        missing=sorted(missing.items())[:20],
    )
