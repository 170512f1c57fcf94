"""Bare repositories on disk, one folder each, by an immutable key."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import pygit2
from pygit2.enums import ConfigLevel, Option

from .errors import RepositoryMissing
from .repo import GitRepo


def _forget_host_configuration() -> None:
    """Keep libgit2 from reading the host's configuration and from checking the owner of our folders."""
    pygit2.option(Option.SET_OWNER_VALIDATION, 0)
    for level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
        pygit2.settings.search_path[level] = ""


_forget_host_configuration()


class GitStore:
    """All repositories below one folder, by the id of the repository (a UUID)."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def folder(self, key: uuid.UUID | str) -> Path:
        name = str(uuid.UUID(str(key)))
        return self.root / name[:2] / f"{name}.git"

    def exists(self, key: uuid.UUID | str) -> bool:
        return (self.folder(key) / "HEAD").exists()

    def create(self, key: uuid.UUID | str, default_branch: str = "main") -> GitRepo:
        """Create an empty repository, or open the existing one: safe to repeat."""
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
        """Open a repository; it must not be shared between threads.

        raises  RepositoryMissing
        """
        folder = self.folder(key)
        if not (folder / "HEAD").exists():
            raise RepositoryMissing
        return GitRepo(folder)

    def delete(self, key: uuid.UUID | str) -> None:
        """Delete a repository; it disappears at once, even if deleting its files is interrupted."""
        folder = self.folder(key)
        trash = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
        try:
            folder.rename(trash)
        except FileNotFoundError:
            return
        shutil.rmtree(trash, ignore_errors=True)
