"""Processes that train one model together: how many, and their start with torchrun."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

from apps.toolchain.contracts import JobSpec, find_recipe

from .folder import JobFolder
from .hardware import cores

LOCALHOST = "127.0.0.1"
INTERRUPTED_STATUS = 75


def process_count(spec: JobSpec, devices: int) -> int:
    """Return how many processes train a job on so many devices: as many as divide its batches evenly."""
    recipe = find_recipe(spec.kind, spec.recipe)
    if recipe is None or not recipe.is_distributed:
        return 1
    batch = spec.params["batch_size"]
    return max(number for number in range(1, min(devices, batch) + 1) if batch % number == 0)


def is_rank() -> bool:
    """Return whether this process was started by torchrun."""
    return "RANK" in os.environ


def rank() -> int:
    return int(os.environ.get("RANK", 0))


def world_size() -> int:
    return int(os.environ.get("WORLD_SIZE", 1))


def launch_ranks(root: Path) -> None:
    """Become torchrun once the work starts, if the order asks for several processes; else do nothing.

    Only the first process reads the supervisor's commands and writes events.
    """
    processes = json.loads(JobFolder(root).order.read_text()).get("processes", 1)
    if processes == 1:
        return
    if first_line() != "start":
        os._exit(INTERRUPTED_STATUS)
    os.environ["OMP_NUM_THREADS"] = str(max(1, cores() // processes))
    os.environ.update({"GLOO_SOCKET_IFNAME": "lo", "NCCL_SOCKET_IFNAME": "lo"})
    torchrun = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    place = [f"--master-addr={LOCALHOST}", f"--master-port={free_port()}"]
    os.execv(sys.executable, [*torchrun, *place, "-m", "workers.ml.runner", str(root)])


def use_one_gpu() -> None:
    """Hide all GPUs but the first from a process that trains alone; the Trainer would split its batches."""
    os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0]


def first_line() -> str:
    """Read one line of the standard input and no byte more; the next process reads on."""
    found = b""
    while not found.endswith(b"\n") and (byte := os.read(0, 1)):
        found += byte
    return found.decode(errors="replace").strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        return int(probe.getsockname()[1])
