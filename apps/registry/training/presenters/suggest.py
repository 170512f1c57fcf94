"""Suggests job parameters for a dataset from its splits and first rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.registry.contents.previews.viewer import View
from apps.registry.formats.tables.summary import Summary
from apps.toolchain.jobs.contracts import Recipe

TEXT_NAMES = (
    "text",
    "sentence",
    "content",
    "review",
    "comment",
    "document",
    "tweet",
    "message",
    "question",
    "input",
)
LABEL_NAMES = ("label", "labels", "class", "category", "target", "sentiment", "rating", "y")
VALIDATION_SHARE = "0.1"


def suggested_params(recipe: Recipe, view: View) -> dict[str, Any]:
    """Return values for the parameters of a recipe that depend on the dataset."""
    names = view.split_names
    found: dict[str, Any] = {
        "text_column": text_column(view.columns),
        "label_column": label_column(view.columns),
    }
    if view.split:
        found["subset"] = "" if view.split.subset == view.default else view.split.subset
        found["train_split"] = _first(names, "train")
        found["validation_split"] = "validation" if "validation" in names else VALIDATION_SHARE
        found["test_split"] = "test" if "test" in names else ""
        found["split"] = _first(names, "test", "validation")
    known = {param.name for param in recipe.params}
    return {name: value for name, value in found.items() if name in known and value is not None}


def _first(names: Sequence[str], *wanted: str) -> str | None:
    return next((one for one in wanted if one in names), names[0] if names else None)


def text_column(columns: Sequence[Summary]) -> str | None:
    """Return the most likely text column: by name, else the first with free text."""
    texts = [one for one in columns if one.kind == "text"]
    named = [one.name for word in TEXT_NAMES for one in texts if one.name.lower() == word]
    free = [one.name for one in texts if not is_class(one)]
    return next(iter([*named, *free, *[one.name for one in texts]]), None)


def label_column(columns: Sequence[Summary]) -> str | None:
    """Return the most likely label column: by name, else the first with few values."""
    named = [one.name for word in LABEL_NAMES for one in columns if one.name.lower() == word]
    classes = [one.name for one in columns if is_class(one)]
    return next(iter([*named, *classes]), None)


def is_class(column: Summary) -> bool:
    """Return whether the column has few distinct values in the first rows."""
    return column.kind in ("text", "integer", "boolean") and column.is_class
