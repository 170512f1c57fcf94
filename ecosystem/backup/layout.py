"""The folder that holds the backups of one instance."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from apps.core.objects.local_store import LocalStore

from .errors import BackupError
from .manifest import NAME

DATABASE, REFS, GIT_FILES, OBJECTS, SECRETS = (
    "database.dump",
    "refs.jsonl",
    "git-files.jsonl",
    "objects.tsv",
    "secrets",
)


class BackupFolder:
    """Pools that all backups share, and one folder for each backup."""

    def __init__(self, root: Path) -> None:
        self.root, self.lock = root, root / "lock"
        self.backups, self.objects, self.repositories = (
            root / name for name in ("backups", "objects", "repositories")
        )

    @property
    def object_store(self) -> LocalStore:
        return LocalStore(self.objects)

    def git_folder(self, repo_id: str) -> Path:
        return self.repositories / repo_id[:2] / repo_id

    def refuse_other_files(self) -> None:
        """Refuse a folder that is not for backups; what no backup lists there would be removed.

        raises  BackupError if the pools exist without the lock file of a backup folder
        """
        pools = (self.backups, self.objects, self.repositories)
        if not self.lock.exists() and any(folder.exists() for folder in pools):
            raise BackupError(f"{self.root} holds other files. Choose an empty folder.")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Create the folder and keep other backups out of it.

        raises  BackupError
        """
        self.root.mkdir(parents=True, exist_ok=True)
        self.lock.touch()
        for folder in (self.backups, self.objects, self.repositories):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
        with self.lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupError(f"Another backup or restore uses {self.root}.") from None
            yield

    def finished(self) -> list[Path]:
        """Return the finished backups, oldest first."""
        if not self.backups.is_dir():
            return []
        return sorted(folder for folder in self.backups.iterdir() if (folder / NAME).is_file())

    def begin(self) -> Path:
        """Return the folder of a new backup; what unfinished ones left behind is removed."""
        for folder in self.backups.iterdir():
            if not (folder / NAME).is_file():
                shutil.rmtree(folder)
        while (folder := self.backups / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}").exists():
            time.sleep(0.1)
        folder.mkdir(mode=0o700)
        return folder

    def choose(self, name: str) -> Path:
        """Return a finished backup, by default the latest.

        raises  BackupError
        """
        if name:
            return self.backups / Path(name).name
        if not (found := self.finished()):
            unfinished = self.backups.is_dir() and any(self.backups.iterdir())
            raise BackupError(
                f"{self.root} holds only an unfinished backup."
                if unfinished
                else f"{self.root} holds no backup."
            )
        return found[-1]
