"""Fine-tunes and evaluations of pairs of texts."""

import csv
import random
from pathlib import Path

import pytest

from apps.toolchain.contracts import ColumnFacts, DatasetFacts, JobKind, NoteCode, clean_params, recipe_for
from apps.toolchain.contracts.errors import ContractError

from .samples import BAD, GOOD, PLAIN, a_spec

pytestmark = pytest.mark.slow

PAIR = {"text_column": "premise", "text_pair_column": "hypothesis"}


def pairs(count: int, *, seed: int) -> list[tuple[str, str, str]]:
    """Return pairs whose label depends on the second text alone; the first one says this or that."""
    chance = random.Random(seed)

    def sentence(words: list[str]) -> str:
        return " ".join([*chance.sample(words, 3), *chance.choices(PLAIN, k=2)])

    rows = []
    for _ in range(count):
        label = chance.choice(("good", "bad"))
        rows.append((sentence(chance.choice((GOOD, BAD))), sentence(GOOD if label == "good" else BAD), label))
    return rows


def write_pairs(file: Path, rows: list[tuple[str, str, str]]) -> Path:
    """Write a CSV file and return its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("premise", "hypothesis", "label"), *rows])
    return file.parent


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    write_pairs(folder / "test.csv", pairs(100, seed=2))
    return write_pairs(folder / "train.csv", pairs(400, seed=1))


def accuracy(outcome) -> float:
    assert outcome.fault is None, outcome.fault
    return next(one["value"] for one in outcome.result["scores"] if one["name"] == "accuracy")


def test_a_model_of_pairs_learns_what_only_the_second_text_says(recipes, tiny_bert, dataset, tmp_path):
    spec = a_spec(**PAIR, epochs=8)

    tuned = recipes.run(tmp_path / "tuned", spec, model=tiny_bert, dataset=dataset)
    model = tuned.folder.output
    both = recipes.run(tmp_path / "both", a_spec(JobKind.EVALUATE, **PAIR), model=model, dataset=dataset)
    swapped = recipes.run(
        tmp_path / "swapped",
        a_spec(JobKind.EVALUATE, text_column="hypothesis", text_pair_column="premise"),
        model=model,
        dataset=dataset,
    )

    assert tuned.fault is None, tuned.fault
    assert accuracy(both) > 0.9
    assert accuracy(swapped) < 0.75
    assert (
        'classify({"text": "A premise.", "text_pair": "A hypothesis."})' in (model / "README.md").read_text()
    )


def test_only_whole_pairs_that_occur_twice_are_leaks(recipes, tiny_bert, tmp_path):
    rows = pairs(60, seed=3)
    same_premise = [(rows[number][0], *pairs(1, seed=100 + number)[0][1:]) for number in range(30)]
    write_pairs(tmp_path / "d" / "test.csv", [*rows[:5], *same_premise])
    data = write_pairs(tmp_path / "d" / "train.csv", rows)

    outcome = recipes.run(
        tmp_path / "job", a_spec(**PAIR, max_steps=2, test_split="test"), model=tiny_bert, dataset=data
    )

    assert outcome.fault is None, outcome.fault
    leaked = [one for one in outcome.result["notes"] if one["code"] == NoteCode.LEAKED]
    assert [one["values"]["count"] for one in leaked if one["values"]["split"] == "test"] == [5]


def test_an_empty_second_text_is_named(recipes, tiny_bert, tmp_path):
    data = write_pairs(tmp_path / "d" / "train.csv", [*pairs(30, seed=4), ("the film", " ", "good")])

    outcome = recipes.run(tmp_path / "job", a_spec(**PAIR, max_steps=2), model=tiny_bert, dataset=data)

    assert outcome.fault["code"] == "rows_empty"
    assert "hypothesis" in outcome.fault["message"]


def test_the_same_column_twice_is_refused():
    with pytest.raises(ContractError) as refusal:
        clean_params(recipe_for("evaluate", "text-classification"), {"text_pair_column": "text"})

    assert list(refusal.value.errors) == ["text_pair_column"]


def test_columns_of_pairs_are_suggested():
    columns = tuple(ColumnFacts(name, "text") for name in ("id", "hypothesis", "premise"))

    found = recipe_for("fine_tune", "text-classification").suggest(None, DatasetFacts(columns=columns))

    assert (found["text_column"], found["text_pair_column"]) == ("premise", "hypothesis")
