"""Checkpoints that are known to be whole: the Trainer writes them in place, our marker comes last."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

MARKER = "complete.json"


def mark_complete(checkpoint: Path) -> None:
    """Write the marker: every file of the checkpoint with its size."""
    partial = checkpoint / f"{MARKER}.partial"
    partial.write_text(json.dumps(sizes(checkpoint)))
    os.replace(partial, checkpoint / MARKER)


def is_complete(checkpoint: Path) -> bool:
    """Say whether the marker is there and every file has the size that it names."""
    try:
        return bool(json.loads((checkpoint / MARKER).read_text()) == sizes(checkpoint))
    except (OSError, ValueError):
        return False


def last_complete(folder: Path) -> Path | None:
    """Return the newest whole checkpoint and remove those that are not whole."""
    found = sorted((path for path in folder.glob("checkpoint-*") if path.is_dir()), key=step_of, reverse=True)
    for checkpoint in [path for path in found if not is_complete(path)]:
        shutil.rmtree(checkpoint, ignore_errors=True)
        found.remove(checkpoint)
    return found[0] if found else None


def step_of(checkpoint: Path) -> int:
    number = checkpoint.name.rsplit("-", 1)[-1]
    return int(number) if number.isdigit() else -1


def sizes(checkpoint: Path) -> dict[str, int]:
    files = sorted(path for path in checkpoint.rglob("*") if path.is_file())
    return {
        path.relative_to(checkpoint).as_posix(): path.stat().st_size
        for path in files
        if not path.name.startswith(MARKER)
    }
