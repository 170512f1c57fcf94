"""The device that a run uses and the precision that it supports."""

from __future__ import annotations

from pathlib import Path

import torch

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


def device() -> torch.device:
    return torch.device("cuda" if has_gpu() else "cpu")
