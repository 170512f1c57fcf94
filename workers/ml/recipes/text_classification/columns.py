"""The text and label columns of a split, validated, with labels encoded as class numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel, Dataset

from ...describe import join_names
from ...faults import UserFault
from ...training.tables import column_of, feature_of

CLASS_TYPES = (
    pa.types.is_integer,
    pa.types.is_boolean,
    pa.types.is_string,
    pa.types.is_large_string,
)
CLASSES_LIMIT = 256
ROWS_SHOWN = 5


def text_column(split: Dataset, column: str, split_name: str) -> pa.ChunkedArray:
    """Return the texts.

    raises  UserFault if the column is missing, is not text or has empty rows
    """
    texts = column_of(split, column, split_name)
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        raise UserFault(
            "text_not_text", f"Column {column!r} of the split {split_name!r} holds {texts.type}, not text."
        )
    reject_empty_rows(texts, column, split_name)
    return texts


def text_columns(split: Dataset, params: Mapping[str, Any], split_name: str) -> list[pa.ChunkedArray]:
    """Return the texts, and the second ones of pairs (raises as text_column)."""
    return [text_column(split, column, split_name) for column in columns_of(params)]


def columns_of(params: Mapping[str, Any]) -> list[str]:
    """Return the column of the texts, and that of the second ones of pairs."""
    return [params[name] for name in ("text_column", "text_pair_column") if params[name]]


def joined(sides: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Return pairs as one text each, to compare and to show them; single texts as they are."""
    if len(sides) == 1:
        return sides[0]
    texts = [side.cast(pa.large_string()) for side in sides]
    return pc.binary_join_element_wise(*texts, pa.scalar("\n", pa.large_string()))


def label_column(split: Dataset, column: str, split_name: str) -> pa.ChunkedArray:
    """Return the labels as text without surrounding spaces; named class numbers become their names.

    raises  UserFault if the column is missing, has empty rows or does not hold classes
    """
    labels = column_of(split, column, split_name)
    feature = feature_of(split, column)
    if isinstance(feature, ClassLabel):
        return named_classes(labels, feature, column, split_name)
    kind = labels.type
    if pa.types.is_floating(kind):
        labels = to_integers(labels, column, split_name)
    elif not any(is_type(kind) for is_type in CLASS_TYPES):
        raise UserFault(
            "labels_not_classes", f"Column {column!r} of the split {split_name!r} holds {kind}, not classes."
        )
    texts = pc.utf8_trim_whitespace(labels.cast(pa.string()))
    reject_empty_rows(texts, column, split_name)
    return texts


def class_numbers(split: Dataset, column: str, split_name: str) -> np.ndarray | None:
    """Return the labels as numbers from 0 (n,), None if they are text or do not begin at 0."""
    labels = column_of(split, column, split_name)
    is_named = isinstance(feature_of(split, column), ClassLabel)
    if not is_named and not pa.types.is_integer(labels.type):
        return None
    numbers = np.asarray(labels.to_numpy(), np.int64)
    return numbers if is_named or numbers.min() == 0 else None


def check_map(labels: pa.ChunkedArray, names: Mapping[str, str]) -> None:
    """Reject a map that has none of the labels, as after a typing error.

    raises  UserFault
    """
    present = pc.unique(labels).to_pylist()
    if names and not set(names) & set(present):
        raise UserFault(
            "labels_unknown",
            f"label_map names {join_names(names)}, but the labels are {join_names(present)}.",
        )


def renamed(labels: pa.ChunkedArray, names: Mapping[str, str]) -> pa.ChunkedArray:
    """Return the labels with the names of a map; others keep theirs."""
    present = pc.unique(labels).to_pylist()
    places = pc.index_in(labels, pa.array(present, pa.string()))
    values = pa.array([names.get(one, one) for one in present], pa.string())
    return pa.chunked_array([values.take(places.combine_chunks())])


def similar_labels(names: Iterable[str]) -> list[str]:
    """Return the names that differ from another one only in their case."""
    counts = Counter(name.casefold() for name in names)
    return [name for name in names if counts[name.casefold()] > 1]


def named_classes(
    labels: pa.ChunkedArray, feature: ClassLabel, column: str, split_name: str
) -> pa.ChunkedArray:
    """Return the names of class numbers; -1 means that a row has no label."""
    numbers = pc.if_else(pc.less(labels, 0), pa.scalar(None, labels.type), labels)
    reject_empty_rows(numbers, column, split_name)
    names = pc.utf8_trim_whitespace(pa.array(feature.names, pa.string()))
    if pc.max(numbers).as_py() >= len(names):
        raise UserFault(
            "labels_unknown",
            f"Column {column!r} of the split {split_name!r} has class numbers without names.",
        )
    return pa.chunked_array([names.take(numbers.combine_chunks())])


def to_integers(labels: pa.ChunkedArray, column: str, split_name: str) -> pa.ChunkedArray:
    """Convert floats that are whole numbers to integers."""
    reject_empty_rows(labels, column, split_name)
    try:
        return labels.cast(pa.int64(), safe=True)
    except pa.ArrowInvalid:
        problem = f"Column {column!r} of the split {split_name!r} holds fractional numbers."
        raise UserFault("labels_not_classes", f"{problem} Classes must be text or integers.") from None


