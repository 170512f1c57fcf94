"""Compiles the bytecode of the libraries that jobs import, once per installation.

Jobs cannot write next to the libraries. Without bytecode each job would compile torch and transformers
again: 14 s of processor time instead of 4 s.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterable
from pathlib import Path

from .hardware import versions
from .process_limits import exit_with_parent
from .sandbox import ROOT

PASSED_VARIABLES = ("PATH", "LANG", "HOME", "LD_LIBRARY_PATH", "BANYAN_RECIPES")


def precompile_recipes() -> subprocess.Popen[bytes] | None:
    """Start a process that imports every recipe.

    returns  None if that has been done for these versions, or if Python may not write here
    """
    folder = Path(sysconfig.get_path("purelib")) / "__pycache__"
    done = folder / f"recipes-{hashlib.sha256(repr(versions()).encode()).hexdigest()[:16]}.done"
    if done.exists() or not os.access(folder.parent, os.W_OK):
        return None
    kept = {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}
    process = subprocess.Popen(
        ["nice", "-n", "10", sys.executable, "-m", "workers.ml.precompile", str(done)],
        env={**kept, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
        cwd=folder.parent,
        umask=0o022,
        stdin=subprocess.PIPE,  # held open: its end tells the process that the worker is gone
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=process.wait, daemon=True, name="precompile").start()
    return process


def main() -> None:
    from .recipes import load_all

    exit_with_parent(sys.stdin)
    load_all()
    make_readable(sys.modules.values())
    done = Path(sys.argv[1])
    done.parent.mkdir(exist_ok=True)
    done.touch()


def make_readable(modules: Iterable[object]) -> None:
    """Let the sandbox's user read bytecode that root wrote for itself alone."""
    if os.geteuid() != 0:
        return
    # not by getattr: modules such as torch.classes invent attributes or raise
    for file in {str(getattr(module, "__dict__", {}).get("__cached__") or "") for module in list(modules)}:
        if os.path.isfile(file):
            os.chmod(os.path.dirname(file), 0o755)  # noqa: S103
            os.chmod(file, 0o644)


if __name__ == "__main__":
    main()
