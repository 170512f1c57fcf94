"""Client versions to test with; `python -m tests.compat.versions` installs the missing ones.

They are installed once per version, in the folder BANYAN_TEST_CLIENTS or the user's cache.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

# the newest of each major version in use; the newest of all is in the test environment
OLDER_HUB = "1.33.0"
# the last line that transformers 4 admits
LEGACY_HUB = "0.36.2"
JAVASCRIPT = "2.17.5"
HUB_VERSIONS = (version("huggingface_hub"), OLDER_HUB)
# `make matrix` runs everything, `make test` only what takes seconds
IS_LONG = bool(os.environ.get("MATRIX"))


def folder() -> Path:
    """Return the folder of installed clients."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("BANYAN_TEST_CLIENTS") or cache / "banyan-test-clients")


def hub_python(release: str) -> Path:
    """Return the Python with this version of huggingface_hub, and install it if it is missing."""
    if release == version("huggingface_hub"):
        return Path(sys.executable)
    name = f"huggingface_hub-{release}"
    return installed(name, make_environment, f"huggingface_hub=={release}") / "bin" / "python"


def javascript_modules() -> Path:
    """Return the folder of modules with @huggingface/hub, and install it if it is missing."""
    return installed(f"npm-{JAVASCRIPT}", make_modules, f"@huggingface/hub@{JAVASCRIPT}") / "node_modules"


def installed(name: str, make, *packages: str) -> Path:
    """Return a complete folder; concurrent test processes install it only once."""
    place = folder() / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with (place.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "finished").exists():
            shutil.rmtree(place, ignore_errors=True)
            make(place, *packages)
            (place / "finished").touch()
    return place


def make_environment(place: Path, *packages: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, place], check=True)
    install = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--system-certs",
        "--python",
        place / "bin" / "python",
        *packages,
    ]
    subprocess.run(install, check=True)


def make_modules(place: Path, *packages: str) -> None:
    place.mkdir()
    subprocess.run(
        [
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            place,
            *packages,
        ],
        cwd=place,
        check=True,
    )


def of_command(*command: str) -> str:
    """Return the version that a command reports."""
    words = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+\.\d+(\.\d+)*", words)
    return found[0] if found else words.strip()


def label(client: str) -> str:
    """Return a client's name and version for the table of clients."""
    commands = {
        "git": ("git", "--version"),
        "git-lfs": ("git", "lfs", "version"),
        "curl": ("curl", "--version"),
    }
    if client in commands:
        return f"{client} {of_command(*commands[client])}"
    return f"{client} {JAVASCRIPT if client.startswith('@') else version(client)}"


if __name__ == "__main__":
    hub_python(OLDER_HUB)
    hub_python(LEGACY_HUB)
    javascript_modules()
