"""The relation of a model to its base models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

ADDRESS = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}", re.ASCII)
RELATIONS = frozenset({"adapter", "merge", "quantized", "finetune"})
MERGERS = frozenset({"mergekit_config.yml", "mergekit_config.yaml"})
QUANTIZERS = frozenset({"gptq", "awq", "exl2", "exl3", "bitsandbytes", "hqq", "aqlm", "quanto", "gguf"})


def relation_to_bases(
    card: Mapping[str, Any], config: Mapping[str, Any], files: Iterable[str], library: str
) -> str:
    """Return the relation of a model to its base models, from the card or else from the files.

    config   the stored part of config.json and adapter_config.json
    files    names of the files at the root
    returns  adapter, merge, quantized or finetune
    """
    declared, files, tags = card.get("base_model_relation"), set(files), _words(card.get("tags"))
    if isinstance(declared, str) and declared in RELATIONS:
        return declared
    if "adapter_config.json" in files or config.get("peft_type") or library == "peft":
        return "adapter"
    if MERGERS & files or tags & {"merge", "mergekit"} or len(_words(card.get("base_model"))) > 1:
        return "merge"
    return "quantized" if _is_quantized(config, files, tags) else "finetune"


def _is_quantized(config: Mapping[str, Any], files: set[str], tags: set[str]) -> bool:
    endings = {name.rpartition(".")[2].lower() for name in files}
    only_gguf = "gguf" in endings and not endings & {"safetensors", "bin", "pt", "pth"}
    return only_gguf or bool(config.get("quantization_config")) or bool(tags & QUANTIZERS)


def _words(value: Any) -> set[str]:
    found = value if isinstance(value, list) else [value]
    return {str(one).strip().lower() for one in found if isinstance(one, str) and one.strip()}


def base_of_adapter(config: Mapping[str, Any]) -> str:
    """Return the base model of an adapter, or an empty text if it is a local folder and not an address."""
    named = config.get("base_model_name_or_path")
    return named if isinstance(named, str) and ADDRESS.fullmatch(named) else ""
