"""Labelled texts: the two columns of a split, checked, with the labels as class numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel, Dataset

from ...faults import YourFault
from ..tables import column_of, listed

CLASSES_LIMIT = 256
SHOWN_ROWS = 5


def text_column(split: Dataset, column: str, split_name: str) -> pa.ChunkedArray:
    """Return the texts.

    raises  YourFault if the column is absent, holds no text, or has empty rows
    """
    texts = column_of(split, column, split_name)
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        raise YourFault(
            "text_not_text", f"Column {column!r} of the split {split_name!r} holds {texts.type}, not text."
        )
    refuse_empty(texts, column, split_name)
    return texts


def label_column(split: Dataset, column: str, split_name: str) -> pa.ChunkedArray:
    """Return the labels as text; a class number with a name becomes its name.

    raises  YourFault if the column is absent, has empty rows, or holds something else than classes
    """
    labels = column_of(split, column, split_name)
    feature = split.features[column]
    if isinstance(feature, ClassLabel):
        return named(labels, feature, column, split_name)
    kind = labels.type
    if pa.types.is_floating(kind):
        labels = whole_numbers(labels, column, split_name)
    elif not (
        pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
    ):
        raise YourFault(
            "labels_not_classes", f"Column {column!r} of the split {split_name!r} holds {kind}, not classes."
        )
    texts = labels.cast(pa.string())
    refuse_empty(texts, column, split_name)
    return texts


def named(labels: pa.ChunkedArray, feature: ClassLabel, column: str, split_name: str) -> pa.ChunkedArray:
    """Return the names of class numbers; -1 stands for a row without a label."""
    numbers = pc.if_else(pc.less(labels, 0), pa.scalar(None, labels.type), labels)
    refuse_empty(numbers, column, split_name)
    names = pa.array(feature.names, pa.string())
    if pc.max(numbers).as_py() >= len(names):
        raise YourFault(
            "labels_unknown",
            f"Column {column!r} of the split {split_name!r} has class numbers without a name.",
        )
    return pa.chunked_array([names.take(numbers.combine_chunks())])


def whole_numbers(labels: pa.ChunkedArray, column: str, split_name: str) -> pa.ChunkedArray:
    """Return floats that are whole numbers as integers."""
    refuse_empty(labels, column, split_name)
    try:
        return labels.cast(pa.int64(), safe=True)
    except pa.ArrowInvalid:
        sentence = f"Column {column!r} of the split {split_name!r} holds numbers with fractions. Classes are text or whole numbers."
        raise YourFault("labels_not_classes", sentence) from None


def refuse_empty(values: pa.ChunkedArray, column: str, split_name: str) -> None:
    """Refuse rows without a value, naming the first ones (counted from 1)."""
    empty = pc.is_null(values, nan_is_null=True)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        empty = pc.or_(empty, pc.equal(pc.fill_null(pc.utf8_trim_whitespace(values), ""), ""))
    rows = np.flatnonzero(empty.to_numpy()) + 1
    if len(rows):
        first = ", ".join(map(str, rows[:SHOWN_ROWS]))
        where = f"row {first}" if len(rows) == 1 else f"{len(rows)} rows, the first of them {first}"
        raise YourFault("rows_empty", f"Column {column!r} of the split {split_name!r} is empty in {where}.")


def class_names(split: Dataset, labels: pa.ChunkedArray, column: str, wanted: Sequence[str]) -> list[str]:
    """Return the classes in order: as wanted, else as the dataset names them, else sorted.

    raises  YourFault for one class, or for more than CLASSES_LIMIT
    """
    present = pc.unique(labels).to_pylist()
    if len(present) < 2:
        raise YourFault(
            "labels_one_class",
            f"Column {column!r} has only the class {present[0]!r}. Training needs at least two.",
        )
    if len(present) > CLASSES_LIMIT:
        sentence = (
            f"Column {column!r} has {len(present)} different values; at most {CLASSES_LIMIT} can be classes."
        )
        raise YourFault("labels_too_many", sentence)
    feature = split.features[column]
    if wanted:
        return list(wanted)
    return list(feature.names) if isinstance(feature, ClassLabel) else in_order(present)


def in_order(names: Sequence[str]) -> list[str]:
    """Sort numbers by value and everything else by the alphabet."""
    try:
        return sorted(names, key=int)
    except ValueError:
        return sorted(names)


def numbered(labels: pa.ChunkedArray, names: Sequence[str], split_name: str) -> np.ndarray:
    """Return each label's place among the names (n,) int64.

    raises  YourFault for a label that is not among them
    """
    places = pc.index_in(labels, pa.array(names, pa.string()))
    if places.null_count:
        unknown = pc.unique(labels.filter(pc.is_null(places))).to_pylist()
        raise YourFault(
            "labels_unknown", f"The split {split_name!r} has labels that are not classes: {listed(unknown)}."
        )
    return places.to_numpy().astype(np.int64)


def shared_texts(texts: pa.ChunkedArray, others: pa.ChunkedArray) -> int:
    """Count texts that are among the others too, whatever their case and outer spaces: a score on them shows memory, not skill."""
    return int(pc.sum(pc.is_in(plain(texts), pc.unique(plain(others)))).as_py() or 0)


def plain(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_lower(pc.utf8_trim_whitespace(texts.cast(pa.large_string())))


def as_dataset(texts: pa.ChunkedArray, labels: np.ndarray) -> Dataset:
    return Dataset(pa.table({"text": texts, "labels": pa.array(labels)}))


def held_back(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Choose rows for validation, the same share of each class and at least one of each that has two.

    returns  their numbers, sorted
    """
    random = np.random.default_rng(seed)
    chosen = []
    for number in np.unique(labels):
        rows = np.flatnonzero(labels == number)
        count = max(round(share * len(rows)), 1) if len(rows) > 1 else 0
        chosen.append(random.permutation(rows)[:count])
    return np.sort(np.concatenate(chosen))
