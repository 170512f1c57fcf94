"""A tiny language model with a chat template, and chats that it can learn: questions about colors."""

from __future__ import annotations

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

from .samples import CACHE, COMMITS

COLORS = {
    "grass": "green",
    "snow": "white",
    "coal": "black",
    "blood": "red",
    "the sky": "blue",
    "the sun": "yellow",
    "rust": "brown",
    "a plum": "purple",
}
WORDS = ("What color is {}?", "Tell me the color of {}.", "Which color has {}?", "{}: what is its color?")
POLITE = (
    "",
    " Please.",
    " Thank you.",
    " I want to know.",
    " Be brief.",
    " Quickly.",
    " Do you know?",
    " Well?",
)
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|end|>", "<|im_start|>", "<|im_end|>"]


def questions() -> list[tuple[str, str]]:
    """Return all pairs of questions and answers in a fixed random order."""
    pairs = [
        (words.format(thing) + polite, f"It is {color}.")
        for thing, color in COLORS.items()
        for words in WORDS
        for polite in POLITE
    ]
    random.Random(3).shuffle(pairs)
    return pairs


def chat(question: str, answer: str) -> dict[str, Any]:
    """Return a row as OpenAI's files have it."""
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def preference(question: str, answer: str) -> dict[str, Any]:
    """Return a row with a worse answer: no color at all."""
    return {"prompt": question, "chosen": answer, "rejected": "I never saw that, sorry."}


def write_rows(file: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def write_chats(folder: Path, *, train: int = 160, test: int = 64, row: Any = chat) -> Path:
    """Write a dataset of chats, none of which is in both splits."""
    pairs = questions()
    write_rows(folder / "train.jsonl", [row(*pair) for pair in pairs[:train]])
    write_rows(folder / "test.jsonl", [row(*pair) for pair in pairs[train : train + test]])
    return folder


def a_chat_spec(name: str = "chat-sft", **params: Any) -> JobSpec:
    """Return the spec of a training with quick settings."""
    quick = {"learning_rate": 1e-2, "epochs": 4, "batch_size": 8, "max_length": 64, "samples": 2}
    quick |= {"sample_tokens": 12, "method": "full"}
    cleaned = clean_params(recipe_for(JobKind.FINE_TUNE, name), {**quick, **params})
    return JobSpec(
        id="00000000-0000-4000-8000-000000000002",
        kind=JobKind.FINE_TUNE,
        recipe=name,
        inputs={kind: PinnedRepo(kind, f"owner/tiny-{kind}", commit) for kind, commit in COMMITS.items()},
        output=OutputRepo("model", "owner/tiny-tuned"),
        params=cleaned,
        seed=cleaned["seed"],
        submitted_by="owner",
        hub_url="http://127.0.0.1:8000",
    )


def write_chat_model(folder: Path, *, template: str = CHATML) -> Path:
    """Write an untrained Llama of two layers with byte pairs of the questions, about 70,000 parameters."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    set_seed(7)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([f"user\nassistant\n{one} {other}" for one, other in questions()], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|end|>", additional_special_tokens=SPECIAL[1:]
    )
    if template:
        fast.chat_template = template
    fast.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=96,
        max_position_embeddings=128,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\nlanguage: en\n---\n# Tiny\n")
    return folder


def chat_models() -> tuple[Path, Path]:
    """Return the folders of a tiny model with a chat template and one without, written once for all."""
    recipe = Path(__file__).read_bytes() + (ROOT / "constraints.txt").read_bytes()
    folder = CACHE / f"chat-models-{hashlib.sha256(recipe).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            command = [sys.executable, "-m", "tests.workers.chats", str(folder)]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            (folder / "done").touch()
    return folder / "chat", folder / "plain"


if __name__ == "__main__":
    write_chat_model(Path(sys.argv[1]) / "chat")
    write_chat_model(Path(sys.argv[1]) / "plain", template="")
