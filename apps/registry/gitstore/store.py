"""Bare repositories on disk, one folder each, found by a key that never changes."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import pygit2
from pygit2.enums import ConfigLevel, Option

from .errors import RepositoryMissing
from .repo import GitRepo


def _forget_host_configuration() -> None:
    """Let libgit2 read no configuration of the host and trust our own folders whoever owns them."""
    pygit2.option(Option.SET_OWNER_VALIDATION, 0)
    for level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
        pygit2.settings.search_path[level] = ""


_forget_host_configuration()


class GitStore:
    """All repositories below one folder; a key is the id of the repository, a UUID."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def folder(self, key: uuid.UUID | str) -> Path:
        name = str(uuid.UUID(str(key)))
        return self.root / name[:2] / f"{name}.git"

    def exists(self, key: uuid.UUID | str) -> bool:
        return (self.folder(key) / "HEAD").exists()

    def create(self, key: uuid.UUID | str, default_branch: str = "main") -> GitRepo:
        """Make an empty repository; one that is there already is opened, so that a repeated attempt is harmless."""
        folder = self.folder(key)
        if not self.exists(key):
            folder.parent.mkdir(parents=True, exist_ok=True)
            draft = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
            pygit2.init_repository(str(draft), bare=True, initial_head=default_branch)
            shutil.rmtree(draft / "hooks", ignore_errors=True)
            try:
                draft.rename(folder)
            except OSError:
                shutil.rmtree(draft, ignore_errors=True)
        return self.open(key)

    def open(self, key: uuid.UUID | str) -> GitRepo:
        """Open a repository; not to be shared between threads.

        raises  RepositoryMissing
        """
        folder = self.folder(key)
        if not (folder / "HEAD").exists():
            raise RepositoryMissing
        return GitRepo(folder)

    def delete(self, key: uuid.UUID | str) -> None:
        """Remove a repository for good; it is gone at once, even if removing its files is interrupted."""
        folder = self.folder(key)
        grave = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
        try:
            folder.rename(grave)
        except FileNotFoundError:
            return
        shutil.rmtree(grave, ignore_errors=True)
