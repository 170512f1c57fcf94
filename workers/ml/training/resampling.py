"""Confidence intervals of scores that are computed from sums over samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from apps.toolchain.contracts import Bootstrap

from .intervals import MIN_SAMPLES, bca_interval

CELLS_AT_ONCE = 4_000_000


def interval_of_sums(
    counts: np.ndarray, combine: Callable[[np.ndarray], np.ndarray], plan: Bootstrap
) -> tuple[float, float] | None:
    """Return the BCa bootstrap interval of a score, None if there are too few samples.

    counts   what each sample adds (n, k)
    combine  scores (m,) of sums (m, k)
    """
    n = len(counts)
    if n < MIN_SAMPLES:
        return None
    total = counts.sum(0)
    value = float(combine(total[None])[0])
    random = np.random.default_rng(plan.seed)
    step = max(1, CELLS_AT_ONCE // n)
    draws = np.concatenate(
        [
            combine(random.multinomial(n, np.full(n, 1 / n), min(step, plan.resamples - start)) @ counts)
            for start in range(0, plan.resamples, step)
        ]
    )
    return bca_interval(value, draws, combine(total - counts), np.ones(n))


def interval_of_mean(values: np.ndarray, plan: Bootstrap) -> tuple[float, float] | None:
    """Return the BCa bootstrap interval of a mean (n,), None if there are too few samples."""
    counts = np.stack([values, np.ones(len(values))], 1)
    return interval_of_sums(counts, lambda sums: sums[:, 0] / sums[:, 1], plan)
