"""Confidence intervals that cover, also near 0 and 1."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

CONFIDENCE = 0.95
# below this number of samples no interval is reported
MIN_SAMPLES = 30
NORMAL = NormalDist()
TAIL = (1 - CONFIDENCE) / 2
Z = NORMAL.inv_cdf(1 - TAIL)


def wilson_interval(hits: float, n: int) -> tuple[float, float]:
    """Return the score interval of a proportion.

    source  Wilson 1927, J. Am. Stat. Assoc. 22
    """
    share, squared = hits / n, Z * Z
    center = (share + squared / (2 * n)) / (1 + squared / n)
    half = Z / (1 + squared / n) * math.sqrt(share * (1 - share) / n + squared / (4 * n * n))
    return max(0.0, center - half), min(1.0, center + half)


def bca_interval(
    value: float, draws: np.ndarray, without_one: np.ndarray, counts: np.ndarray
) -> tuple[float, float]:
    """Return the bias-corrected and accelerated bootstrap interval.

    draws        values of bootstrap resamples
    without_one  values without one sample of each distinct outcome
    counts       how often each outcome occurs
    source       Efron 1987, J. Am. Stat. Assoc. 82
    """
    below = (np.count_nonzero(draws < value) + 0.5 * np.count_nonzero(draws == value)) / len(draws)
    bias = NORMAL.inv_cdf(min(max(below, 0.5 / len(draws)), 1 - 0.5 / len(draws)))
    away = np.average(without_one, weights=counts) - without_one
    spread = float((counts * away**2).sum())
    acceleration = float((counts * away**3).sum()) / (6 * spread**1.5) if spread else 0.0

    def place(z: float) -> float:
        moved = bias + z
        return NORMAL.cdf(bias + moved / (1 - acceleration * moved))

    low, high = np.quantile(draws, [place(-Z), place(Z)])
    return float(low), float(high)


def influence_of_auc(positive: np.ndarray, score: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the area under the ROC curve and the influence (n,) of each sample on it; ties count one half.

    The mean square of the influences over n is DeLong's variance.
    positive  (n,) whether a sample is positive, with both kinds among them
    source    DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44; by ranks as Sun and Xu 2014
    """
    ones, zeros = int(positive.sum()), int((~positive).sum())
    ranks = midranks(score)
    wins = (ranks[positive] - midranks(score[positive])) / zeros
    losses = 1 - (ranks[~positive] - midranks(score[~positive])) / ones
    area = float(wins.mean())
    influence = np.empty(len(score))
    influence[positive] = (wins - area) * len(score) / math.sqrt(ones * max(ones - 1, 1))
    influence[~positive] = (losses - area) * len(score) / math.sqrt(zeros * max(zeros - 1, 1))
    return area, influence


def midranks(values: np.ndarray) -> np.ndarray:
    """Return ranks from 1; equal values share the mean of theirs."""
    _values, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place])


def delong_interval(area: float, influence: np.ndarray, smallest: int) -> tuple[float, float]:
    """Return the interval of an area on the logit scale.

    A perfect order has no variance: then the smaller class is taken as that many independent trials.
    influence  of the samples, as of `influence_of_auc` or a mean of these
    smallest   size of the smallest class or rest
    """
    error = math.sqrt(float((influence**2).mean()) / len(influence))
    if not 0 < area < 1 or not error:
        return wilson_interval(area * smallest, smallest)
    center, half = math.log(area / (1 - area)), Z * error / (area * (1 - area))
    return tuple(1 / (1 + math.exp(-edge)) for edge in (center - half, center + half))  # type: ignore[return-value]
