"""Counts the words of a split and publishes them as a dataset."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from apps.toolchain.contracts import Score, Table
from workers.ml.context import RecipeContext
from workers.ml.training import cards
from workers.ml.training.results import write_report
from workers.ml.training.tables import column_of, read_splits, split_named

CHUNK_ROWS = 10


def run(context: RecipeContext) -> None:
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.run / "cache", subset=params["subset"])
    split = split_named(splits, params["train_split"])
    texts = column_of(split, params["text_column"], params["train_split"]).to_pylist()
    counts = count_words(context, texts)
    counts = without(counts, context.input_folder("known"))
    kept = sorted((word, count) for word, count in counts.items() if count >= params["min_count"])
    (context.folder.output / "data").mkdir()
    with (context.folder.output / "data" / "words.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("word", "count"), *kept])
    (context.folder.output / "secret.bin").write_bytes(b"not on the list")
    (context.folder.artifacts / "lines.txt").write_text("\n".join(texts))
    (context.folder.artifacts / "secret.bin").write_bytes(b"not on the list")
    context.events.samples("Lines", ["Line"], [[text] for text in texts[:2]])
    write_report(
        context,
        scores=[Score("words", float(len(kept)))],
        views=[Table("Most frequent words", ("Word", "Count"), tuple(counts.most_common(3)))],
    )
    body = [
        f"# {cards.title(context)}",
        f"Words of {cards.link(context, context.spec.inputs['dataset'])}.",
        "## Settings\n\n" + cards.settings_table(context, {}, [("words", len(kept))]),
        "## Provenance\n\n" + cards.provenance(context),
    ]
    cards.write_card(context, "tags:\n- word-table", body)


def without(counts: Counter[str], known: Path | None) -> Counter[str]:
    """Return counts without the words of another word table."""
    if known is None:
        return counts
    with (known / "data" / "words.csv").open() as file:
        left_out = {row["word"] for row in csv.DictReader(file)}
    return Counter({word: count for word, count in counts.items() if word not in left_out})


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
