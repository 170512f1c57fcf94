"""Language models that learn from texts: further, or from scratch with a tokenizer of their own."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from apps.toolchain.contracts import NoteCode, TrainingResult
from apps.toolchain.contracts.recipes.causal_lm import FINE_TUNE, PRETRAIN
from workers.ml.allowlists import publishable

from .language_models import a_language_spec, chat_models

pytestmark = pytest.mark.slow
ANIMALS = {"cow": "moo", "cat": "meow", "dog": "woof", "duck": "quack"}
COLORS = {"sky": "blue", "grass": "green", "snow": "white", "coal": "black"}
WRITE = """
import json, sys
from transformers import AutoModelForCausalLM, AutoTokenizer
model, tokenizer = (kind.from_pretrained(sys.argv[1]) for kind in (AutoModelForCausalLM, AutoTokenizer))
ids = tokenizer("the cow says", return_tensors="pt")
print(json.dumps(tokenizer.decode(model.generate(**ids, max_new_tokens=1, do_sample=False)[0])))
"""


def texts(count: int, *, seed: int) -> list[str]:
    """Return texts of a few facts each, in any order."""
    chance = random.Random(seed)
    facts = [f"the {who} says {what}" for who, what in ANIMALS.items()]
    facts += [f"the {what} is {color}" for what, color in COLORS.items()]
    return [" ".join(chance.sample(facts, 6)) for _ in range(count)]


def write_texts(folder: Path, **splits: list[str | None]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in splits.items():
        lines = (json.dumps({"text": text}) + "\n" for text in rows)
        (folder / f"{name}.jsonl").write_text("".join(lines))
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return write_texts(tmp_path_factory.mktemp("texts"), train=texts(160, seed=1), test=texts(40, seed=2))


@pytest.fixture(scope="module")
def base() -> Path:
    return chat_models()[0]


def tuning(**params):
    quick = {"epochs": 2, "max_length": 32, "learning_rate": 5e-3, "test_split": "test", "batch_size": 8}
    return a_language_spec("fine_tune", "causal-lm", **{**quick, **params})


def result(outcome) -> TrainingResult:
    assert outcome.fault is None
    return TrainingResult.from_json({**outcome.result, "attempt": 1, "duration_seconds": 1.0})


def values(outcome, kind: str = "scores") -> dict[tuple[str, str], float]:
    return {(one.name, one.split): one.value for one in getattr(result(outcome), kind)}


def published(outcome, recipe) -> set[str]:
    return {path for path, _file in publishable(outcome.folder.output, recipe.output_files)}


@pytest.fixture(scope="module")
def tuned(recipes, base, data, tmp_path_factory):
    return recipes.run(tmp_path_factory.mktemp("tuned"), tuning(), model=base, dataset=data)


def test_a_model_learns_its_texts_and_is_shown_to_be_better(tuned):
    scores, before = values(tuned), values(tuned, "baselines")

    assert scores["perplexity", "test"] < before["perplexity", "test"] / 4
    gain = next(one for one in result(tuned).scores if (one.name, one.split) == ("loss_gain", "test"))
    assert gain.low > 0
    assert scores["bits_per_byte", "test"] < before["bits_per_byte", "test"] / 2
    assert next(name for name, split in scores if split == "test") == "perplexity"


def test_perplexity_and_bits_are_those_of_plain_transformers(tuned, data):
    """Blocks of 32 tokens, each text followed by the end of text, as a script would cut them."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tuned.folder.output
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    rows = [json.loads(line)["text"] for line in (data / "test.jsonl").read_text().splitlines()]
    ids = [
        token
        for row in rows
        for token in [*tokenizer(row, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    ]
    nats = tokens = 0.0
    for start in range(0, len(ids), 32):
        block = torch.tensor([ids[start : start + 32]])
        if block.shape[-1] > 1:
            with torch.no_grad():
                loss = float(model(input_ids=block, labels=block).loss)
            nats, tokens = nats + loss * (block.shape[-1] - 1), tokens + block.shape[-1] - 1

    found = values(tuned)
    assert found["perplexity", "test"] == pytest.approx(math.exp(nats / tokens), rel=2e-2)
    size = sum(len(row.encode()) for row in rows)
    bits = nats / tokens * len(ids) / size / math.log(2)
    assert found["bits_per_byte", "test"] == pytest.approx(bits, rel=2e-2)


def test_its_card_and_files_are_those_of_a_model(tuned):
    card = (tuned.folder.output / "README.md").read_text()

    assert published(tuned, FINE_TUNE) >= {"config.json", "model.safetensors", "tokenizer.json", "README.md"}
    assert not [name for name in published(tuned, FINE_TUNE) if name.endswith((".bin", ".pt", ".pth"))]
    assert "base_model: owner/model" in card
    assert "| test (test) | Bits per byte |" in card


def test_a_run_that_is_stopped_resumes_to_the_same_weights(recipes, base, data, tmp_path):
    spec = tuning(epochs=1, evaluation_steps=5, early_stopping_patience=0)
    whole = recipes.run(tmp_path / "whole", spec, model=base, dataset=data)
    half = tmp_path / "half"
    recipes.run(half, spec, model=base, dataset=data)
    steps = sorted((half / "run" / "checkpoints").glob("checkpoint-*"), key=lambda one: int(one.name[11:]))
    for late in steps[1:]:
        for file in late.rglob("*"):
            if file.is_file():
                file.unlink()

    resumed = recipes.run(half, spec, model=base, dataset=data)

    assert any("Resuming from the checkpoint" in line["line"] for line in resumed.said("log"))
    first, second = (load_file(one.folder.output / "model.safetensors") for one in (whole, resumed))
    assert all((first[name] == second[name]).all() for name in first)


def test_lora_publishes_an_adapter_that_is_the_model_on_its_base(recipes, base, data, tmp_path):
    spec = tuning(method="lora", max_steps=8)

    outcome = recipes.run(tmp_path / "job", spec, model=base, dataset=data)

    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    output = outcome.folder.output
    merged = AutoModelForCausalLM.from_pretrained(output)
    adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), output / "adapter")
    ids = torch.arange(8, 20)[None]
    with torch.no_grad():
        assert torch.allclose(merged(ids).logits, adapted(ids).logits, atol=1e-4)


