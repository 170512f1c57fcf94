"""Fine-tuning on local folders: it learns, resumes exactly and publishes what transformers can load."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from apps.toolchain.contracts import JobKind
from apps.toolchain.contracts.recipes.text_classification import FINE_TUNE
from workers.ml.allowlists import publishable
from workers.ml.training.checkpoints import MARKER, step_of

from .samples import a_spec, sentences, write_csv, write_dataset, write_jsonl

pytestmark = pytest.mark.slow

LOAD = """
import json, sys
from transformers import pipeline
classify = pipeline("text-classification", model=sys.argv[1], device="cpu")
print(json.dumps([classify("a lovely kind splendid film"), classify("a dreadful cruel murky film")]))
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data"), train=400)


@pytest.fixture(scope="module")
def tuned(recipes, tiny_bert, dataset, tmp_path_factory):
    """A full fine-tune with a test split."""
    spec = a_spec(epochs=6, test_split="test", early_stopping_patience=0, evaluation_steps=20)
    return recipes.run(tmp_path_factory.mktemp("tuned"), spec, model=tiny_bert, dataset=dataset)


def card_of(outcome) -> dict:
    return yaml.safe_load((outcome.folder.output / "README.md").read_text().split("---")[1])


def test_a_fine_tune_learns_and_its_loss_falls(tuned):
    losses = list(tuned.losses.values())

    assert tuned.fault is None
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])
    assert tuned.said("done")


def test_the_card_names_base_data_and_scores_far_above_chance(tuned):
    card = card_of(tuned)
    scores = {
        (r["dataset"]["split"], m["type"]): m["value"]
        for r in card["model-index"][0]["results"]
        for m in r["metrics"]
    }

    assert card["base_model"] == "owner/tiny-model"
    assert card["base_model_relation"] == "finetune"
    assert card["datasets"] == ["owner/tiny-dataset"]
    assert card["license"] == "apache-2.0"
    assert scores["test", "accuracy"] > 0.75


def test_the_card_pins_commits_and_draws_the_curve(tuned):
    text = (tuned.folder.output / "README.md").read_text()
    log = [json.loads(line) for line in (tuned.folder.output / "training_log.jsonl").read_text().splitlines()]

    assert "a" * 40 in text
    assert "b" * 40 in text
    assert "/jobs/00000000-0000-4000-8000-000000000001" in text
    assert [entry["step"] for entry in log if "eval_loss" in entry] == [20, 40, 60, 80, 100, 120, 138]


def test_nothing_but_listed_files_is_published_and_no_pickle(tuned):
    (tuned.folder.output / "training_args.bin").write_bytes(b"pickle")
    (tuned.folder.output / "config.json.link").symlink_to("/etc/passwd")

    assert [path for path, _ in publishable(tuned.folder.output, FINE_TUNE.output_files)] == [
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "training_log.jsonl",
    ]


