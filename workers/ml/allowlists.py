"""Allowlists: the input files that a job may read and the output files that it may publish."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from apps.toolchain.jobs.contracts.dataset_layout import is_data_file

MODEL_CODE = (".py",)
MODEL_PATTERNS = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "model-*.safetensors",
    "model.safetensors.index.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "*.model",
    "chat_template.jinja",
    "README.md",
)
OUTPUT_PATTERNS = (
    *MODEL_PATTERNS,
    "training_log.jsonl",
    "adapter/adapter_config.json",
    "adapter/adapter_model.safetensors",
)


def model_files(names: Iterable[str]) -> list[str]:
    """Return the configuration, tokenizer and safetensors files at the root of a model repository."""
    return sorted(
        name
        for name in names
        if any(fnmatchcase(name, pattern) for pattern in MODEL_PATTERNS) and "/" not in name
    )


def dataset_files(names: Iterable[str]) -> list[str]:
    """Return the card and the data files of a dataset repository."""
    return sorted(name for name in names if name == "README.md" or is_data_file(name))


def publishable(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (path in the repository, file) for the allowed output files, without symbolic links.

    The folder itself may have been replaced by a link; then nothing is published.
    """
    if folder.is_symlink():
        return
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        if stat.S_ISREG(file.lstat().st_mode) and not _through_link(file, folder) and _is_listed(path):
            yield path, file


def _is_listed(path: str) -> bool:
    return any(
        fnmatchcase(path, pattern) and path.count("/") == pattern.count("/") for pattern in OUTPUT_PATTERNS
    )


def _through_link(file: Path, folder: Path) -> bool:
    return any(
        parent.is_symlink() for parent in file.parents if parent != folder and folder in parent.parents
    )
