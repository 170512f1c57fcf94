"""The sandbox: the command and environment of a child that loads other people's models."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from .folder import JobFolder
from .hardware import cores, hardware, visible_gpu
from .settings import Isolation, WorkerSettings

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "workers/__init__.py",
    "workers/ml",
    "apps/__init__.py",
    "apps/toolchain/__init__.py",
    "apps/toolchain/jobs/__init__.py",
    "apps/toolchain/jobs/contracts",
)
SYSTEM_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/sys/devices/system")
GPU_FILES = ("/sys", "/run/nvidia-persistenced", "/usr/local/nvidia", "/etc/nvidia")
PASSED = ("NVIDIA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")


def is_isolated(settings: WorkerSettings) -> bool:
    """Say whether children of this worker run in bubblewrap."""
    return settings.isolation != Isolation.OFF and bubblewrap_works()


@cache
def bubblewrap_works() -> bool:
    """Try an empty sandbox once."""
    program = shutil.which("bwrap")
    if not program:
        return False
    try:
        answer = subprocess.run([program, *_walls(), "/usr/bin/true"], capture_output=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.returncode == 0


def runner_command(folder: JobFolder, *, isolated: bool) -> list[str]:
    """Return the command that runs the recipe of a prepared folder.

    isolated  without network, and with nothing of the disk but the system, the libraries, our code, the inputs
              (read-only) and the job's own run folder
    """
    command = [sys.executable, "-m", "workers.ml.runner", str(folder.root)]
    if not isolated:
        return command
    return ["bwrap", *_walls(), *_rooms(folder), "--", *command]


def runner_environment(folder: JobFolder, ambient: dict[str, str]) -> dict[str, str]:
    """Return the child's whole environment: no token, no address, no telemetry."""
    return {
        **{name: ambient[name] for name in PASSED if name in ambient},
        "CUDA_VISIBLE_DEVICES": visible_gpu() if hardware().device == "cuda" else "",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "USER": "job",
        "LOGNAME": "job",
        "HOME": str(folder.run / "home"),
        "TMPDIR": str(folder.run / "tmp"),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HF_HOME": str(folder.run / "cache"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(cores()),
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def _walls() -> list[str]:
    """Return the options that hold for every sandbox; /tmp comes first because folders may be bound below it."""
    walls = ["--unshare-all", "--die-with-parent", "--tmpfs", "/tmp", "--ro-bind", "/usr", "/usr"]  # noqa: S108
    for link in map(Path, SYSTEM_LINKS):
        if link.is_symlink():
            walls += ["--symlink", str(link.readlink()), str(link)]
        elif link.exists():
            walls += ["--ro-bind", str(link), str(link)]
    return [*walls, "--proc", "/proc", "--dev", "/dev"]


def _rooms(folder: JobFolder) -> list[str]:
    """Return the binds of one job."""
    readable = [sys.prefix, *(ROOT / path for path in CODE), folder.inputs]
    if not sys.base_prefix.startswith("/usr/"):
        readable.insert(0, sys.base_prefix)
    rooms = [word for path in SYSTEM_FILES for word in ("--ro-bind-try", path, path)]
    if hardware().device == "cuda":
        rooms += [word for path in GPU_FILES for word in ("--ro-bind-try", path, path)]
        rooms += [word for path in sorted(Path("/dev").glob("nvidia*")) for word in ("--dev-bind-try", str(path), str(path))]
    rooms += [word for path in readable for word in ("--ro-bind", str(path), str(path))]
    return [*rooms, "--bind", str(folder.run), str(folder.run), "--chdir", str(folder.run)]
