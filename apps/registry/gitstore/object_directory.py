"""A temporary object directory whose contents become part of a repository all at once."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

# git's own prefix: `git gc` and our cleaning sweep what a power cut leaves behind
PREFIX = "tmp_objdir-incoming-"


class ObjectDirectory:
    """Objects beside a repository's own; deleted on exit unless `keep` moved them into the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = folder / "objects"
        self.root = self.objects / f"{PREFIX}{uuid.uuid4().hex}"

    def __enter__(self) -> Self:
        (self.root / "pack").mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def keep(self) -> None:
        """Move everything into the repository.

        Indexes go last, so that no reader sees a pack without its objects.
        """
        packs = sorted((self.root / "pack").iterdir(), key=lambda file: (file.suffix == ".idx", file.name))
        for file in packs:
            _move(file, self.objects / "pack" / file.name)
        for folder in self.root.iterdir():
            if len(folder.name) == 2 and folder.is_dir():
                (self.objects / folder.name).mkdir(exist_ok=True)
                for file in folder.iterdir():
                    _move(file, self.objects / folder.name / file.name)


def _move(file: Path, target: Path) -> None:
    """Move a file, unless a file of that name is there: it holds the same object."""
    if target.exists():
        file.unlink()
    else:
        os.rename(file, target)
