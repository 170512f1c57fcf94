"""Facts derived from a card and file names: task, library, license, tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .relations import base_of_adapter, relation_to_bases
from .tasks import task_of, task_of_pipeline

TITLE_LIMIT, TEXT_LIMIT, WORD_LIMIT, TAG_LIMIT = 300, 600, 100, 200
TAGS_LIMIT = 500
DATASET_PREFIXES = (
    "task_categories",
    "task_ids",
    "language_creators",
    "annotations_creators",
    "multilinguality",
    "size_categories",
    "source_datasets",
)
LIBRARY_OF_FILE = {
    "modules.json": "sentence-transformers",
    "adapter_config.json": "peft",
    "model_index.json": "diffusers",
    "open_clip_config.json": "open_clip",
    "config.json": "transformers",
}
FORMAT_OF_ENDING = {
    ".safetensors": "safetensors",
    ".bin": "pytorch",
    ".pt": "pytorch",
    ".pth": "pytorch",
    ".h5": "tf",
    ".msgpack": "jax",
    ".onnx": "onnx",
    ".gguf": "gguf",
    ".mlmodel": "coreml",
    ".tflite": "tflite",
}
CARD_TAGS = ("co2_eq_emissions", "model-index")
EMPHASIS = re.compile(r"\*{1,3}|`+|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)")
NOT_PROSE = re.compile(r"^\s*(#|<|!\[|\[!\[|\||```|~~~|---|===|>|[-*+] |\d+\. |:::)")


@dataclass(slots=True)
class Facts:
    """Derived facts; texts are truncated to their columns, lists have no duplicates.

    relation  to the base models: finetune, adapter, quantized or merge
    """

    title: str = ""
    description: str = ""
    task: str = ""
    library: str = ""
    license: str = ""
    languages: list[str] = field(default_factory=list)
    base_models: list[str] = field(default_factory=list)
    datasets: list[str] = field(default_factory=list)
    relation: str = ""
    tags: list[str] = field(default_factory=list)


def derive_facts(
    kind: str, card: Mapping[str, Any], body: str, config: Mapping[str, Any], files: Iterable[str]
) -> Facts:
    """Derive the facts of one commit.

    kind    model, dataset, space or kernel
    card    metadata of README.md; values of unexpected types are ignored
    body    README.md without its metadata
    config  the stored part of config.json
    files   paths of all files
    """
    files = list(files)
    facts = Facts(
        title=(_words(card.get("pretty_name")) or _words(card.get("title")) or [_heading(body)])[0][
            :TITLE_LIMIT
        ],
        description=(_words(card.get("short_description")) or [_first_prose(body)])[0][:TEXT_LIMIT],
        task=_task(kind, card, config),
        library=_library(kind, card, config, files),
        license=next(iter(_words(card.get("license"))), "")[:WORD_LIMIT],
        languages=[one[:50] for one in _words(card.get("language"))],
        base_models=[one[:TAG_LIMIT] for one in _words(card.get("base_model") or base_of_adapter(config))],
        datasets=[one[:TAG_LIMIT] for one in _words(card.get("datasets"))],
    )
    if facts.base_models:
        facts.relation = relation_to_bases(card, config, files, facts.library)
    facts.tags = _tags(kind, card, config, files, facts)
    return facts


def _tags(
    kind: str, card: Mapping[str, Any], config: Mapping[str, Any], files: list[str], facts: Facts
) -> list[str]:
    """Return the tags in the hub's order.

    source  huggingface_hub `list_models(filter=…)`: `en` for models, `language:en` for datasets
    """
    if kind == "dataset":
        tags = [f"{prefix}:{one}" for prefix in DATASET_PREFIXES for one in _words(card.get(prefix))]
        tags += [f"language:{one}" for one in facts.languages]
    else:
        tags = [facts.library, *_formats(files), *_words(config.get("model_type"))]
        tags += [f"diffusers:{one}" for one in _words(_pipeline_class(config))] + [facts.task]
        # as the hosted hub tags models by what their cards hold
        tags += [name for name in CARD_TAGS if card.get(name)]
    tags += _words(card.get("tags"))
    if kind != "dataset":
        tags += facts.languages
        tags += [f"dataset:{one}" for one in facts.datasets]
        tags += _base_model_tags(facts)
    if kind == "space":
        tags += [f"model:{one}" for one in _words(card.get("models"))]
    tags += [f"license:{one}" for one in _words(card.get("license"))]
    tags += [f"arxiv:{one}" for one in _words(card.get("arxiv"))]
    return [one for one in dict.fromkeys(tag[:TAG_LIMIT] for tag in tags) if one][:TAGS_LIMIT]


def _base_model_tags(facts: Facts) -> list[str]:
    return [
        tag
        for one in facts.base_models
        for tag in (f"base_model:{one}", f"base_model:{facts.relation}:{one}")
    ]


def _formats(files: list[str]) -> list[str]:
    endings = {f".{path.rpartition('.')[2]}" for path in files if "/" not in path and "." in path}
    found = [name for ending, name in FORMAT_OF_ENDING.items() if ending in endings]
    if any("tfevents" in path for path in files):
        found.append("tensorboard")
    return list(dict.fromkeys(found))


def _task(kind: str, card: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    if kind == "dataset":
        return next(iter(_words(card.get("task_categories"))), "")[:WORD_LIMIT]
    named = _words(card.get("pipeline_tag"))
    guessed = [task_of(one) for one in _words(config.get("architectures"))]
    guessed += [task_of_pipeline(one) for one in _words(_pipeline_class(config))]
    return next(iter(named), next((task for task in guessed if task), ""))[:WORD_LIMIT]


def _pipeline_class(config: Mapping[str, Any]) -> Any:
    found = config.get("diffusers")
    return found.get("_class_name") if isinstance(found, dict) else None


def _library(kind: str, card: Mapping[str, Any], config: Mapping[str, Any], files: list[str]) -> str:
    named = _words(card.get("library_name"))
    if named or kind != "model":
        return next(iter(named), "")[:WORD_LIMIT]
    for name, library in LIBRARY_OF_FILE.items():
        if name in files and (
            name != "config.json" or config.get("model_type") or config.get("architectures")
        ):
            return library
    return ""


def _words(value: Any) -> list[str]:
    """Return a scalar or a list of scalars as unique texts, in order."""
    found = value if isinstance(value, list) else [value]
    words = [
        str(one).strip() for one in found if isinstance(one, str | int | float) and not isinstance(one, bool)
    ]
    return list(dict.fromkeys(word for word in words if word))


def _heading(body: str) -> str:
    for line in body[:20_000].splitlines():
        if line.startswith("# "):
            return line[2:].strip()
    return ""


def _first_prose(body: str) -> str:
    """Return the first paragraph of prose, skipping headings, images, tables, lists and code."""
    is_code = False
    for paragraph in body[:20_000].replace("\r\n", "\n").split("\n\n"):
        fences = paragraph.count("```")
        if not is_code and not fences and paragraph.strip() and not NOT_PROSE.match(paragraph):
            linkless = re.sub(r"\[([^\]\[]{0,200})\]\([^)\s]{0,500}\)", r"\1", " ".join(paragraph.split()))
            return EMPHASIS.sub("", linkless)
        is_code ^= fences % 2 == 1
    return ""
