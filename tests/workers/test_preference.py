"""Preference tuning: it prefers better answers, resumes exactly and says what it was held to."""

import json
from pathlib import Path

import pytest
import yaml

from apps.toolchain.contracts.recipes.preference import FINE_TUNE
from workers.ml.allowlists import publishable
from workers.ml.training.checkpoints import MARKER

from .chats import a_chat_spec, preference, write_chats, write_rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    return write_chats(tmp_path_factory.mktemp("data"), row=preference)


def a_preference_spec(**params):
    return a_chat_spec("preference", **{"learning_rate": 5e-3, "batch_size": 8, **params})


def scores_of(outcome, kind: str = "scores") -> dict:
    return {(one["name"], one["split"]): one for one in outcome.result[kind]}


@pytest.mark.parametrize("method", ["full", "lora"])
def test_it_learns_to_prefer_the_better_answers(recipes, tiny_chat, dataset, tmp_path, method):
    spec = a_preference_spec(method=method, epochs=2, test_split="test")

    outcome = recipes.run(tmp_path, spec, model=tiny_chat, dataset=dataset)

    scores, base = scores_of(outcome), scores_of(outcome, "baselines")
    assert outcome.fault is None
    assert scores["preference_accuracy", "test"]["value"] > 0.95
    assert scores["preference_accuracy", "test"]["value"] > base["preference_accuracy", "test"]["value"]
    assert scores["reward_accuracy", "test"]["low"] > base["reward_accuracy", "test"]["value"] == 0.5
    assert scores["reward_margin", "test"]["low"] > 0


def test_charts_begin_where_model_and_base_are_equal(recipes, tiny_chat, dataset, tmp_path):
    spec = a_preference_spec(max_steps=8, evaluation_steps=4, method="lora")

    outcome = recipes.run(tmp_path, spec, model=tiny_chat, dataset=dataset)

    values = {data["step"]: data["values"] for data in outcome.said("metric") if data["step"] in (0, 8)}
    card = (outcome.folder.output / "README.md").read_text()
    assert values[0]["validation_loss"] == pytest.approx(0.6931, abs=1e-4)
    assert values[0]["validation_reward_margin"] == 0
    assert values[8]["validation_reward_accuracy"] > 0.5
    assert yaml.safe_load(card.split("---")[1])["base_model_relation"] == "finetune"
    assert "| beta | 0.1 |" in card
    assert {path for path, _ in publishable(outcome.folder.output, FINE_TUNE.output_files)} >= {
        "README.md",
        "adapter/adapter_model.safetensors",
        "chat_template.jinja",
        "model.safetensors",
        "samples.jsonl",
        "training_log.jsonl",
    }


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_killed_run_goes_on_with_the_same_weights_and_scores(recipes, tiny_chat, dataset, tmp_path, method):
    spec = a_preference_spec(max_steps=8, evaluation_steps=4, method=method)
    whole = recipes.run(tmp_path / "job", spec, model=tiny_chat, dataset=dataset)
    files = {name: read(whole, name) for name in ("model.safetensors", "samples.jsonl", "training_log.jsonl")}
    (whole.folder.checkpoints / "checkpoint-8" / MARKER).unlink()

    again = recipes.run(tmp_path / "job", spec, model=tiny_chat, dataset=dataset)

    assert again.fault is None
    assert min(step for step in again.losses) > 4
    assert {name: read(again, name) for name in files} == files
    assert again.result["scores"] == whole.result["scores"]


def read(outcome, name: str) -> bytes:
    return (outcome.folder.output / name).read_bytes()


def test_whole_chats_that_share_their_beginning_are_preferences(recipes, tiny_chat, tmp_path):
    rows = [
        {"chosen": [*said, {"role": "assistant", "content": good}], "rejected": [*said, bad]}
        for said, good, bad in (
            (
                [{"role": "user", "content": f"What color is thing {number}?"}],
                "It is green.",
                {"role": "assistant", "content": "No."},
            )
            for number in range(20)
        )
    ]
    write_rows(tmp_path / "data" / "train.jsonl", rows)

    outcome = recipes.run(
        tmp_path / "job", a_preference_spec(max_steps=2), model=tiny_chat, dataset=tmp_path / "data"
    )

    samples = (outcome.folder.output / "samples.jsonl").read_text().splitlines()
    assert outcome.fault is None
    assert json.loads(samples[0])["expected"] == "It is green."


def test_rows_with_one_answer_are_refused_by_number(recipes, tiny_chat, tmp_path):
    rows = [preference("a", "b"), {"prompt": "a", "chosen": "b", "rejected": " b "}]
    write_rows(tmp_path / "data" / "train.jsonl", rows)

    outcome = recipes.run(tmp_path / "job", a_preference_spec(), model=tiny_chat, dataset=tmp_path / "data")

    assert outcome.fault["code"] == "chats_invalid"
    assert "Row 2: The better and the worse answer are the same." in outcome.fault["message"]