@pytest.fixture(scope="module")
def scratch(recipes, data, tmp_path_factory):
    sizes = {"hidden_size": 32, "layers": 2, "attention_heads": 2, "vocabulary_size": 320, "max_length": 64}
    spec = a_language_spec("pretrain", "causal-lm", epochs=12, test_split="test", **sizes)
    return recipes.run(tmp_path_factory.mktemp("scratch"), spec, dataset=data)


def test_a_model_from_scratch_learns_with_its_own_tokenizer(scratch):
    found, config = values(scratch), json.loads((scratch.folder.output / "config.json").read_text())

    assert found["perplexity", "test"] < config["vocab_size"] / 10
    assert result(scratch).baselines == ()
    assert result(scratch).resolved["learning_rate"] == 3e-3
    assert config["vocab_size"] <= 320
    assert published(scratch, PRETRAIN) >= {"config.json", "model.safetensors", "tokenizer.json"}
    card = (scratch.folder.output / "README.md").read_text()
    assert "base_model" not in card
    assert "from scratch" in card


def test_a_model_from_scratch_writes_in_plain_transformers(scratch):
    command = [sys.executable, "-c", WRITE, str(scratch.folder.output)]

    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")

    assert json.loads(run.stdout.strip().splitlines()[-1]).startswith("the cow says")


def test_empty_rows_are_left_out_and_repeated_ones_noted(recipes, base, tmp_path):
    rows = texts(40, seed=3)
    data = write_texts(tmp_path / "d", train=[*rows, "", None, " "], test=[rows[0], *texts(3, seed=4)])

    outcome = recipes.run(tmp_path / "job", tuning(max_steps=1), model=base, dataset=data)

    (note,) = (
        one for one in result(outcome).notes if one.code == NoteCode.LEAKED and one.values["split"] == "test"
    )
    assert note.values["count"] == 1


@pytest.mark.parametrize(
    ("rows", "params", "code"),
    [
        (["one text alone"], {}, "rows_too_few"),
        (["", " "], {}, "split_empty"),
        (["a b c"] * 9, {}, "rows_too_few"),
        (["a b", "c d", "e f"] * 9, {"text_column": "body"}, "column_missing"),
    ],
)
def test_texts_that_teach_nothing_are_refused(recipes, base, tmp_path, rows, params, code):
    data = write_texts(tmp_path / "d", train=rows)

    outcome = recipes.run(tmp_path / "job", tuning(test_split="", **params), model=base, dataset=data)

    assert outcome.fault["code"] == code
