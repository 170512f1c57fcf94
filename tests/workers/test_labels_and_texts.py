"""What texts, labels and types of weights become in a fine-tune and an evaluation of it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from apps.toolchain.contracts import JobKind, NoteCode, TrainingResult
from apps.toolchain.contracts.recipes.text_classification import ClassificationResult

from .families import family
from .samples import a_spec, sentences, write_csv, write_dataset, write_jsonl

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data"), train=60, test=40)


def numbered(count: int, *, seed: int = 1) -> list[tuple[str, int]]:
    return [(text, int(label == "good")) for text, label in sentences(count, seed=seed)]


def config_of(outcome) -> dict:
    return json.loads((outcome.folder.output / "config.json").read_text())


def training_result(outcome) -> TrainingResult:
    assert outcome.fault is None
    return TrainingResult.from_json({**outcome.result, "attempt": 1, "duration_seconds": 1.0})


def evaluation(outcome) -> ClassificationResult:
    assert outcome.fault is None
    hardware = {"device": "cpu", "name": "x", "cores": 1, "memory_bytes": 1}
    known = {"attempt": 1, "config_hash": "", "hardware": hardware, "duration_seconds": 1.0}
    return ClassificationResult.from_json({**outcome.result, **known})


def codes(result) -> set[NoteCode]:
    return {note.code for note in result.notes}


@pytest.mark.parametrize(
    "params", [{"labels": ["bad", "good"]}, {"label_map": {"0": "bad", "1": "good"}}], ids=["labels", "map"]
)
def test_class_numbers_get_names(recipes, tiny_bert, tmp_path, params):
    data = write_jsonl(tmp_path / "d" / "train.jsonl", numbered(60)).parent

    outcome = recipes.run(tmp_path / "job", a_spec(max_steps=2, **params), model=tiny_bert, dataset=data)

    assert config_of(outcome)["id2label"] == {"0": "bad", "1": "good"}


def test_labels_with_spaces_are_one_class_and_similar_ones_are_noted(recipes, tiny_bert, tmp_path):
    names = ["good", " good", "good ", "Good", "bad"]
    rows = [(text, names[number % 5]) for number, (text, _label) in enumerate(sentences(60))]
    data = write_csv(tmp_path / "d" / "train.csv", rows).parent

    outcome = recipes.run(tmp_path / "job", a_spec(max_steps=2), model=tiny_bert, dataset=data)

    (note,) = (one for one in training_result(outcome).notes if one.code == NoteCode.SIMILAR_LABELS)
    assert note.values == {"labels": "Good, good"}
    assert sorted(config_of(outcome)["label2id"]) == ["Good", "bad", "good"]


def test_a_class_with_one_row_is_noted_as_absent_from_validation(recipes, tiny_bert, tmp_path):
    data = write_csv(tmp_path / "d" / "train.csv", [*sentences(60), ("a plain walk", "rare")]).parent

    outcome = recipes.run(tmp_path / "job", a_spec(max_steps=2), model=tiny_bert, dataset=data)

    (note,) = (one for one in training_result(outcome).notes if one.code == NoteCode.UNSEEN_CLASS)
    assert note.values == {"label": "rare", "split": "validation"}


def test_a_fine_tune_has_scores_beside_a_baseline_and_says_if_it_learned_nothing(
    recipes, tiny_bert, dataset, tmp_path
):
    spec = a_spec(max_steps=2, learning_rate=1e-8, test_split="test")

    result = training_result(recipes.run(tmp_path / "job", spec, model=tiny_bert, dataset=dataset))

    scores = {(one.split, one.name): one for one in result.scores}
    assert {split for split, _name in scores} == {"validation", "test"}
    accuracy = scores["test", "accuracy"]
    assert accuracy.low < accuracy.value < accuracy.high
    assert (accuracy.n, accuracy.unit, scores["test", "held_out_loss"].higher_is_better) == (
        40,
        "fraction",
        False,
    )
    assert {one.split for one in result.baselines} == {"validation", "test"}
    assert codes(result) & {NoteCode.COLLAPSED, NoteCode.BELOW_BASELINE}
    assert (result.steps, result.resolved["max_length"]) == (2, 32)


def test_truncated_and_leaked_texts_are_counted(recipes, tiny_bert, dataset, tmp_path):
    spec = a_spec(max_steps=2, max_length=8, train_split="train", validation_split="train", test_split="test")

    outcome = recipes.run(tmp_path / "job", spec, model=tiny_bert, dataset=dataset)
    result = training_result(outcome)
    tuned = outcome.folder.output
    scored = evaluation(
        recipes.run(tmp_path / "score", a_spec(JobKind.EVALUATE), model=tuned, dataset=dataset)
    )

    leaked = next(one for one in result.notes if one.code == NoteCode.LEAKED)
    assert (leaked.values["count"], leaked.values["split"]) == (60, "validation")
    assert next(one for one in result.notes if one.code == NoteCode.TRUNCATED).values["total"] == 60
    assert next(one for one in scored.notes if one.code == NoteCode.TRUNCATED).values["tokens"] == 8
    # an evaluation takes the length that the model was trained with
    assert scored.resolved == {"max_length": 8}
    assert "truncated" in (tuned / "README.md").read_text()


def test_classes_without_names_are_matched_by_number_and_the_result_says_so(
    recipes, tiny_bert, dataset, tmp_path
):
    tuned = recipes.run(tmp_path / "job", a_spec(max_steps=4), model=tiny_bert, dataset=dataset).folder.output
    config = json.loads((tuned / "config.json").read_text())
    config |= {"id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "label2id": {"LABEL_0": 0, "LABEL_1": 1}}
    (tuned / "config.json").write_text(json.dumps(config))
    data = write_jsonl(tmp_path / "d" / "test.jsonl", numbered(40, seed=2)).parent
    named = a_spec(JobKind.EVALUATE, label_map={"bad": "LABEL_0", "good": "LABEL_1"})

    by_number = evaluation(recipes.run(tmp_path / "one", a_spec(JobKind.EVALUATE), model=tuned, dataset=data))
    by_map = evaluation(recipes.run(tmp_path / "two", named, model=tuned, dataset=dataset))

    assert (by_number.label_match, by_map.label_match) == ("number", "map")
    assert NoteCode.MATCHED_BY_NUMBER in codes(by_number)
    assert by_number.confusion == by_map.confusion
    assert by_number.dtype == "float32"


def test_a_sample_of_sorted_rows_has_all_classes(recipes, tiny_bert, dataset, tmp_path):
    tuned = recipes.run(tmp_path / "job", a_spec(max_steps=2), model=tiny_bert, dataset=dataset).folder.output
    rows = sorted(sentences(200, seed=2), key=lambda row: row[1])
    data = write_csv(tmp_path / "d" / "test.csv", rows).parent

    spec = a_spec(JobKind.EVALUATE, max_samples=50)
    result = evaluation(recipes.run(tmp_path / "score", spec, model=tuned, dataset=data))

    share = sum(label == "good" for _text, label in rows) / 200
    assert result.samples == 50
    assert sum(result.confusion[1]) == pytest.approx(50 * share, abs=1)
    assert NoteCode.SAMPLED in codes(result)


@pytest.mark.parametrize("kind", ["regression", "multi_label_classification"])
def test_a_base_for_another_problem_is_trained_for_this_one(recipes, tiny_bert, dataset, tmp_path, kind):
    model = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "problem_type": kind}))

    outcome = recipes.run(tmp_path / "job", a_spec(max_steps=2), model=model, dataset=dataset)

    assert outcome.fault is None
    assert config_of(outcome)["problem_type"] == "single_label_classification"


@pytest.mark.parametrize("method", ["full", "lora"])
def test_weights_keep_the_type_of_the_base(recipes, dataset, tmp_path, method):
    base = family("bert-bfloat16")

    outcome = recipes.run(tmp_path / "job", a_spec(max_steps=2, method=method), model=base, dataset=dataset)

    made = outcome.folder.output / "model.safetensors"
    assert outcome.fault is None
    assert config_of(outcome)["dtype"] == "bfloat16"
    assert made.stat().st_size < 1.3 * (base / "model.safetensors").stat().st_size


def test_only_the_splits_of_the_job_need_to_be_readable_and_alike(recipes, tiny_bert, tmp_path):
    data = write_dataset(tmp_path / "d", train=40, test=20)
    (data / "test.csv").write_text(
        "text,label,source\n" + "a lovely film,good,here\na dull day,bad,there\n" * 20
    )
    (data / "validation.csv").write_text('text,label\n"never closed')

    outcome = recipes.run(
        tmp_path / "job", a_spec(max_steps=2, test_split="test"), model=tiny_bert, dataset=data
    )

    assert outcome.fault is None


def test_semicolons_and_fields_of_columns_are_read(recipes, tiny_bert, tmp_path):
    rows = sentences(40)
    lines = "".join(f"{text};{label}\n" for text, label in rows)
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "train.csv").write_text("text;label\n" + lines)
    (tmp_path / "nested").mkdir()
    (tmp_path / "nested" / "train.jsonl").write_text(
        "".join(json.dumps({"review": {"text": text, "mood": label}}) + "\n" for text, label in rows)
    )
    nested = a_spec(max_steps=2, text_column="review.text", label_column="review.mood")

    one = recipes.run(tmp_path / "one", a_spec(max_steps=2), model=tiny_bert, dataset=tmp_path / "csv")
    two = recipes.run(tmp_path / "two", nested, model=tiny_bert, dataset=tmp_path / "nested")

    assert (one.fault, two.fault) == (None, None)
    weights = [load_file(outcome.folder.output / "model.safetensors") for outcome in (one, two)]
    assert all((weights[0][name] == weights[1][name]).all() for name in weights[0])


def test_at_its_cap_a_training_keeps_the_best_of_what_it_has(recipes, tiny_bert, dataset, tmp_path):
    endless = a_spec(batch_size=1, epochs=1000, evaluation_steps=50, early_stopping_patience=0)
    spec = replace(endless, max_seconds=60)

    outcome = recipes.run(tmp_path / "job", spec, model=tiny_bert, dataset=dataset, seconds_left=15)

    result = training_result(outcome)
    (note,) = (one for one in result.notes if one.code == NoteCode.STOPPED_AT_CAP)
    assert 0 < result.best_step <= result.steps == note.values["step"] < note.values["total"]
    assert (outcome.folder.output / "model.safetensors").exists()