def reject_empty_rows(values: pa.ChunkedArray, column: str, split_name: str) -> None:
    """Reject rows without a value, naming the first ones (counted from 1)."""
    empty = pc.is_null(values, nan_is_null=True)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        empty = pc.or_(empty, pc.equal(pc.fill_null(pc.utf8_trim_whitespace(values), ""), ""))
    rows = np.flatnonzero(empty.to_numpy()) + 1
    if len(rows):
        first = ", ".join(map(str, rows[:ROWS_SHOWN]))
        where = f"row {first}" if len(rows) == 1 else f"{len(rows)} rows, first in {first}"
        raise UserFault("rows_empty", f"Column {column!r} of the split {split_name!r} is empty in {where}.")


def class_names(split: Dataset, labels: pa.ChunkedArray, column: str, params: Mapping[str, Any]) -> list[str]:
    """Return the classes in order: as requested, else as the dataset declares them, else sorted.

    labels  as in the dataset; the classes have the names of `label_map`
    raises  UserFault for a single class or more than CLASSES_LIMIT
    """
    present = pc.unique(labels).to_pylist()
    if len(present) < 2:
        raise UserFault(
            "labels_one_class",
            f"Column {column!r} has only the class {present[0]!r}. Training needs at least two classes.",
        )
    if len(present) > CLASSES_LIMIT:
        problem = f"Column {column!r} has {len(present)} distinct values"
        raise UserFault("labels_too_many", f"{problem}; at most {CLASSES_LIMIT} classes are supported.")
    if params["labels"]:
        return list(params["labels"])
    feature = feature_of(split, column)
    names = (
        [name.strip() for name in feature.names] if isinstance(feature, ClassLabel) else sort_classes(present)
    )
    classes = list(dict.fromkeys(params["label_map"].get(name, name) for name in names))
    if len(classes) < 2:
        raise UserFault("labels_one_class", f"label_map leaves only the class {classes[0]!r}.")
    return classes


def names_of_numbers(labels: pa.ChunkedArray, names: Sequence[str]) -> dict[str, str]:
    """Return the names of labels that are numbers from 0 if the names are given in order, else nothing."""
    numbers = {str(number): name for number, name in enumerate(names)}
    present = set(pc.unique(labels).to_pylist())
    return numbers if present <= set(numbers) and not present & set(names) else {}


def sort_classes(names: Sequence[str]) -> list[str]:
    """Sort numerically if all names are integers, else alphabetically."""
    try:
        return sorted(names, key=int)
    except ValueError:
        return sorted(names)


def encode_labels(labels: pa.ChunkedArray, names: Sequence[str], split_name: str) -> np.ndarray:
    """Return each label's index among the names (n,) int64.

    raises  UserFault for a label that is not one of them
    """
    places = pc.index_in(labels, pa.array(names, pa.string()))
    if places.null_count:
        unknown = pc.unique(labels.filter(pc.is_null(places))).to_pylist()
        raise UserFault(
            "labels_unknown",
            f"The split {split_name!r} has labels that are not classes: {join_names(unknown)}.",
        )
    return np.asarray(places.to_numpy(), np.int64)


def count_shared_texts(texts: pa.ChunkedArray, others: pa.ChunkedArray) -> int:
    """Count texts that also occur among the others, ignoring case and surrounding spaces."""
    return int(pc.sum(pc.is_in(normalize(texts), pc.unique(normalize(others)))).as_py() or 0)


def normalize(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_lower(pc.utf8_trim_whitespace(texts.cast(pa.large_string())))


def to_dataset(sides: Sequence[pa.ChunkedArray], labels: np.ndarray) -> Dataset:
    """Return rows with the columns `text` and `labels`, and `pair` for the second texts of pairs."""
    names = ("text", "pair")[: len(sides)]
    return Dataset(pa.table({**dict(zip(names, sides, strict=True)), "labels": pa.array(labels)}))


def sample_rows(labels: Sequence[str], count: int, seed: int) -> np.ndarray:
    """Return sorted indices of `count` random rows, with each class in its proportion."""
    _names, classes = np.unique(np.asarray(labels, object).astype(str), return_inverse=True)
    shuffled = np.random.default_rng(seed).permutation(len(classes))
    order = shuffled[np.argsort(classes[shuffled], kind="stable")]
    sizes = np.bincount(classes)
    within = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    share = (within + 0.5) / np.repeat(sizes, sizes)
    return np.sort(order[np.argsort(share, kind="stable")][:count])


def stratified_sample(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Sample the same share of rows from each class, at least one from each class with two or more.

    returns  sorted row indices
    """
    random = np.random.default_rng(seed)
    chosen = []
    for number in np.unique(labels):
        rows = np.flatnonzero(labels == number)
        count = max(round(share * len(rows)), 1) if len(rows) > 1 else 0
        chosen.append(random.permutation(rows)[:count])
    return np.sort(np.concatenate(chosen))
