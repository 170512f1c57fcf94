"""Fine-tuning on chats: it learns answers alone, resumes exactly and publishes a model that talks."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from apps.toolchain.contracts import clean_params, recipe_for, view_from_json
from apps.toolchain.contracts.recipes.chat_sft import FINE_TUNE
from workers.ml.allowlists import publishable
from workers.ml.training.checkpoints import MARKER

from .chats import COLORS, a_chat_spec, chat, preference, questions, write_chats, write_rows

pytestmark = pytest.mark.slow

TALK = """
import json, sys
from transformers import pipeline
chat = pipeline("text-generation", model=sys.argv[1], device="cpu")
answers = [chat([{"role": "user", "content": one}], max_new_tokens=40) for one in sys.argv[2:]]
print(json.dumps([one[0]["generated_text"][-1]["content"] for one in answers]))
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    return write_chats(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def tuned(recipes, tiny_chat, dataset, tmp_path_factory):
    """A full fine-tune with a test split."""
    spec = a_chat_spec(epochs=12, test_split="test", early_stopping_patience=0, evaluation_steps=54)
    return recipes.run(tmp_path_factory.mktemp("tuned"), spec, model=tiny_chat, dataset=dataset)


def scores_of(outcome, kind: str = "scores") -> dict:
    return {(one["name"], one["split"]): one for one in outcome.result[kind]}


def test_it_learns_and_is_better_than_its_base_beyond_chance(tuned):
    scores, base = scores_of(tuned), scores_of(tuned, "baselines")

    assert tuned.fault is None
    assert scores["perplexity", "test"]["value"] < base["perplexity", "test"]["value"] / 4
    assert scores["loss_gain", "test"]["low"] > 0
    assert scores["perplexity", "test"]["low"] <= scores["perplexity", "test"]["value"]
    assert scores["token_accuracy", "test"]["value"] > 0.9


def test_the_published_model_answers_in_plain_transformers_and_stops(tuned):
    held_out = [question for question, _answer in questions()[160:163]]
    command = [sys.executable, "-c", TALK, str(tuned.folder.output), *held_out]

    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")

    answers = json.loads(run.stdout.strip().splitlines()[-1])
    assert {answer.strip() for answer in answers} <= {f"It is {color}." for color in COLORS.values()}


def test_nothing_but_listed_files_is_published(tuned):
    paths = [path for path, _ in publishable(tuned.folder.output, FINE_TUNE.output_files)]

    assert paths == [
        "README.md",
        "chat_template.jinja",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "samples.jsonl",
        "tokenizer.json",
        "tokenizer_config.json",
        "training_log.jsonl",
    ]


def test_the_card_shows_scores_beside_the_base_and_answers_side_by_side(tuned):
    text = (tuned.folder.output / "README.md").read_text()
    card = yaml.safe_load(text.split("---")[1])

    assert card["base_model"] == "owner/tiny-model"
    assert card["base_model_relation"] == "finetune"
    assert card["pipeline_tag"] == "text-generation"
    assert card["license"] == "apache-2.0"
    assert "| question | expected | base model | this model |" in text
    assert "| test (test) | Perplexity |" in text


def test_the_model_answers_at_each_validation_and_before_the_first_step(tuned):
    lines = (tuned.folder.output / "samples.jsonl").read_text().splitlines()
    samples = [json.loads(line) for line in lines]

    assert [(one["step"], one["number"]) for one in samples] == [
        (step, number) for step in (0, 54, 108, 162, 216) for number in (1, 2)
    ]
    assert all(one["answer"].startswith("It is ") for one in samples[-2:])


def test_charts_begin_with_the_base_model(tuned):
    values = {data["step"]: data["values"] for data in tuned.said("metric") if data["step"] in (0, 54)}

    assert values[0]["validation_perplexity"] > 100 > values[54]["validation_perplexity"]


def test_a_killed_run_goes_on_with_the_same_losses_weights_and_samples(recipes, tiny_chat, dataset, tmp_path):
    spec = a_chat_spec(max_steps=20, evaluation_steps=10, method="lora", learning_rate=1e-2)
    whole = recipes.run(tmp_path / "job", spec, model=tiny_chat, dataset=dataset)
    files = {name: read(whole, name) for name in ("model.safetensors", "samples.jsonl", "training_log.jsonl")}
    (whole.folder.checkpoints / "checkpoint-20" / MARKER).unlink()

    again = recipes.run(tmp_path / "job", spec, model=tiny_chat, dataset=dataset)

    assert whole.fault is None
    assert again.fault is None
    assert min(step for step in again.losses) > 10
    assert {name: read(again, name) for name in files} == files
    assert again.result["scores"] == whole.result["scores"]


def read(outcome, name: str) -> bytes:
    return (outcome.folder.output / name).read_bytes()


def test_rows_that_are_packed_learn_the_same_in_fewer_steps(recipes, tiny_chat, dataset, tmp_path):
    outcome = recipes.run(
        tmp_path, a_chat_spec(packing=True, epochs=30, batch_size=4), model=tiny_chat, dataset=dataset
    )

    assert outcome.fault is None
    assert outcome.result["steps"] < 30 * 36 / 2
    assert scores_of(outcome)["perplexity", "validation"]["value"] < 10


def test_an_adapter_alone_lies_at_the_root_and_needs_its_base(recipes, tiny_chat, dataset, tmp_path):
    spec = a_chat_spec(method="lora", lora_output="adapter", epochs=1)

    outcome = recipes.run(tmp_path, spec, model=tiny_chat, dataset=dataset)

    paths = {path for path, _ in publishable(outcome.folder.output, FINE_TUNE.output_files)}
    card = yaml.safe_load((outcome.folder.output / "README.md").read_text().split("---")[1])
    assert {"adapter_config.json", "adapter_model.safetensors", "chat_template.jinja"} <= paths
    assert "model.safetensors" not in paths
    assert (card["base_model_relation"], card["library_name"]) == ("adapter", "peft")


def test_a_model_without_a_template_gets_a_plain_one_that_is_published(
    recipes, tiny_plain, dataset, tmp_path
):
    outcome = recipes.run(tmp_path, a_chat_spec(epochs=1), model=tiny_plain, dataset=dataset)

    assert outcome.fault is None
    assert "plain_template" in [note["code"] for note in outcome.result["notes"]]
    assert "Assistant:" in (outcome.folder.output / "chat_template.jinja").read_text()


def test_rows_that_are_no_chats_are_named_by_their_numbers(recipes, tiny_chat, tmp_path):
    rows = [{"messages": [{"role": "user", "content": "a"}]}, {"messages": [{"role": "cat", "content": "b"}]}]
    write_rows(tmp_path / "data" / "train.jsonl", rows)

    outcome = recipes.run(tmp_path / "job", a_chat_spec(), model=tiny_chat, dataset=tmp_path / "data")

    assert outcome.fault["code"] == "chats_invalid"
    assert "2 of 2 rows" in outcome.fault["message"]
    assert "Row 1:" in outcome.fault["message"]
    assert "Row 2: Message 1 has the role cat" in outcome.fault["message"]


def test_a_template_that_refuses_a_chat_is_the_users_fault(recipes, tiny_chat, tmp_path):
    broken = tmp_path / "model"
    broken.mkdir()
    for file in tiny_chat.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    (broken / "chat_template.jinja").write_text("{{ raise_exception('Roles must alternate.') }}")
    data = write_chats(tmp_path / "data", train=8, test=2)

    outcome = recipes.run(tmp_path / "job", a_chat_spec(), model=broken, dataset=data)

    assert outcome.fault["code"] == "chat_template_invalid"
    assert "Row 1" in outcome.fault["message"]
    assert "Roles must alternate." in outcome.fault["message"]


def test_repeated_rows_are_never_on_both_sides_of_a_split(recipes, tiny_chat, tmp_path):
    pairs = questions()[:20]
    write_rows(tmp_path / "data" / "train.jsonl", [chat(*pair) for pair in pairs * 5])

    outcome = recipes.run(tmp_path / "job", a_chat_spec(epochs=1), model=tiny_chat, dataset=tmp_path / "data")

    notes = {note["code"]: note["values"] for note in outcome.result["notes"]}
    assert notes["chats_repeated"]["count"] == 80
    assert "chats_leaked" not in notes
    assert scores_of(outcome)["perplexity", "validation"]["n"] == 2


def a_preview_spec(name: str = "chat-sft", **params):
    recipe = recipe_for("inspect", name)
    cleaned = clean_params(recipe, {"max_length": 32, **params})
    return replace(
        a_chat_spec(), kind="inspect", recipe=name, params=cleaned, seed=cleaned["seed"], output=None
    )


def test_a_preview_shows_rows_as_text_and_tokens_with_what_is_learned(recipes, tiny_chat, dataset, tmp_path):
    spec = a_preview_spec(preview_rows=2)

    outcome = recipes.run(tmp_path, spec, model=tiny_chat, dataset=dataset)

    shown, table = (view_from_json(one) for one in outcome.result["views"])
    _row, text, tokens, learned = shown.rows[0]
    scores = {(one["name"], one["split"]): one["value"] for one in outcome.result["scores"]}
    assert outcome.fault is None
    assert text.startswith("<|im_start|>user\n")
    assert tokens.startswith("<|im_start|>·user·")
    assert learned.endswith(".<|im_end|>")
    assert "<|im_start|>" not in learned
    assert sum(int(row[1]) for row in table.rows) == 144
    assert scores["tokens_a_row", "train"] > 15
    assert 0 < scores["learned_share", "train"] < 1


def test_a_preview_of_preferences_shows_both_answers(recipes, tiny_chat, tmp_path):
    data = write_chats(tmp_path / "data", train=20, test=4, row=preference)

    outcome = recipes.run(
        tmp_path / "job", a_preview_spec("preference", preview_rows=1), model=tiny_chat, dataset=data
    )

    shown = view_from_json(outcome.result["views"][0])
    assert outcome.fault is None
    assert [row[0] for row in shown.rows] == [shown.rows[0][0]] * 2
    assert shown.rows[1][3] == "I never saw that, sorry.<|im_end|>"
