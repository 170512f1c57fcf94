"""Scores of a classifier with confidence intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from apps.toolchain.contracts import Bootstrap, IntervalMethod, Note, NoteCode, Score
from apps.toolchain.contracts.recipes.text_classification import EVALUATE, Baseline

from ...training.intervals import (
    MIN_SAMPLES,
    bca_interval,
    delong_interval,
    influence_of_auc,
    wilson_interval,
)
from ...training.results import score_of

CELLS_AT_ONCE = 4_000_000
# positives and negatives that an interval of an area under the ROC curve needs
MIN_OF_A_CLASS = 5


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a classifier gave n samples of k classes. truth: (n,) class numbers; logits: (n, k)"""

    truth: np.ndarray
    logits: np.ndarray

    @property
    def predicted(self) -> np.ndarray:
        return np.asarray(self.logits.argmax(-1))

    @property
    def confusion(self) -> np.ndarray:
        return confusion_matrix(self.truth, self.predicted, self.logits.shape[-1])


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


def score_classifier(outcome: Predictions, plan: Bootstrap) -> tuple[list[Score], list[Note]]:
    """Score predictions; a metric that has too few rows for an interval gets a note instead."""
    scores, notes = [], []
    for score in (accuracy_score(outcome), f1_score(outcome, plan), auc_score(outcome)):
        if score is None:
            continue
        scores.append(score)
        if score.low is None:
            notes.append(Note(NoteCode.TOO_FEW_ROWS, {"metric": EVALUATE.metric(score.name).label}))
    return scores, notes


def accuracy_score(outcome: Predictions) -> Score:
    hits, n = int(np.trace(outcome.confusion)), len(outcome.truth)
    bounds = wilson_interval(hits, n) if n >= MIN_SAMPLES else None
    return score_of(EVALUATE.metric("accuracy"), hits / n, bounds, n=n, method=IntervalMethod.WILSON)


def f1_score(outcome: Predictions, plan: Bootstrap) -> Score:
    """Return macro F1; where the bootstrap has no spread, as when all is right, as for the accuracy."""
    confusion, n = outcome.confusion, len(outcome.truth)
    value, bounds, method = float(macro_f1(confusion)), None, IntervalMethod.BCA
    draws = resample(confusion, plan) if n >= MIN_SAMPLES else np.empty(0)
    if len(draws) and np.ptp(draws) == 0:
        bounds, method = wilson_interval(int(np.trace(confusion)), n), IntervalMethod.WILSON
    elif len(draws):
        counts, without_one = jackknife(confusion)
        bounds = bca_interval(value, draws, without_one, counts)
    return score_of(EVALUATE.metric("macro_f1"), value, bounds, n=n, method=method)


def auc_score(outcome: Predictions) -> Score | None:
    """Return the area under the ROC curve: of the second of two classes, else the mean of each to the rest.

    Samples are ranked by the margin of the logits, since probabilities near 1 are rounded to the same number.
    """
    truth, logits = outcome.truth, outcome.logits
    n, classes = logits.shape
    places = [1] if classes == 2 else [c for c in range(classes) if 0 < np.count_nonzero(truth == c) < n]
    if not places or not 0 < np.count_nonzero(truth == places[0]) < n:
        return None
    areas, influences, smallest = [], np.zeros(n), n
    for place in places:
        positive = truth == place
        area, influence = influence_of_auc(positive, margin(logits, place))
        areas.append(area)
        influences += influence / len(places)
        smallest = min(smallest, int(positive.sum()), n - int(positive.sum()))
    value = float(np.mean(areas))
    is_enough = n >= MIN_SAMPLES and smallest >= MIN_OF_A_CLASS
    bounds = delong_interval(value, influences, smallest) if is_enough else None
    return score_of(EVALUATE.metric("roc_auc"), value, bounds, n=n, method=IntervalMethod.DELONG)


def margin(logits: np.ndarray, place: int) -> np.ndarray:
    """Return the logit of a class over the others: log p − log (1 − p) without rounding near 0 and 1."""
    others = np.delete(logits, place, axis=1)
    top = others.max(-1)
    return np.asarray(logits[:, place] - top - np.log(np.exp(others - top[:, None]).sum(-1)))


def resample(confusion: np.ndarray, plan: Bootstrap) -> np.ndarray:
    """Return macro F1 of bootstrap resamples (resamples,).

    Resampling n samples with replacement equals drawing n times from the counts of the distinct outcomes.
    """
    counts = confusion.reshape(-1)
    random, size = np.random.default_rng(plan.seed), int(counts.sum())
    present = np.flatnonzero(counts)

    def draw(rows: int) -> np.ndarray:
        drawn = np.zeros((rows, len(counts)), np.int64)
        drawn[:, present] = random.multinomial(size, counts[present] / size, rows)
        return macro_f1(drawn.reshape(-1, *confusion.shape))

    return in_chunks(plan.resamples, len(counts), lambda start, stop: draw(stop - start))


def jackknife(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the counts of the distinct outcomes, and macro F1 without one sample of each."""
    flat = confusion.reshape(-1)
    present = np.flatnonzero(flat)

    def without(start: int, stop: int) -> np.ndarray:
        left = np.repeat(flat[None], stop - start, 0)
        left[np.arange(stop - start), present[start:stop]] -= 1
        return macro_f1(left.reshape(-1, *confusion.shape))

    return flat[present], in_chunks(len(present), len(flat), without)


def in_chunks(count: int, width: int, compute: Callable[[int, int], np.ndarray]) -> np.ndarray:
    """Join the results for rows start to stop, with at most CELLS_AT_ONCE cells at once."""
    step = max(1, CELLS_AT_ONCE // width)
    return np.concatenate([compute(start, min(start + step, count)) for start in range(0, count, step)])


def majority_baseline(truth: np.ndarray, labels: list[str]) -> Baseline:
    """Return the accuracy of always predicting the most frequent class."""
    counts = np.bincount(truth, minlength=len(labels))
    return Baseline(labels[int(counts.argmax())], round(float(counts.max() / counts.sum()), 6))
