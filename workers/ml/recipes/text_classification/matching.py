"""Finds the labels of a dataset among the classes of a model, and says how."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from apps.toolchain.contracts.recipes.text_classification import LabelMatch

from ...describe import join_names
from ...faults import UserFault

# names that transformers gives to classes without names
GENERIC_NAME = re.compile(r"(?:LABEL_)?(\d+)")


def match_labels(
    raw: Sequence[str], numbers: np.ndarray | None, labels: Sequence[str], params: Mapping[str, Any]
) -> tuple[np.ndarray, LabelMatch]:
    """Return each label's class number in the model (n,) int64, and how it was found.

    By `label_map` if it is given, else by name, by name ignoring case, or by number. Numbers are only taken
    if the model's classes have no names or the person asked for them, and if they begin at 0: labels from 1
    to 4 would be scored one class off.

    numbers  the labels as class numbers from 0, None if the dataset has none
    raises   UserFault if the dataset has labels that the model does not have
    """
    if params["label_map"]:
        return by_map(raw, labels, params["label_map"]), LabelMatch.MAP
    if params["label_match"] == LabelMatch.NUMBER:
        return by_number(numbers, labels), LabelMatch.NUMBER
    for way, fold in ((LabelMatch.NAME, str), (LabelMatch.CASELESS_NAME, str.casefold)):
        found = by_name(raw, labels, fold)
        if found is not None:
            return found, way
    if numbers is not None and is_generic(labels) and numbers.max() < len(labels):
        return numbers, LabelMatch.NUMBER
    unknown = sorted(set(raw) - set(labels))
    problem = f"The model does not have these labels: {join_names(unknown)}. It has {join_names(labels)}."
    raise UserFault("labels_unknown", f"{problem} Name the class of each label in label_map.")


def by_name(raw: Sequence[str], labels: Sequence[str], fold: Callable[[str], str]) -> np.ndarray | None:
    """Return the classes by folded names, None if a label has none or two classes share one."""
    places = {fold(name): number for number, name in enumerate(labels)}
    if len(places) < len(labels) or not all(fold(label) in places for label in set(raw)):
        return None
    return np.array([places[fold(label)] for label in raw], np.int64)


def by_map(raw: Sequence[str], labels: Sequence[str], names: Mapping[str, str]) -> np.ndarray:
    """Return the classes by the names of a map; labels that it lacks keep theirs.

    raises  UserFault
    """
    places = {name: number for number, name in enumerate(labels)}
    unknown = sorted({names.get(label, label) for label in set(raw)} - set(places))
    if unknown:
        problem = f"With label_map, the labels become {join_names(unknown)}, which the model does not have."
        raise UserFault("labels_unknown", f"{problem} It has {join_names(labels)}.")
    return np.array([places[names.get(label, label)] for label in raw], np.int64)


def by_number(numbers: np.ndarray | None, labels: Sequence[str]) -> np.ndarray:
    """Return the dataset's own class numbers.

    raises  UserFault if it has none or more than the model
    """
    if numbers is None:
        message = "The labels cannot be matched by number: they are not class numbers from 0."
        raise UserFault("labels_unknown", f"{message} Name the class of each label in label_map.")
    if numbers.max() >= len(labels):
        message = f"The dataset has the class number {numbers.max()}; the model has {len(labels)} classes."
        raise UserFault("labels_unknown", message)
    return numbers


def is_generic(labels: Sequence[str]) -> bool:
    """Return whether the names of classes are only their numbers: LABEL_0, LABEL_1 or 0, 1."""
    found = [GENERIC_NAME.fullmatch(name) for name in labels]
    return all(match and int(match[1]) == number for number, match in enumerate(found))
