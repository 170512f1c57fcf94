"""Which rows go to which split of the prepared dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from apps.toolchain.contracts.recipes.data_preparation import Removal

from ..faults import UserFault
from .parts import Part

TRAIN, VALIDATION, TEST = "train", "validation", "test"


def sample(parts: Sequence[Part], most: int, seed: int) -> None:
    """Remove random rows of all parts until `most` are kept."""
    places = [(part, int(row)) for part in parts for row in np.flatnonzero(part.kept)]
    if not most or len(places) <= most:
        return
    order = np.random.default_rng(seed).permutation(len(places))
    for place in np.sort(order[most:]):
        part, row = places[place]
        part.remove(row, Removal.SAMPLED)


def groups_of(*columns: Sequence[Any]) -> np.ndarray:
    """Return the number of each row's group (n,): rows that have a value of a column in common are in one."""
    size = len(columns[0])
    rows, nodes, start = [], [], size
    for values in columns:
        numbers: dict[Any, int] = {}
        found = [numbers.setdefault(value, len(numbers)) for value in values]
        rows.append(np.arange(size))
        nodes.append(np.array(found, np.int64) + start)
        start += len(numbers)
    edges = np.concatenate(rows), np.concatenate(nodes)
    graph = coo_array((np.ones(len(edges[0]), np.int8), edges), shape=(start, start))
    _count, labels = connected_components(graph, directed=False)
    return np.asarray(labels[:size])


def new_splits(
    groups: np.ndarray, strata: Sequence[Any], shares: Mapping[str, float], seed: int
) -> dict[str, np.ndarray]:
    """Return the rows of each split in random order; a group is never divided.

    groups  number of each row's group
    strata  class of each row; a group has that of its first row. Each split gets its share of each class
    shares  of the splits besides the training split
    raises  UserFault if there are too few rows or groups for the shares
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(groups))
    _numbers, first, place = np.unique(groups, return_index=True, return_inverse=True)
    sizes, chosen = np.bincount(place), np.full(len(first), TRAIN, object)
    ranked = np.argsort(random.permutation(len(first)))
    classes: dict[Any, list[int]] = {}
    for group in ranked:
        classes.setdefault(strata[first[group]], []).append(int(group))
    for members in classes.values():
        total = int(sizes[members].sum())
        fill(chosen, members, sizes, {name: share * total for name, share in shares.items()})
    splits = {name: order[chosen[place[order]] == name] for name in (TRAIN, *shares)}
    for name, rows in splits.items():
        if not len(rows):
            raise UserFault(
                "rows_too_few", f"There are too few rows, or too few groups, for a split {name!r}."
            )
    return splits


def fill(chosen: np.ndarray, members: Sequence[int], sizes: np.ndarray, wanted: Mapping[str, float]) -> None:
    """Give each split groups of a class until it has the wanted number of rows, at best to the nearest."""
    left = iter(members)
    group = next(left, None)
    for name, rows in wanted.items():
        taken = 0
        while group is not None and taken + sizes[group] / 2 <= rows:
            chosen[group] = name
            taken += sizes[group]
            group = next(left, None)
