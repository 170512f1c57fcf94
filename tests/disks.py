"""A small in-memory file system, to test a full disk."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CAP_SYS_ADMIN = 21
# lets an unprivileged user mount file systems in one command
MOUNTING = ("unshare", "--map-current-user", "--keep-caps", "--mount")
WHY_NOT = f"mounting a file system requires root, or `{' '.join(MOUNTING)}` before the command"


def may_mount() -> bool:
    """Return whether this process may mount file systems."""
    found = re.search(r"^CapEff:\s*([0-9a-f]+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    return found is not None and bool(int(found[1], 16) >> CAP_SYS_ADMIN & 1)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Mount `size` bytes of memory as a new folder."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
