"""Scores and intervals against scikit-learn, plain resampling, and the truth of simulated populations."""

from importlib import import_module

import numpy as np
import pytest

from apps.toolchain.contracts import Bootstrap, IntervalMethod, NoteCode
from workers.ml.recipes.text_classification.scores import (
    Predictions,
    accuracy_score,
    auc_score,
    confusion_matrix,
    f1_score,
    macro_f1,
    majority_baseline,
    score_classifier,
)

PLAN = Bootstrap(2000, 0.95, 3)


@pytest.fixture(scope="module")
def reference():
    """scikit-learn's metrics, imported only by these tests."""
    return import_module("sklearn.metrics")


@pytest.fixture
def outcome() -> Predictions:
    """Predictions for 300 samples in two classes, with ties."""
    random = np.random.default_rng(1)
    truth = random.integers(0, 2, 300)
    score = np.round(0.8 * truth + random.normal(size=300), 1)
    return Predictions(truth, np.stack([np.zeros(300), score], 1))


def by_name(scores) -> dict:
    return {score.name: score for score in scores}


def predictions_of(truth, predicted, classes: int) -> Predictions:
    return Predictions(np.asarray(truth), np.eye(classes)[np.asarray(predicted)])


def test_values_are_those_of_scikit_learn(outcome, reference):
    truth, predicted, score = outcome.truth, outcome.predicted, outcome.logits[:, 1]

    found = by_name(score_classifier(outcome, PLAN)[0])

    assert found["accuracy"].value == pytest.approx(reference.accuracy_score(truth, predicted), abs=1e-6)
    assert found["macro_f1"].value == pytest.approx(
        reference.f1_score(truth, predicted, average="macro"), abs=1e-6
    )
    assert found["roc_auc"].value == pytest.approx(reference.roc_auc_score(truth, score), abs=1e-6)


def test_confident_models_are_ranked_by_their_logits(reference):
    """As probabilities, rounded or not, most of these samples would tie at 1."""
    random = np.random.default_rng(2)
    truth = random.integers(0, 2, 200)
    margin = 60 + 10 * random.normal(size=200) + 5 * truth

    found = auc_score(Predictions(truth, np.stack([-margin / 2, margin / 2], 1)))

    assert found.value == pytest.approx(reference.roc_auc_score(truth, margin), abs=1e-6)


def test_the_area_of_many_classes_is_the_mean_of_each_to_the_rest(reference):
    random = np.random.default_rng(3)
    truth = np.arange(150) % 3
    logits = random.normal(size=(150, 3)) + 1.5 * np.eye(3)[truth]
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)

    found = auc_score(Predictions(truth, logits))

    expected = reference.roc_auc_score(truth, shares, multi_class="ovr", average="macro")
    assert found.value == pytest.approx(expected, abs=1e-6)
    assert found.low < found.value < found.high


def test_intervals_are_close_to_those_of_resampling_single_samples(outcome, reference):
    truth, predicted, score = outcome.truth, outcome.predicted, outcome.logits[:, 1]
    random = np.random.default_rng(9)
    rows = [random.integers(0, 300, 300) for _ in range(800)]
    measures = {
        "accuracy": lambda r: reference.accuracy_score(truth[r], predicted[r]),
        "macro_f1": lambda r: reference.f1_score(truth[r], predicted[r], average="macro"),
        "roc_auc": lambda r: reference.roc_auc_score(truth[r], score[r]),
    }

    for found in score_classifier(outcome, PLAN)[0]:
        low, high = np.quantile([measures[found.name](r) for r in rows], [0.025, 0.975])
        assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)


@pytest.mark.parametrize(("n", "share"), [(30, 0.98), (50, 0.95), (100, 0.95), (300, 0.8)])
def test_intervals_cover_the_truth_near_the_edge_too(n, share):
    random = np.random.default_rng(4)
    population = np.array([[share, 1 - share], [1 - share, share]]) / 2
    hits, runs = np.zeros(2), 200
    for run in range(runs):
        cells = random.multinomial(n, population.reshape(-1))
        sample = predictions_of(np.repeat([0, 0, 1, 1], cells), np.repeat([0, 1, 0, 1], cells), 2)
        scores = accuracy_score(sample), f1_score(sample, Bootstrap(500, 0.95, run))
        truth = share, float(macro_f1(population))
        hits += [one.low <= value <= one.high for one, value in zip(scores, truth, strict=True)]

    assert (hits / runs >= 0.91).all()


def test_the_interval_of_an_area_covers_the_truth_near_one():
    random, shift = np.random.default_rng(5), 2.4758  # 0.96 for two normal distributions that far apart
    truth = np.arange(40) % 2
    hits = 0
    for _ in range(300):
        score = random.normal(size=40) + shift * truth
        found = auc_score(Predictions(truth, np.stack([np.zeros(40), score], 1)))
        hits += found.low <= 0.96 <= found.high

    assert hits / 300 >= 0.91


def test_all_right_answers_are_no_proof_of_a_perfect_model():
    truth = np.arange(60) % 2

    scores, notes = score_classifier(predictions_of(truth, truth, 2), PLAN)

    assert [(one.value, one.low < 0.95, one.high) for one in scores] == [(1.0, True, 1.0)] * 3
    assert not notes


def test_too_few_rows_have_no_interval_but_a_note():
    truth = np.arange(20) % 2

    scores, notes = score_classifier(predictions_of(truth, truth, 2), PLAN)

    assert {(one.low, one.high, one.method, one.n) for one in scores} == {(None, None, None, 20)}
    assert {note.code for note in notes} == {NoteCode.TOO_FEW_ROWS}


def test_a_score_names_its_unit_direction_and_method(outcome):
    found = [
        (one.method, one.unit, one.higher_is_better, one.n) for one in score_classifier(outcome, PLAN)[0]
    ]

    methods = IntervalMethod.WILSON, IntervalMethod.BCA, IntervalMethod.DELONG
    assert found == [(method, "fraction", True, 300) for method in methods]


def test_the_same_seed_gives_the_same_intervals_and_another_does_not(outcome):
    first, again = score_classifier(outcome, PLAN), score_classifier(outcome, PLAN)

    assert first == again
    assert first != score_classifier(outcome, Bootstrap(2000, 0.95, 4))


def test_absent_classes_do_not_count(reference):
    truth, predicted = np.array([0, 0, 1, 1, 2, 2] * 20), np.array([0, 1, 1, 1, 2, 0] * 20)

    scores = by_name(score_classifier(predictions_of(truth, predicted, 5), PLAN)[0])

    assert scores["macro_f1"].value == pytest.approx(
        reference.f1_score(truth, predicted, average="macro"), abs=1e-6
    )
    assert scores["macro_f1"].low < scores["macro_f1"].value < scores["macro_f1"].high
    assert confusion_matrix(truth, predicted, 5).sum() == 120


def test_a_million_rows_are_scored_at_once():
    random = np.random.default_rng(6)
    truth = random.integers(0, 2, 1_000_000)
    logits = random.normal(size=(1_000_000, 2)) + np.eye(2)[truth]

    scores, _notes = score_classifier(Predictions(truth, logits), PLAN)

    assert all(0 < one.high - one.low < 0.003 for one in scores)


def test_the_baseline_is_the_most_frequent_class():
    baseline = majority_baseline(np.array([0, 1, 1, 1]), ["bad", "good"])

    assert (baseline.label, baseline.accuracy) == ("good", 0.75)
