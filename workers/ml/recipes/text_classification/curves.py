"""Curves of a classifier: ROC, precision and recall, calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from apps.toolchain.contracts import Curve, Score, Series
from apps.toolchain.contracts.recipes.text_classification import (
    CALIBRATION,
    CLASS_PRECISION,
    CONFIDENCE_AXIS,
    EVALUATE,
    FALSE_POSITIVES,
    IDEAL,
    PRECISION_RECALL,
    RECALL,
    RIGHT_SHARE,
    ROC,
    TRUE_POSITIVES,
)

from ...training.results import score_of
from .scores import Predictions, margin

POINTS = 101
CLASSES_SHOWN = 8
BINS = 10
DIGITS = 6


def curves_of(outcome: Predictions, labels: Sequence[str]) -> list[Curve]:
    """Return the curves that the predictions allow, of each of the most frequent classes against the rest."""
    places = classes_shown(outcome)
    roc = [Series(labels[place], roc_points(outcome, place)) for place in places]
    precision = [Series(labels[place], precision_points(outcome, place)) for place in places]
    found = [Curve(CALIBRATION, CONFIDENCE_AXIS, RIGHT_SHARE, calibration_lines(outcome))]
    if places:
        found.insert(0, Curve(PRECISION_RECALL, RECALL, CLASS_PRECISION, tuple(precision)))
        found.insert(0, Curve(ROC, FALSE_POSITIVES, TRUE_POSITIVES, tuple(roc)))
    return found


def classes_shown(outcome: Predictions) -> list[int]:
    """Return the classes whose curves are drawn: the second of two, else the most frequent ones."""
    counts = np.bincount(outcome.truth, minlength=outcome.logits.shape[1])
    if len(counts) == 2:
        return [1] if counts.all() else []
    order = np.argsort(-counts, kind="stable")[:CLASSES_SHOWN]
    return sorted(int(place) for place in order if 0 < counts[place] < len(outcome.truth))


def cumulated(outcome: Predictions, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Return true and false positives at each distinct threshold, from the highest; both begin with 0."""
    score = margin(outcome.logits, place)
    order = np.argsort(-score, kind="stable")
    is_positive = (outcome.truth == place)[order]
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    hits = np.cumsum(is_positive)[ends]
    return np.append(0, hits), np.append(0, ends + 1 - hits)


def roc_points(outcome: Predictions, place: int) -> tuple[tuple[float, float], ...]:
    hits, misses = cumulated(outcome, place)
    return thinned(misses / misses[-1], hits / hits[-1])


def precision_points(outcome: Predictions, place: int) -> tuple[tuple[float, float], ...]:
    """Return precision by recall; where nothing is found yet there is no precision."""
    hits, misses = (one[1:] for one in cumulated(outcome, place))
    return thinned(hits / hits[-1], hits / (hits + misses))


def thinned(x: np.ndarray, y: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Return at most POINTS points, evenly along the curve and with both ends."""
    length = np.append(0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    wanted = np.linspace(0, length[-1], POINTS)
    kept = np.unique(np.append(np.searchsorted(length, wanted).clip(max=len(x) - 1), len(x) - 1))
    pairs = zip(x[kept], y[kept], strict=True)
    return tuple((round(float(left), DIGITS), round(float(right), DIGITS)) for left, right in pairs)


def calibration_lines(outcome: Predictions) -> tuple[Series, Series]:
    """Return how often the model is right by its confidence, beside the ideal."""
    bins = calibration_bins(outcome)
    points = tuple((round(sure, DIGITS), round(right, DIGITS)) for sure, right, _count in bins)
    ideal = tuple((sure, sure) for sure, _right in points)
    return Series(RIGHT_SHARE, points), Series(IDEAL, ideal)


def calibration_bins(outcome: Predictions) -> list[tuple[float, float, int]]:
    """Return mean confidence, share of right predictions and count of each occupied bin of equal width."""
    sure = confidence(outcome.logits)
    is_right = outcome.predicted == outcome.truth
    numbers = np.minimum((sure * BINS).astype(int), BINS - 1)
    occupied = [np.flatnonzero(numbers == number) for number in range(BINS)]
    return [
        (float(sure[rows].mean()), float(is_right[rows].mean()), len(rows)) for rows in occupied if len(rows)
    ]


def calibration_score(outcome: Predictions) -> Score:
    """Return the expected calibration error: the mean distance of confidence and accuracy over the samples.

    source  Guo et al. 2017, arXiv:1706.04599
    """
    bins = calibration_bins(outcome)
    n = len(outcome.truth)
    error = sum(abs(sure - right) * count for sure, right, count in bins) / n
    return score_of(EVALUATE.metric("calibration_error"), error, None, n=n)


def confidence(logits: np.ndarray) -> np.ndarray:
    """Return the probability of the predicted class, (n,)."""
    top = logits.max(-1)
    return np.asarray(1 / np.exp(logits - top[:, None]).sum(-1))
