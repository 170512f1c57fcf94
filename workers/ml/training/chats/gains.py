"""Losses of chats before and after a training, and how sure the difference is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..intervals import MIN_SAMPLES, bca_interval

RESAMPLES = 2000
# most numbers that resampling holds at once
BLOCK = 2_000_000


@dataclass(frozen=True, slots=True)
class RowLosses:
    """Of each row (n,): the summed losses of its learned tokens, their number, and the predicted ones."""

    losses: np.ndarray
    tokens: np.ndarray
    hits: np.ndarray

    @property
    def loss(self) -> float:
        """The mean loss of a token."""
        return float(self.losses.sum() / max(1, self.tokens.sum()))

    @property
    def perplexity(self) -> float:
        return math.exp(min(self.loss, 700.0))

    @property
    def accuracy(self) -> float:
        return float(self.hits.sum() / max(1, self.tokens.sum()))

    def __len__(self) -> int:
        return len(self.tokens)


def ratio_interval(above: np.ndarray, below: np.ndarray, seed: int) -> tuple[float, float] | None:
    """Return the BCa interval of sum(above) / sum(below) over rows; None if there are too few rows.

    above, below  (n,) sums of each row
    """
    n = len(above)
    if n < MIN_SAMPLES:
        return None
    value = above.sum() / below.sum()
    chance, draws = np.random.default_rng(seed), []
    size = max(1, BLOCK // n)
    for start in range(0, RESAMPLES, size):
        places = chance.integers(0, n, (min(size, RESAMPLES - start), n))
        draws.append(above[places].sum(1) / below[places].sum(1))
    without_one = (above.sum() - above) / (below.sum() - below)
    return bca_interval(float(value), np.concatenate(draws), without_one, np.ones(n))


def gain_interval(base: RowLosses, tuned: RowLosses, seed: int) -> tuple[float, float] | None:
    """Return the interval of how much less a token loses, by the same rows before and after."""
    return ratio_interval(base.losses - tuned.losses, tuned.tokens, seed)
