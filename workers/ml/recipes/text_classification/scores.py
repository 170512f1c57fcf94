"""Scores of a classifier with bootstrap intervals, vectorized over resamples."""

from __future__ import annotations

import numpy as np

from apps.toolchain.contracts import Bootstrap, Score
from apps.toolchain.contracts.recipes.text_classification import Baseline

CONFIDENCE = 0.95
CELLS_AT_ONCE = 4_000_000


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count (true, predicted) pairs: (classes, classes) int64, rows are true classes."""
    pairs = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return pairs.reshape(classes, classes)


def accuracy(confusion: np.ndarray) -> np.ndarray:
    """Return the share on the diagonal; (..., k, k) -> (...)."""
    return np.asarray(np.trace(confusion, axis1=-2, axis2=-1) / confusion.sum((-2, -1)))


def macro_f1(confusion: np.ndarray) -> np.ndarray:
    """Return the mean F1 over the classes that occur as truth or prediction; (..., k, k) -> (...)."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    counted = confusion.sum(-1) + confusion.sum(-2)
    f1 = np.divide(2 * hits, counted, out=np.zeros(hits.shape), where=counted > 0)
    return np.asarray(f1.sum(-1) / (counted > 0).sum(-1))


def roc_auc(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve from counts at each distinct score, ascending; (..., s) -> (...).

    Ties count one half. NaN if a resample has only one class.
    """
    below = np.cumsum(negatives, -1) - negatives
    wins = (positives * (below + 0.5 * negatives)).sum(-1)
    pairs = positives.sum(-1) * negatives.sum(-1)
    return np.asarray(np.divide(wins, pairs, out=np.full(np.shape(wins), np.nan), where=pairs > 0))


def score_classifier(
    truth: np.ndarray, predicted: np.ndarray, positive: np.ndarray | None, classes: int, plan: Bootstrap
) -> list[Score]:
    """Score predictions.

    truth, predicted  (n,) class numbers
    positive          (n,) score of class 1, for two classes only

    Resampling n samples with replacement equals drawing n times from the counts of the distinct outcomes, so
    the intervals are exact bootstrap percentiles without handling single samples.
    """
    confusion = confusion_matrix(truth, predicted, classes)
    seeds = np.random.SeedSequence(plan.seed).spawn(2)
    draws = resample(
        confusion.reshape(-1),
        plan.resamples,
        seeds[0],
        lambda counts: accuracy_and_f1(counts.reshape(-1, classes, classes)),
    )
    scores = [
        interval("accuracy", float(accuracy(confusion)), draws[:, 0], plan),
        interval("macro_f1", float(macro_f1(confusion)), draws[:, 1], plan),
    ]
    if positive is not None:
        counts = np.stack(counts_by_score(truth, positive))
        width = counts.shape[1]
        areas = resample(
            counts.reshape(-1),
            plan.resamples,
            seeds[1],
            lambda drawn: roc_auc(drawn[:, :width], drawn[:, width:]),
        )
        scores.append(interval("roc_auc", float(roc_auc(*counts)), areas, plan))
    return scores


def accuracy_and_f1(confusion: np.ndarray) -> np.ndarray:
    return np.stack([accuracy(confusion), macro_f1(confusion)], -1)


def counts_by_score(truth: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count positives and negatives at each distinct score, ascending."""
    values, place = np.unique(positive, return_inverse=True)
    return tuple(np.bincount(place[truth == side], minlength=len(values)) for side in (1, 0))  # type: ignore[return-value]


def resample(counts: np.ndarray, resamples: int, seed: np.random.SeedSequence, score: object) -> np.ndarray:
    """Score resamples of outcome counts (c,), in chunks of at most CELLS_AT_ONCE cells."""
    random, size = np.random.default_rng(seed), int(counts.sum())
    present = np.flatnonzero(counts)
    step = max(1, CELLS_AT_ONCE // len(counts))
    parts = []
    for start in range(0, resamples, step):
        drawn = np.zeros((min(step, resamples - start), len(counts)), np.int64)
        drawn[:, present] = random.multinomial(size, counts[present] / size, len(drawn))
        parts.append(score(drawn))  # type: ignore[operator]
    return np.concatenate(parts)


def interval(name: str, value: float, draws: np.ndarray, plan: Bootstrap) -> Score:
    """Return a score with its percentile interval; resamples without a value are ignored."""
    tail = (1 - plan.confidence) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return Score(name, round(value, 6), round(float(low), 6), round(float(high), 6))


def majority_baseline(truth: np.ndarray, labels: list[str]) -> Baseline:
    """Return the accuracy of always predicting the most frequent class."""
    counts = np.bincount(truth, minlength=len(labels))
    return Baseline(labels[int(counts.argmax())], round(float(counts.max() / counts.sum()), 6))
