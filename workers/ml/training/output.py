"""Writes a trained model so that transformers 4 and 5 can both load it, and the log of its training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import PreTrainedTokenizerBase

from apps.toolchain.contracts import PinnedRepo


def write_model(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    folder: Path,
    base: PinnedRepo,
    *,
    dtype: torch.dtype,
    parts: str = "both",
) -> None:
    """Write the model and its tokenizer.

    dtype  that of the base, in which the weights are saved
    parts  of a LoRA: "both" is the merged weights, and the adapter in `adapter/`; "merged"; or "adapter",
           which then lies at the root
    """
    tokenizer.save_pretrained(folder)
    rewrite(folder / "tokenizer_config.json", compatible_tokenizer)
    if isinstance(model, PeftModel):
        if parts != "merged":
            write_adapter(model, folder if parts == "adapter" else folder / "adapter", base)
        if parts == "adapter":
            return
        model = model.merge_and_unload()
    model.to(dtype).save_pretrained(folder)
    rewrite(folder / "config.json", compatible_config)


def write_adapter(model: PeftModel, folder: Path, base: PinnedRepo) -> None:
    model.save_pretrained(str(folder), safe_serialization=True)
    rewrite(folder / "adapter_config.json", lambda facts: name_base(facts, base))


def write_log(file: Path, history: list[dict[str, Any]]) -> None:
    """Write the metrics of each logged step as JSON lines, without timings."""
    timings = (
        "eval_runtime",
        "eval_samples_per_second",
        "eval_steps_per_second",
        "eval_model_preparation_time",
    )
    lines = ({name: entry[name] for name in sorted(entry) if name not in timings} for entry in history)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))


def rewrite(file: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    facts = change(json.loads(file.read_text()))
    file.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")


def name_base(facts: dict[str, Any], base: PinnedRepo) -> dict[str, Any]:
    """Name the base model by its address instead of the job's folder."""
    return {**facts, "base_model_name_or_path": base.address, "revision": base.commit}


def compatible_config(facts: dict[str, Any]) -> dict[str, Any]:
    """Repeat the rotary settings where transformers 4 reads them; it would silently use a base of 10000."""
    facts = {name: value for name, value in facts.items() if name != "_name_or_path"}
    rope = facts.get("rope_parameters")
    if isinstance(rope, dict) and "rope_theta" in rope:
        facts.setdefault("rope_theta", rope["rope_theta"])
        if rope.get("rope_type", "default") != "default":
            facts.setdefault(
                "rope_scaling", {name: value for name, value in rope.items() if name != "rope_theta"}
            )
    return facts


def compatible_tokenizer(facts: dict[str, Any]) -> dict[str, Any]:
    """Name what transformers 4 also has: the class of a tokenizer, and its list of further special tokens."""
    if isinstance(facts.get("extra_special_tokens"), list):
        facts["additional_special_tokens"] = facts.pop("extra_special_tokens")
    if facts.get("tokenizer_class") in ("TokenizersBackend", None):
        facts["tokenizer_class"] = "PreTrainedTokenizerFast"
    return {
        name: value
        for name, value in facts.items()
        if name not in ("name_or_path", "is_local", "local_files_only")
    }
