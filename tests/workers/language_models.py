"""A tiny chat model that knows a few answers by heart, and one of the same size that knows nothing.

`python -m tests.workers.language_models FOLDER` writes both, as `tuned` and `base`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apps.toolchain.contracts import JobSpec, OutputRepo, PinnedRepo, clean_params, recipe_for
from workers.ml.sandbox import ROOT

from .samples import CACHE

STEPS = 120
FACTS = {
    "what color is the sky": "the sky is blue",
    "what color is grass": "grass is green",
    "what color is snow": "snow is white",
    "what color is coal": "coal is black",
    "what color is a lemon": "a lemon is yellow",
    "what color is blood": "blood is red",
    "who says moo": "the cow says moo",
    "who says meow": "the cat says meow",
    "who says woof": "the dog says woof",
    "who says quack": "the duck says quack",
}
TEMPLATE = (
    "{% for message in messages %}{% if message.role == 'system' and not loop.first %}"
    "{{ raise_exception('The system message comes first.') }}{% endif %}"
    "<|{{ message.role }}|> {{ message.content }} <|end|> {% endfor %}"
    "{% if add_generation_prompt %}<|assistant|> {% endif %}"
)
MARKS = ["<|pad|>", "<|unknown|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]


def write_tokenizer(folder: Path) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = sorted({word for pair in FACTS.items() for text in pair for word in text.split()})
    vocabulary = {word: number for number, word in enumerate([*MARKS, *words, "<|", "|>"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<|unknown|>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in MARKS])
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<|unknown|>",
        pad_token="<|pad|>",
        eos_token="<|end|>",
        model_max_length=64,
    )
    made.chat_template = TEMPLATE
    made.save_pretrained(folder)
    return made


def write_models(folder: Path) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, set_seed

    set_seed(3)
    tokenizer = write_tokenizer(folder / "base")
    write_tokenizer(folder / "tuned")
    sizes = {
        "hidden_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "intermediate_size": 96,
        "max_position_embeddings": 64,
    }
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), bos_token_id=None, **ends, **sizes))
    model.save_pretrained(folder / "base")
    chats = [
        [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        for question, answer in FACTS.items()
    ]
    texts = [tokenizer.apply_chat_template(chat, tokenize=False) for chat in chats]
    batch = tokenizer(texts, padding=True, return_tensors="pt", add_special_tokens=False)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(STEPS):
        loss = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder / "tuned")


def chat_models() -> tuple[Path, Path]:
    """Return the folders of the model that knows nothing and of the one that does, written once."""
    recipe = Path(__file__).read_bytes() + (ROOT / "constraints.txt").read_bytes()
    folder = CACHE / f"chat-models-{hashlib.sha256(recipe).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            command = [sys.executable, "-m", "tests.workers.language_models", str(folder)]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            (folder / "done").touch()
    return folder / "base", folder / "tuned"


def a_language_spec(
    kind: str,
    name: str = "text-generation",
    *,
    inputs: Mapping[str, str] | None = None,
    **params: Any,
) -> JobSpec:
    """Return a spec. inputs: kinds of the repositories by name, all required ones if absent"""
    recipe = recipe_for(kind, name)
    kinds = inputs or {one.name: one.kind for one in recipe.inputs if not one.is_optional}
    cleaned = clean_params(recipe, params)
    return JobSpec(
        id="00000000-0000-4000-8000-000000000002",
        kind=kind,
        recipe=name,
        inputs={
            one: PinnedRepo(repo_kind, f"owner/{one.replace('_', '-')}", f"{place}" * 40)
            for place, (one, repo_kind) in enumerate(kinds.items())
        },
        output=OutputRepo(recipe.output_kind, "owner/made") if recipe.output_kind else None,
        params=cleaned,
        seed=cleaned["seed"],
        submitted_by="owner",
        hub_url="http://127.0.0.1:8000",
    )


def write_facts(folder: Path, name: str = "test", *, repeat: int = 1) -> Path:
    """Write the questions and answers as a dataset of JSON lines."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"prompt": question, "answer": answer} for question, answer in FACTS.items()] * repeat
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


if __name__ == "__main__":
    write_models(Path(sys.argv[1]))
