"""What a model is to the models and datasets that its card and its files name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

ADDRESS = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}", re.ASCII)
SAID = frozenset({"adapter", "merge", "quantized", "finetune"})
MERGERS = frozenset({"mergekit_config.yml", "mergekit_config.yaml"})
QUANTISERS = frozenset({"gptq", "awq", "exl2", "exl3", "bitsandbytes", "hqq", "aqlm", "quanto", "gguf"})


def relation_to_bases(
    card: Mapping[str, Any], config: Mapping[str, Any], files: Iterable[str], library: str
) -> str:
    """Return what a model is to its base models: what the card says, else what the files show.

    config   the kept part of config.json and adapter_config.json
    files    names of the files at the root
    returns  adapter, merge, quantized or finetune
    """
    said, files, tags = card.get("base_model_relation"), set(files), _words(card.get("tags"))
    if isinstance(said, str) and said in SAID:
        return said
    if "adapter_config.json" in files or config.get("peft_type") or library == "peft":
        return "adapter"
    if MERGERS & files or tags & {"merge", "mergekit"} or len(_words(card.get("base_model"))) > 1:
        return "merge"
    return "quantized" if _is_quantized(config, files, tags) else "finetune"


def _is_quantized(config: Mapping[str, Any], files: set[str], tags: set[str]) -> bool:
    endings = {name.rpartition(".")[2].lower() for name in files}
    only_gguf = "gguf" in endings and not endings & {"safetensors", "bin", "pt", "pth"}
    return only_gguf or bool(config.get("quantization_config")) or bool(tags & QUANTISERS)


def _words(value: Any) -> set[str]:
    found = value if isinstance(value, list) else [value]
    return {str(one).strip().lower() for one in found if isinstance(one, str) and one.strip()}


def base_of_adapter(config: Mapping[str, Any]) -> str:
    """Return the model that an adapter says it was trained for, if it is an address and not a folder of somebody's disk."""
    named = config.get("base_model_name_or_path")
    return named if isinstance(named, str) and ADDRESS.fullmatch(named) else ""
