"""Tiny models and generated sentences: small enough to train in seconds, hard enough to make mistakes."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apps.toolchain.contracts import JobKind, JobSpec, OutputRepo, PinnedRepo, clean_params, recipe_for
from workers.ml.sandbox import ROOT

CACHE = ROOT / ".cache"
GOOD = "lovely bright kind brave gentle merry golden tender honest splendid".split()
BAD = "dreadful murky cruel dull bitter gloomy rotten harsh shabby hollow".split()
PLAIN = (
    "the a this film book song story meal walk day was seemed felt looked with and of in on at people called "
    "it they found"
).split()
COMMITS = {"model": "a" * 40, "dataset": "b" * 40}

Row = tuple[str, str]


def sentences(count: int, *, seed: int = 1) -> list[Row]:
    """Return (text, label): "good" if kind words outnumber unkind ones, else "bad"; a tenth is wrong."""
    chance = random.Random(seed)
    rows = []
    for _ in range(count):
        label = chance.choice(("good", "bad"))
        strong, weak = (GOOD, BAD) if label == "good" else (BAD, GOOD)
        words = (
            chance.sample(strong, chance.randint(2, 3))
            + chance.sample(weak, chance.randint(0, 1))
            + chance.choices(PLAIN, k=6)
        )
        chance.shuffle(words)
        said = label if chance.random() > 0.1 else ("bad" if label == "good" else "good")
        rows.append((" ".join(words), said))
    return rows


def write_csv(file: Path, rows: Sequence[Row], head: Sequence[str] = ("text", "label")) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([head, *rows])
    return file


def write_jsonl(file: Path, rows: Sequence[Row]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows))
    return file


def write_dataset(folder: Path, *, train: int = 240, test: int = 120) -> Path:
    """Write a dataset of two CSV files named by their splits."""
    write_csv(folder / "train.csv", sentences(train))
    write_csv(folder / "test.csv", sentences(test, seed=2))
    return folder


def write_tiny_bert(folder: Path) -> Path:
    """Write an untrained BERT of two layers with a tokenizer of whole words, about 30,000 parameters."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, set_seed

    set_seed(7)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted({*GOOD, *BAD, *PLAIN})]
    tokenizer = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {
        "unk_token": "[UNK]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=32, **special).save_pretrained(
        folder
    )
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(words), max_position_embeddings=32, **sizes)).save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\nlanguage: en\n---\n# Tiny\n")
    return folder


def a_spec(kind: JobKind = JobKind.FINE_TUNE, **params: Any) -> JobSpec:
    """Return the spec of a text classification job with quick defaults."""
    quick: Mapping[str, Any] = (
        {"learning_rate": 5e-3, "epochs": 4, "batch_size": 16} if kind == JobKind.FINE_TUNE else {}
    )
    cleaned = clean_params(recipe_for(kind, "text-classification"), {**quick, **params})
    return JobSpec(
        id="00000000-0000-4000-8000-000000000001",
        kind=kind,
        recipe="text-classification",
        inputs={name: PinnedRepo(name, f"owner/tiny-{name}", commit) for name, commit in COMMITS.items()},
        output=OutputRepo("model", "owner/tiny-tuned") if kind == JobKind.FINE_TUNE else None,
        params=cleaned,
        seed=cleaned["seed"],
        submitted_by="owner",
        hub_url="http://127.0.0.1:8000",
    )


def write_tiny_llama(folder: Path, bert: Path) -> Path:
    """Write an untrained Llama with an unusual rotary base and no padding token, using the BERT's words."""
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    set_seed(7)
    words = AutoTokenizer.from_pretrained(bert)
    PreTrainedTokenizerFast(
        tokenizer_object=words._tokenizer, unk_token="[UNK]", eos_token="[SEP]"
    ).save_pretrained(folder)
    sizes = {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "intermediate_size": 64,
    }
    rope = {"rope_type": "default", "rope_theta": 100000.0}
    config = LlamaConfig(
        vocab_size=len(words),
        max_position_embeddings=64,
        rope_parameters=rope,
        eos_token_id=3,
        bos_token_id=2,
        **sizes,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def tiny_models() -> tuple[Path, Path]:
    """Return the folders of the tiny BERT and the tiny Llama, written once for all processes."""
    recipe = Path(__file__).read_bytes() + (ROOT / "constraints.txt").read_bytes()
    folder = CACHE / f"tiny-models-{hashlib.sha256(recipe).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            command = [sys.executable, "-m", "tests.workers.samples", str(folder)]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            (folder / "done").touch()
    return folder / "bert", folder / "llama"


if __name__ == "__main__":
    write_tiny_llama(Path(sys.argv[1]) / "llama", write_tiny_bert(Path(sys.argv[1]) / "bert"))
