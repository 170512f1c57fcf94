"""How labels of a dataset are found among the classes of a model."""

import numpy as np
import pytest

from apps.toolchain.contracts.recipes.text_classification import LabelMatch
from workers.ml.faults import UserFault
from workers.ml.recipes.text_classification.columns import sample_rows
from workers.ml.recipes.text_classification.matching import match_labels

STARS = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]
GENERIC = ["LABEL_0", "LABEL_1"]


def matched(raw, labels, *, numbers=None, label_map=None, label_match="auto"):
    params = {"label_map": label_map or {}, "label_match": label_match}
    given = None if numbers is None else np.array(numbers)
    truth, way = match_labels(raw, given, labels, params)
    return truth.tolist(), way


@pytest.mark.parametrize(
    ("raw", "labels", "facts", "truth", "way"),
    [
        (["good", "bad"], ["bad", "good"], {}, [1, 0], LabelMatch.NAME),
        (["Good", "BAD"], ["bad", "good"], {}, [1, 0], LabelMatch.CASELESS_NAME),
        (["0", "1"], ["0", "1"], {"numbers": [0, 1]}, [0, 1], LabelMatch.NAME),
        (["0", "1"], GENERIC, {"numbers": [0, 1]}, [0, 1], LabelMatch.NUMBER),
        (["negative", "positive"], GENERIC, {"numbers": [0, 1]}, [0, 1], LabelMatch.NUMBER),
        (["0", "1"], ["no", "yes"], {"numbers": [0, 1], "label_match": "number"}, [0, 1], LabelMatch.NUMBER),
        (["0", "1"], ["no", "yes"], {"label_map": {"0": "yes", "1": "no"}}, [1, 0], LabelMatch.MAP),
        (["yes", "1"], ["no", "yes"], {"label_map": {"1": "no"}}, [1, 0], LabelMatch.MAP),
    ],
)
def test_the_way_is_named(raw, labels, facts, truth, way):
    assert matched(raw, labels, **facts) == (truth, way)


@pytest.mark.parametrize(
    ("raw", "labels", "facts"),
    [
        # stars from 1 would all be scored one class off
        (["1", "2", "3", "4"], STARS, {}),
        (["1", "2", "3", "4"], STARS, {"label_match": "number"}),
        # names are not numbers, whatever the dataset has
        (["0", "1"], ["no", "yes"], {"numbers": [0, 1]}),
        # text is no class number
        (["0", "1"], GENERIC, {}),
        (["0", "1", "2"], GENERIC, {"numbers": [0, 1, 2]}),
        (["0", "1", "2"], GENERIC, {"numbers": [0, 1, 2], "label_match": "number"}),
        (["0", "1"], ["no", "yes"], {"label_map": {"0": "no"}}),
        (["0", "1"], ["no", "yes"], {"label_map": {"0": "no", "1": "maybe"}}),
    ],
)
def test_what_is_not_certain_is_refused(raw, labels, facts):
    with pytest.raises(UserFault) as refusal:
        matched(raw, labels, **facts)

    assert refusal.value.code == "labels_unknown"


def test_a_sample_has_each_class_in_its_proportion_wherever_it_lies():
    labels = ["a"] * 600 + ["b"] * 300 + ["c"] * 100

    rows = sample_rows(labels, 100, 1)

    chosen = [labels[row] for row in rows]
    assert [chosen.count(name) for name in "abc"] == [60, 30, 10]
    assert rows.tolist() == sample_rows(labels, 100, 1).tolist() != sample_rows(labels, 100, 2).tolist()
    assert len(set(rows.tolist())) == 100
