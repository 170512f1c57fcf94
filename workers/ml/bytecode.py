"""Compiled modules for the jobs, which may not write beside the libraries: made once for an installation, by the worker.

An installation without bytecode would compile torch and transformers anew for each job: 14 s of processor time instead of 4 s.
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
from .sandbox import ROOT


def warm() -> subprocess.Popen[bytes] | None:
    """Start a process that imports every recipe once, unless one did so for these versions or Python may not write here."""
    folder = Path(sysconfig.get_path("purelib")) / "__pycache__"
    done = folder / f"recipes-{hashlib.sha256(repr(versions()).encode()).hexdigest()[:16]}.done"
    if done.exists() or not os.access(folder.parent, os.W_OK):
        return None
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "LANG", "HOME", "LD_LIBRARY_PATH")
    }
    environment = {**kept, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    command = ["nice", "-n", "10", sys.executable, "-m", "workers.ml.bytecode", str(done)]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    process: subprocess.Popen[bytes] = subprocess.Popen(
        command, env=environment, cwd=folder.parent, umask=0o022, **quiet
    )  # type: ignore[call-overload]
    threading.Thread(target=process.wait, daemon=True, name="bytecode").start()
    return process


def main() -> None:
    from .deathbed import die_with_parent
    from .recipes import load_all

    die_with_parent()
    load_all()
    open_to_sandbox(sys.modules.values())
    done = Path(sys.argv[1])
    done.parent.mkdir(exist_ok=True)
    done.touch()


def open_to_sandbox(modules: Iterable[object]) -> None:
    """Where the worker is root, let the sandbox's user read the bytecode that another process wrote for root alone."""
    if os.geteuid() != 0:
        return
    # not by getattr: modules such as torch.classes make up whatever they are asked for, or raise
    for file in {str(getattr(module, "__dict__", {}).get("__cached__") or "") for module in list(modules)}:
        if os.path.isfile(file):
            os.chmod(os.path.dirname(file), 0o755)  # noqa: S103
            os.chmod(file, 0o644)


if __name__ == "__main__":
    main()
