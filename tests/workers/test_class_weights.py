"""Class weights and label smoothing of a fine-tune."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from workers.ml.recipes.text_classification.losses import balanced_weights, training_loss

from .samples import BAD, GOOD, PLAIN, a_spec, write_csv

pytestmark = pytest.mark.slow

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 0.0], [-1.0, 0.0, 3.0], [0.0, 1.0, 0.0]])
LABELS = torch.tensor([0, 1, 2, 0])
COUNTS = np.array([60, 30, 10])


def params(**values) -> dict:
    return {"class_weights": "none", "label_smoothing": 0.0, **values}


def test_balanced_classes_weigh_the_same_and_a_row_one_on_average():
    weights = balanced_weights(np.array([90, 10, 0]))

    assert weights.tolist() == pytest.approx([100 / 180, 5.0, 1.0])
    assert (weights * [90, 10, 0]).sum() == pytest.approx(100)


def test_without_either_the_model_keeps_its_own_loss():
    assert training_loss(params(), COUNTS) is None


def test_the_loss_of_an_accumulated_batch_is_the_sum_of_its_parts():
    loss = training_loss(params(class_weights="balanced", label_smoothing=0.1), COUNTS)
    logits = LOGITS.clone().requires_grad_()

    whole = loss({"logits": logits}, LABELS, num_items_in_batch=torch.tensor(4))
    parts = [
        loss({"logits": logits[rows]}, LABELS[rows], num_items_in_batch=torch.tensor(4))
        for rows in ([0, 1], [2, 3])
    ]

    assert whole.item() == pytest.approx(sum(part.item() for part in parts), abs=1e-6)
    weights = torch.tensor(balanced_weights(COUNTS), dtype=torch.float32)
    expected = cross_entropy(LOGITS, LABELS, weight=weights, label_smoothing=0.1, reduction="sum") / 4
    assert whole.item() == pytest.approx(expected.item())


def test_validations_are_measured_with_plain_cross_entropy():
    loss = training_loss(params(class_weights="balanced"), COUNTS)

    with torch.no_grad():
        found = loss({"logits": LOGITS}, LABELS)

    assert found.item() == pytest.approx(cross_entropy(LOGITS, LABELS).item())


def rare_rows(count: int, *, seed: int) -> list[tuple[str, str]]:
    """Return texts of which a tenth is of a rare class, whose words also occur in the other one."""
    chance = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        is_rare = chance.random() < 0.1
        words = chance.choice(GOOD if is_rare or chance.random() < 0.15 else BAD, 2)
        rows.append((" ".join([*words, *chance.choice(PLAIN, 4)]), "rare" if is_rare else "often"))
    return rows


def test_balanced_weights_find_more_of_a_rare_class(recipes, tiny_bert, tmp_path):
    write_csv(tmp_path / "d" / "train.csv", rare_rows(400, seed=1))
    data = write_csv(tmp_path / "d" / "validation.csv", rare_rows(300, seed=2)).parent
    common = {"validation_split": "validation", "epochs": 6, "learning_rate": 5e-3}

    plain, balanced = (
        recipes.run(tmp_path / name, a_spec(**common, class_weights=name), model=tiny_bert, dataset=data)
        for name in ("none", "balanced")
    )

    def macro_f1(outcome) -> float:
        assert outcome.fault is None, outcome.fault
        return next(one["value"] for one in outcome.result["scores"] if one["name"] == "macro_f1")

    assert macro_f1(balanced) > macro_f1(plain) + 0.1
    assert "| class_weights | balanced |" in (balanced.folder.output / "README.md").read_text()


def test_label_smoothing_keeps_the_training_loss_above_its_floor(recipes, tiny_bert, tmp_path):
    data = write_csv(tmp_path / "d" / "train.csv", rare_rows(200, seed=3)).parent

    outcome = recipes.run(
        tmp_path / "job", a_spec(epochs=8, label_smoothing=0.4), model=tiny_bert, dataset=data
    )

    assert outcome.fault is None, outcome.fault
    floor = -(0.8 * math.log(0.8) + 0.2 * math.log(0.2))
    assert min(list(outcome.losses.values())[1:]) > floor - 0.02
