"""The device that a run uses, the precision that it supports, and the processes that train together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import distributed

BF16_FLAGS = {"avx512_bf16", "amx_bf16"}


def has_gpu() -> bool:
    return torch.cuda.is_available()


def has_bf16() -> bool:
    """Return whether the hardware computes in bfloat16; emulated, it would be slower than float32."""
    if has_gpu():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    try:
        flags = next(
            line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")
        )
    except (OSError, StopIteration):
        return False
    return bool(BF16_FLAGS & set(flags.split()))


def uses_bf16(params: Mapping[str, Any]) -> bool:
    """Return whether a training with these parameters computes in bfloat16."""
    precision = params.get("precision", "auto")
    return has_bf16() if precision == "auto" else bool(precision == "bfloat16")


def device() -> torch.device:
    return torch.device("cuda" if has_gpu() else "cpu")


def agreed(*wishes: bool) -> list[bool]:
    """Return the first process's answers in all of them, so that they stop at the same step."""
    if not is_distributed():
        return list(wishes)
    answers = torch.tensor(wishes, dtype=torch.uint8, device=device())
    distributed.broadcast(answers, 0)
    return [bool(answer) for answer in answers.tolist()]


def wait_for_ranks() -> None:
    """Wait until all processes that train together have come so far."""
    if is_distributed():
        distributed.barrier()


def is_distributed() -> bool:
    return distributed.is_available() and distributed.is_initialized()
