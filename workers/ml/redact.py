"""Removes the worker's own paths from what jobs print, which everybody who may see the job can read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def path_remover(*folders: Path) -> Callable[[str], str]:
    """Return a function that shortens paths in the job's folders, in the libraries and in our code."""
    own = [path for folder in folders for path in (folder, folder.resolve())]
    prefixes = sorted(
        {f"{path}/" for path in (*own, ROOT, Path(sys.prefix), Path(sys.base_prefix))},
        key=len,
        reverse=True,
    )

    def remove(text: str) -> str:
        for prefix in prefixes:
            text = text.replace(prefix, "")
        return text

    return remove
