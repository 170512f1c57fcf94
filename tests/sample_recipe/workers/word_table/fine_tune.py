"""Counts the words of a split and publishes them as a dataset."""

from __future__ import annotations

import csv
from collections import Counter

from workers.ml.context import RecipeContext
from workers.ml.training import cards
from workers.ml.training.tables import column_of, read_splits, split_named

CHUNK_ROWS = 10


def run(context: RecipeContext) -> None:
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.run / "cache", subset=params["subset"])
    split = split_named(splits, params["train_split"])
    texts = column_of(split, params["text_column"], params["train_split"]).to_pylist()
    counts = count_words(context, texts)
    kept = sorted((word, count) for word, count in counts.items() if count >= params["min_count"])
    (context.folder.output / "data").mkdir()
    with (context.folder.output / "data" / "words.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("word", "count"), *kept])
    (context.folder.output / "secret.bin").write_bytes(b"not on the list")
    body = [
        f"# {cards.title(context)}",
        f"Words of {cards.link(context, context.spec.inputs['dataset'])}.",
        "## Settings\n\n" + cards.settings_table(context, {}, [("words", len(kept))]),
        "## Provenance\n\n" + cards.provenance(context),
    ]
    cards.write_card(context, "tags:\n- word-table", body)


def count_words(context: RecipeContext, texts: list[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for start in range(0, len(texts), CHUNK_ROWS):
        words = " ".join(texts[start : start + CHUNK_ROWS]).split()
        new = {word for word in words if word not in counts}
        counts.update(words)
        done = min(start + CHUNK_ROWS, len(texts))
        context.events.metric(done, None, {"vocabulary": len(counts), "new_share": len(new) / len(words)})
        context.events.progress(done, len(texts), "counting")
    return counts
