"""Complete checkpoints: the Trainer writes them in place, and a marker file comes last."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from ..folder import is_real_directory, read_regular

MARKER = "complete.json"
MARKER_LIMIT_BYTES = 1 << 20
# empty files in a checkpoint that came from the site: it cannot be resumed, or it is to be published as it is
WEIGHTS_ONLY, FINAL = "weights-only", "final"


def mark_complete(checkpoint: Path) -> None:
    """Write the marker, which lists every file of the checkpoint with its size."""
    partial = checkpoint / f"{MARKER}.partial"
    partial.write_text(json.dumps(sizes(checkpoint)))
    os.replace(partial, checkpoint / MARKER)


def is_complete(checkpoint: Path) -> bool:
    """Return whether the marker exists and every file has the listed size."""
    marker = read_regular(checkpoint / MARKER, limit=MARKER_LIMIT_BYTES)
    try:
        return marker is not None and bool(json.loads(marker) == sizes(checkpoint))
    except (OSError, ValueError):
        return False


def last_complete(folder: Path) -> Path | None:
    """Return the newest complete checkpoint to go on from and remove incomplete ones."""
    folders = [path for path in folder.glob("checkpoint-*") if is_real_directory(path)]
    found = sorted(folders, key=step_of, reverse=True)
    for checkpoint in [path for path in found if not is_complete(path)]:
        shutil.rmtree(checkpoint, ignore_errors=True)
        found.remove(checkpoint)
    return next((path for path in found if not (path / WEIGHTS_ONLY).exists()), None)


def is_final(checkpoint: Path) -> bool:
    """Return whether the job publishes this checkpoint instead of training on."""
    return (checkpoint / FINAL).exists()


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
