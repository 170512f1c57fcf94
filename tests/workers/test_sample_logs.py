"""The log of samples that an evaluation keeps, and the curves of its result."""

import hashlib
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from apps.toolchain.contracts import SAMPLES_FILE, Curve, JobKind, Table
from apps.toolchain.contracts.recipes.text_classification import ROC, ClassificationResult
from workers.ml.recipes.text_classification.curves import (
    calibration_score,
    curves_of,
    precision_points,
    roc_points,
)
from workers.ml.recipes.text_classification.scores import Predictions

from .samples import a_spec, write_dataset

pytestmark = pytest.mark.slow


def evaluation(outcome) -> ClassificationResult:
    assert outcome.fault is None
    hardware = {"device": "cpu", "name": "x", "cores": 1, "memory_bytes": 1}
    known = {"attempt": 1, "config_hash": "", "hardware": hardware, "duration_seconds": 1.0}
    return ClassificationResult.from_json({**outcome.result, **known})


def some_predictions(n=400, classes=2, seed=3) -> Predictions:
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, n)
    return Predictions(truth, random.normal(size=(n, classes)) + 1.2 * np.eye(classes)[truth])


def area(points) -> float:
    x, y = np.array(points).T
    return float(np.sum((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2))


def test_an_evaluation_keeps_each_sample_with_its_row_and_the_same_bytes_twice(recipes, tiny_bert, tmp_path):
    data = write_dataset(tmp_path / "d", train=60, test=40)
    trained = recipes.run(tmp_path / "train", a_spec(max_steps=2), model=tiny_bert, dataset=data)
    spec = a_spec(JobKind.EVALUATE, max_samples=31)

    runs = [
        recipes.run(tmp_path / name, spec, model=trained.folder.output, dataset=data) for name in ("a", "b")
    ]

    result, files = evaluation(runs[0]), [run.folder.artifacts / SAMPLES_FILE for run in runs]
    table = pq.read_table(files[0])
    assert files[0].read_bytes() == files[1].read_bytes()
    assert table.num_rows == result.samples == 31
    assert sorted(set(table["row"].to_pylist())) == table["row"].to_pylist()
    assert max(table["row"].to_pylist()) > 31
    for text, digest in zip(table["text"].to_pylist(), table["text_sha256"].to_pylist(), strict=True):
        assert hashlib.sha256(text.encode()).hexdigest() == digest
    accuracy = next(score.value for score in result.scores if score.name == "accuracy")
    assert np.mean(table["is_right"].to_pylist()) == pytest.approx(accuracy, abs=1e-6)
    assert json.loads(table.schema.metadata[b"banyan.metrics"]) == {"accuracy": "is_right"}
    assert [type(view) for view in result.views()][1:] == [Table, Curve, Curve, Curve]


def test_samples_are_left_out_on_request(recipes, tiny_bert, tmp_path):
    data = write_dataset(tmp_path / "d", train=60, test=40)
    trained = recipes.run(tmp_path / "train", a_spec(max_steps=2), model=tiny_bert, dataset=data)
    spec = a_spec(JobKind.EVALUATE, keep_samples=False)

    outcome = recipes.run(tmp_path / "job", spec, model=trained.folder.output, dataset=data)

    assert evaluation(outcome).log_sha256
    assert not (outcome.folder.artifacts / SAMPLES_FILE).exists()


def test_the_roc_curve_has_the_area_that_is_scored():
    from sklearn.metrics import roc_auc_score

    outcome = some_predictions()

    expected = roc_auc_score(outcome.truth, outcome.logits[:, 1] - outcome.logits[:, 0])
    assert area(roc_points(outcome, 1)) == pytest.approx(expected, abs=0.01)
    assert (roc_points(outcome, 1)[0], roc_points(outcome, 1)[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert len(roc_points(outcome, 1)) <= 102


def test_precision_falls_to_the_share_of_the_class():
    outcome = some_predictions()

    recall, precision = np.array(precision_points(outcome, 1)).T
    assert (np.diff(recall) >= 0).all()
    assert (recall[-1], precision[-1]) == (1.0, pytest.approx(outcome.truth.mean(), abs=1e-5))


def test_a_sure_model_that_is_always_right_is_calibrated_and_one_that_guesses_is_not():
    truth = np.arange(200) % 2
    sure = Predictions(truth, 50.0 * np.eye(2)[truth])
    guessing = Predictions(truth, 50.0 * np.eye(2)[np.zeros(200, int)])

    assert calibration_score(sure).value == 0
    assert calibration_score(guessing).value == pytest.approx(0.5)


def test_many_classes_have_a_line_each_up_to_the_limit():
    curves = curves_of(some_predictions(classes=12, n=600), [f"class {place}" for place in range(12)])

    (roc,) = (curve for curve in curves if curve.title == ROC)
    assert len(roc.series) == 8
