"""Scores and intervals against scikit-learn and the plain definition of the bootstrap."""

from importlib import import_module

import numpy as np
import pytest

from apps.toolchain.contracts import Bootstrap
from workers.ml.recipes.text_classification.scores import (
    confusion_matrix,
    majority_baseline,
    score_classifier,
)

PLAN = Bootstrap(2000, 0.95, 3)


@pytest.fixture(scope="module")
def reference():
    """scikit-learn's metrics, imported only by these tests."""
    return import_module("sklearn.metrics")


@pytest.fixture
def outcome():
    """Truth, predictions and scores of 300 samples in two classes, with ties."""
    random = np.random.default_rng(1)
    truth = random.integers(0, 2, 300)
    positive = np.round(np.clip(0.35 * truth + 0.8 * random.random(300), 0, 1), 2)
    return truth, (positive > 0.5).astype(int), positive


def test_values_are_those_of_scikit_learn(outcome, reference):
    truth, predicted, positive = outcome

    scores = {score.name: score.value for score in score_classifier(truth, predicted, positive, 2, PLAN)}

    assert scores["accuracy"] == pytest.approx(reference.accuracy_score(truth, predicted), abs=1e-6)
    assert scores["macro_f1"] == pytest.approx(
        reference.f1_score(truth, predicted, average="macro"), abs=1e-6
    )
    assert scores["roc_auc"] == pytest.approx(reference.roc_auc_score(truth, positive), abs=1e-6)


def test_intervals_are_those_of_resampling_single_samples(outcome, reference):
    truth, predicted, positive = outcome
    random = np.random.default_rng(9)
    rows = [random.integers(0, 300, 300) for _ in range(800)]
    measures = {
        "accuracy": lambda r: reference.accuracy_score(truth[r], predicted[r]),
        "macro_f1": lambda r: reference.f1_score(truth[r], predicted[r], average="macro"),
        "roc_auc": lambda r: reference.roc_auc_score(truth[r], positive[r]),
    }

    for score in score_classifier(truth, predicted, positive, 2, PLAN):
        low, high = np.quantile([measures[score.name](r) for r in rows], [0.025, 0.975])
        assert (score.low, score.high) == pytest.approx((low, high), abs=0.02)


def test_the_same_seed_gives_the_same_intervals_and_another_does_not(outcome):
    first, again = score_classifier(*outcome, 2, PLAN), score_classifier(*outcome, 2, PLAN)

    assert first == again
    assert first != score_classifier(*outcome, 2, Bootstrap(2000, 0.95, 4))


def test_many_classes_have_no_roc_curve_and_absent_ones_do_not_count(reference):
    truth, predicted = np.array([0, 0, 1, 1, 2, 2] * 20), np.array([0, 1, 1, 1, 2, 0] * 20)

    scores = {score.name: score for score in score_classifier(truth, predicted, None, 5, PLAN)}

    assert set(scores) == {"accuracy", "macro_f1"}
    assert scores["macro_f1"].value == pytest.approx(
        reference.f1_score(truth, predicted, average="macro"), abs=1e-6
    )
    assert scores["macro_f1"].low < scores["macro_f1"].value < scores["macro_f1"].high
    assert confusion_matrix(truth, predicted, 5).sum() == 120


def test_the_baseline_is_the_most_frequent_class():
    baseline = majority_baseline(np.array([0, 1, 1, 1]), ["bad", "good"])

    assert (baseline.label, baseline.accuracy) == ("good", 0.75)
