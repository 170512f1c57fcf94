"""Scores of a classifier with their bootstrap intervals, vectorised over resamples."""

from __future__ import annotations

import numpy as np

from apps.toolchain.jobs.contracts import Baseline, Bootstrap, Score

CONFIDENCE = 0.95
CELLS_AT_ONCE = 4_000_000


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count (true, predicted) pairs: (classes, classes) int64, rows are true classes."""
    return np.bincount(truth * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def accuracy(confusion: np.ndarray) -> np.ndarray:
    """Return the share on the diagonal; (..., k, k) -> (...)."""
    return np.trace(confusion, axis1=-2, axis2=-1) / confusion.sum((-2, -1))


def macro_f1(confusion: np.ndarray) -> np.ndarray:
    """Return the mean F1 over the classes that are true or predicted at least once; (..., k, k) -> (...)."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    counted = confusion.sum(-1) + confusion.sum(-2)
    f1 = np.divide(2 * hits, counted, out=np.zeros(hits.shape), where=counted > 0)
    return f1.sum(-1) / (counted > 0).sum(-1)


def roc_auc(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve from counts at each distinct score, in rising order; (..., s) -> (...).

    Ties count one half. NaN if a resample lacks a class.
    """
    below = np.cumsum(negatives, -1) - negatives
    wins = (positives * (below + 0.5 * negatives)).sum(-1)
    pairs = positives.sum(-1) * negatives.sum(-1)
    return np.divide(wins, pairs, out=np.full(np.shape(wins), np.nan), where=pairs > 0)


def score_classifier(
    truth: np.ndarray, predicted: np.ndarray, positive: np.ndarray | None, classes: int, plan: Bootstrap
) -> list[Score]:
    """Score predictions.

    truth, predicted  (n,) class numbers
    positive          (n,) score of class 1, for two classes only
    Resampling n samples with replacement is drawing n times from the counts of the distinct outcomes, so the
    intervals are exact bootstrap percentiles without touching single samples.
    """
    confusion = confusion_matrix(truth, predicted, classes)
    seeds = np.random.SeedSequence(plan.seed).spawn(2)
    draws = redraw(
        confusion.reshape(-1),
        plan.resamples,
        seeds[0],
        lambda counts: both(counts.reshape(-1, classes, classes)),
    )
    scores = [
        interval("accuracy", float(accuracy(confusion)), draws[:, 0], plan),
        interval("macro_f1", float(macro_f1(confusion)), draws[:, 1], plan),
    ]
    if positive is not None:
        counts = np.stack(by_score(truth, positive))
        width = counts.shape[1]
        areas = redraw(
            counts.reshape(-1),
            plan.resamples,
            seeds[1],
            lambda drawn: roc_auc(drawn[:, :width], drawn[:, width:]),
        )
        scores.append(interval("roc_auc", float(roc_auc(*counts)), areas, plan))
    return scores


def both(confusion: np.ndarray) -> np.ndarray:
    return np.stack([accuracy(confusion), macro_f1(confusion)], -1)


def by_score(truth: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count positives and negatives at each distinct score, in rising order."""
    values, place = np.unique(positive, return_inverse=True)
    return tuple(np.bincount(place[truth == side], minlength=len(values)) for side in (1, 0))  # type: ignore[return-value]


def redraw(counts: np.ndarray, resamples: int, seed: np.random.SeedSequence, score: object) -> np.ndarray:
    """Score resamples of outcome counts (c,), as many at once as fit into CELLS_AT_ONCE."""
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
    """Return a score with its percentile interval; resamples without a value do not count."""
    tail = (1 - plan.confidence) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return Score(name, round(value, 6), round(float(low), 6), round(float(high), 6))


def majority(truth: np.ndarray, labels: list[str]) -> Baseline:
    """Return the score of always answering the most frequent class."""
    counts = np.bincount(truth, minlength=len(labels))
    return Baseline(labels[int(counts.argmax())], round(float(counts.max() / counts.sum()), 6))
