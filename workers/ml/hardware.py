"""Detects the machine's hardware and library versions without loading torch."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

from apps.toolchain.contracts import Hardware

LIBRARIES = (
    "torch",
    "transformers",
    "peft",
    "trl",
    "datasets",
    "accelerate",
    "tokenizers",
    "safetensors",
    "numpy",
)
CONTAINER_MEMORY = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def cores() -> int:
    return len(os.sched_getaffinity(0))


def memory_bytes() -> int:
    """Return the memory of the machine, or the container's limit if that is lower."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *(limit for limit in map(_number_in, CONTAINER_MEMORY) if limit)])


def _number_in(file: str) -> int:
    """Return the number in a kernel file, 0 if there is none."""
    try:
        text = Path(file).read_text().strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


def queue_of(machine: Hardware) -> str:
    """Return the queue that a machine serves."""
    return "cpu" if machine.device == "cpu" else "gpu"


@cache
def hardware() -> Hardware:
    """Return the hardware as receipts name it: the GPU that this worker's jobs use, else the processor."""
    cards = gpu_names()
    if cards:
        place = visible_gpus()[0]
        name = cards[int(place)] if place.isdigit() and int(place) < len(cards) else cards[0]
        return Hardware("cuda", name, cores(), memory_bytes(), len(visible_gpus()))
    return Hardware("cpu", processor_name(), cores(), memory_bytes())


def visible_gpus() -> list[str]:
    """Return the indexes or ids of the GPUs that jobs use: the first of those that the worker sees."""
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    places = listed.split(",") if listed else [str(number) for number in range(max(1, len(gpu_names())))]
    return [place.strip() for place in places][: device_count()]


def device_count() -> int:
    """Return how many GPUs a job of this worker may use, or processes on a machine without."""
    text = os.environ.get("BANYAN_DEVICES") or "1"
    return max(1, int(text)) if text.isdigit() else 1


def gpu_names() -> list[str]:
    """Return the names of the NVIDIA GPUs; empty without a driver."""
    executable = shutil.which("nvidia-smi")
    if not executable or os.environ.get("CUDA_VISIBLE_DEVICES") == "":
        return []
    command = [executable, "--query-gpu=name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in answer.stdout.splitlines() if line.strip()]


def processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that affect results."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
