"""Settings of a job that fit a dataset, guessed from its splits and first rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.toolchain.jobs.contracts import Recipe

from .splits import DEFAULT
from .summary import Summary
from .viewer import View

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
SHARE = "0.1"


def suggested_params(recipe: Recipe, view: View) -> dict[str, Any]:
    """Return values for those of a recipe's parameters that a dataset decides."""
    names = view.names
    found: dict[str, Any] = {
        "text_column": text_column(view.columns),
        "label_column": label_column(view.columns),
    }
    if view.split:
        found["subset"] = "" if view.split.subset == DEFAULT else view.split.subset
        found["train_split"] = _first(names, "train")
        found["validation_split"] = "validation" if "validation" in names else SHARE
        found["test_split"] = "test" if "test" in names else ""
        found["split"] = _first(names, "test", "validation")
    known = {param.name for param in recipe.params}
    return {name: value for name, value in found.items() if name in known and value is not None}


def _first(names: Sequence[str], *wanted: str) -> str | None:
    return next((one for one in wanted if one in names), names[0] if names else None)


def text_column(columns: Sequence[Summary]) -> str | None:
    """Return the column that most likely holds the text: by its name, else the first of free text."""
    texts = [one for one in columns if one.kind == "text"]
    named = [one.name for word in TEXT_NAMES for one in texts if one.name.lower() == word]
    free = [one.name for one in texts if not is_class(one)]
    return next(iter([*named, *free, *[one.name for one in texts]]), None)


def label_column(columns: Sequence[Summary]) -> str | None:
    """Return the column that most likely holds the class: by its name, else the first with few values."""
    named = [one.name for word in LABEL_NAMES for one in columns if one.name.lower() == word]
    classes = [one.name for one in columns if is_class(one)]
    return next(iter([*named, *classes]), None)


def is_class(column: Summary) -> bool:
    """Return whether the first rows hold only some values, each of them a name for a class."""
    return column.kind in ("text", "integer", "boolean") and column.is_class
