"""The order of domains and apps, from the import contracts in pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def contracts() -> list[dict[str, Any]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def contract(identity: str) -> dict[str, Any]:
    return next(found for found in contracts() if found["id"] == identity)


def names_of(layer: str) -> list[str]:
    """Return the modules of one layer: `blobs | (formats)` has two."""
    return [name.strip().strip("()") for name in layer.replace(":", "|").split("|")]


def ranks_in(container: str) -> dict[str, int]:
    """Return the rank of each module of a container; 0 is the lowest, siblings are equal.

    container  `apps`, or one domain such as `apps.registry`
    """
    listed = [found for found in contracts() if found.get("containers") == [container]]
    assert len(listed) == 1, f"{container} has {len(listed)} contracts of its own"
    return {
        f"{container}.{name}": rank
        for rank, layer in enumerate(reversed(listed[0]["layers"]))
        for name in names_of(layer)
    }
