"""Allowlists: the input files that a job may read and the output files that it may publish."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from apps.toolchain.contracts import MODEL_FILES
from apps.toolchain.dataset_files.layout import is_data_file

MODEL_CODE = (".py",)


def model_files(names: Iterable[str]) -> list[str]:
    """Return the configuration, tokenizer and safetensors files at the root of a model repository."""
    return sorted(
        name
        for name in names
        if any(fnmatchcase(name, pattern) for pattern in MODEL_FILES) and "/" not in name
    )


def dataset_files(names: Iterable[str]) -> list[str]:
    """Return the card and the data files of a dataset repository."""
    return sorted(name for name in names if name == "README.md" or is_data_file(name))


def publishable(folder: Path, patterns: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Yield (path in the repository, file) for the allowed output files, without symbolic links.

    The folder itself may have been replaced by a link; then nothing is published.
    patterns  the recipe's `output_files`; `*` stays within a folder
    """
    if folder.is_symlink():
        return
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        if (
            stat.S_ISREG(file.lstat().st_mode)
            and not _through_link(file, folder)
            and _is_listed(path, patterns)
        ):
            yield path, file


def _is_listed(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(path, pattern) and path.count("/") == pattern.count("/") for pattern in patterns)


def _through_link(file: Path, folder: Path) -> bool:
    return any(
        parent.is_symlink() for parent in file.parents if parent != folder and folder in parent.parents
    )