def test_transformers_loads_the_output_plainly_and_it_classifies(tuned):
    command = [sys.executable, "-c", LOAD, str(tuned.folder.output)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")

    good, bad = json.loads(run.stdout.strip().splitlines()[-1])
    assert (good[0]["label"], bad[0]["label"]) == ("good", "bad")
    assert (
        json.loads((tuned.folder.output / "tokenizer_config.json").read_text())["tokenizer_class"]
        == "PreTrainedTokenizerFast"
    )


def test_lora_is_merged_and_its_adapter_is_beside_it(recipes, tiny_bert, dataset, tmp_path):
    spec = a_spec(method="lora", epochs=2, learning_rate=2e-2, lora_r=4)

    outcome = recipes.run(tmp_path, spec, model=tiny_bert, dataset=dataset)

    paths = [path for path, _ in publishable(outcome.folder.output, FINE_TUNE.output_files)]
    adapter = json.loads((outcome.folder.output / "adapter" / "adapter_config.json").read_text())
    assert outcome.fault is None
    assert {"adapter/adapter_config.json", "adapter/adapter_model.safetensors", "model.safetensors"} <= set(
        paths
    )
    assert adapter["base_model_name_or_path"] == "owner/tiny-model"
    assert "lora" in card_of(outcome)["tags"]


def test_a_decoder_without_padding_trains_and_keeps_its_rotary_base_for_older_readers(
    recipes, tiny_llama, dataset, tmp_path
):
    outcome = recipes.run(
        tmp_path, a_spec(method="lora", epochs=1, lora_r=4), model=tiny_llama, dataset=dataset
    )

    config = json.loads((outcome.folder.output / "config.json").read_text())
    assert outcome.fault is None
    assert config["architectures"] == ["LlamaForSequenceClassification"]
    assert config["rope_theta"] == 100000.0
    assert config["pad_token_id"] == 3


def test_a_broken_checkpoint_is_passed_over_and_the_resumed_losses_are_the_same(
    recipes, tiny_bert, dataset, tmp_path
):
    spec = a_spec(max_steps=30, evaluation_steps=10)
    whole = recipes.run(tmp_path / "job", spec, model=tiny_bert, dataset=dataset)
    (whole.folder.checkpoints / "checkpoint-30" / MARKER).unlink()
    (kept,) = (step_of(marker.parent) for marker in whole.folder.checkpoints.glob(f"*/{MARKER}"))

    again = recipes.run(tmp_path / "job", spec, model=tiny_bert, dataset=dataset)

    assert min(again.losses) == kept + 1
    assert again.losses == pytest.approx(
        {step: loss for step, loss in whole.losses.items() if step > kept}, rel=1e-6
    )
    assert again.said("done")


def test_early_stopping_ends_before_the_last_step(recipes, tiny_bert, dataset, tmp_path):
    spec = a_spec(epochs=20, learning_rate=1e-7, evaluation_steps=3, early_stopping_patience=2)

    outcome = recipes.run(tmp_path, spec, model=tiny_bert, dataset=dataset)

    assert max(outcome.losses) <= 12
    assert outcome.said("done")


def test_jsonl_by_the_cards_configs_and_a_named_validation_split(recipes, tiny_bert, tmp_path):
    data = tmp_path / "data"
    write_jsonl(data / "parts" / "one.jsonl", sentences(60))
    write_jsonl(data / "parts" / "two.jsonl", sentences(60, seed=5))
    write_jsonl(data / "held.jsonl", sentences(40, seed=6))
    files = [{"split": "learn", "path": "parts/*.jsonl"}, {"split": "check", "path": "held.jsonl"}]
    card = {"configs": [{"config_name": "main", "data_files": files}]}
    (data / "README.md").write_text(f"---\n{yaml.safe_dump(card)}---\n# Data\n")

    spec = a_spec(train_split="learn", validation_split="check", epochs=1)
    outcome = recipes.run(tmp_path / "job", spec, model=tiny_bert, dataset=data)

    assert outcome.fault is None
    assert any("Rows: 120 train, 40 validation" in line["line"] for line in outcome.said("log"))


def test_parquet_with_class_numbers_and_the_words_na_and_none_as_text(recipes, tiny_bert, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "parquet").mkdir()
    rows = sentences(60)
    table = pa.table(
        {"text": [text for text, _ in rows], "label": [int(label == "good") for _, label in rows]}
    )
    pq.write_table(table, tmp_path / "parquet" / "train.parquet")
    write_csv(tmp_path / "csv" / "train.csv", [*sentences(60), ("NA", "good"), ("None", "bad")])

    numbers = recipes.run(tmp_path / "one", a_spec(epochs=0.5), model=tiny_bert, dataset=tmp_path / "parquet")
    words = recipes.run(tmp_path / "two", a_spec(epochs=0.5), model=tiny_bert, dataset=tmp_path / "csv")

    assert (numbers.fault, words.fault) == (None, None)
    assert any("Classes: 0, 1." in line["line"] for line in numbers.said("log"))


def test_evaluation_measures_the_fine_tuned_model(recipes, tuned, dataset, tmp_path):
    outcome = recipes.run(
        tmp_path / "one", a_spec(JobKind.EVALUATE), model=tuned.folder.output, dataset=dataset
    )
    again = recipes.run(
        tmp_path / "two", a_spec(JobKind.EVALUATE), model=tuned.folder.output, dataset=dataset
    )

    scores = {score["name"]: score for score in outcome.result["scores"]}
    assert list(scores) == ["accuracy", "macro_f1", "roc_auc", "calibration_error"]
    assert scores["accuracy"]["value"] > outcome.result["baseline"]["accuracy"] + 0.15
    with_interval = [scores[name] for name in ("accuracy", "macro_f1", "roc_auc")]
    assert all(score["low"] <= score["value"] <= score["high"] for score in with_interval)
    assert sum(map(sum, outcome.result["confusion"])) == outcome.result["samples"] == 120
    assert again.result == outcome.result


def test_an_adapter_alone_is_published_at_the_root_and_loads_with_its_base(
    recipes, tiny_bert, dataset, tmp_path
):
    spec = a_spec(method="lora", max_steps=2, lora_r=4, lora_output="adapter")

    outcome = recipes.run(tmp_path, spec, model=tiny_bert, dataset=dataset)

    paths = {path for path, _ in publishable(outcome.folder.output, FINE_TUNE.output_files)}
    card = card_of(outcome)
    assert outcome.fault is None
    assert {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json"} <= paths
    assert not {path for path in paths if "model.safetensors" in path} - {"adapter_model.safetensors"}
    assert (card["library_name"], card["base_model_relation"]) == ("peft", "adapter")
