"""Loading a model and its tokenizer from checked files: safetensors only, never code."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from ...faults import YourFault
from ..tables import listed, reason

TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
FAMILIES_WITH_OFFSET = ("roberta", "camembert", "xlm-roberta", "xlm-roberta-xl", "longformer", "mpnet", "esm")
# Where the files once lay on somebody's disk, and what is text rather than a file.
TRACES = ("name_or_path", "_name_or_path", "tokenizer_file", "special_tokens_map_file", "added_tokens_file")
TEXT_SETTINGS = ("_token", "_tokens", "chat_template", "template", "content")
NO_LENGTH_LIMIT = 1_000_000


def load_config(folder: Path) -> PretrainedConfig:
    """Read the configuration.

    raises  YourFault if it is absent, unknown, or names code of its own
    """
    for name in ("config.json", "tokenizer_config.json"):
        refuse_code(folder / name)
    if not (folder / "config.json").is_file():
        raise YourFault("model_no_config", "The model has no config.json.")
    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (ValueError, KeyError, TypeError, OSError, AttributeError) as error:
        raise YourFault(
            "model_unsupported",
            f"The model's configuration is not one that this worker knows: {reason(error)}",
        ) from error


def read_object(file: Path) -> Mapping[str, Any]:
    """Return a JSON object, an empty one if the file is absent or holds something else.

    raises  YourFault if it is not JSON
    """
    try:
        facts = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        raise YourFault("model_broken", f"{file.name} is not JSON.") from None
    return facts if isinstance(facts, dict) else {}


def refuse_code(file: Path) -> None:
    """Refuse a configuration that asks for code from the repository."""
    if "auto_map" in read_object(file):
        raise YourFault(
            "model_custom_code",
            f"{file.name} has an auto_map: the model brings its own code, which jobs never run.",
        )


def refuse_paths(file: Path, *, but_for: Collection[str] = ()) -> None:
    """Refuse settings that lead out of the repository: a tokenizer opens whatever file one of its arguments names.

    but_for  settings that the tokenizer does not open
    raises   YourFault
    """
    for name, value in strings_of(read_object(file)):
        is_path = value.startswith(("/", "~")) or ".." in PurePosixPath(value).parts
        if is_path and name not in but_for and not name.endswith(TEXT_SETTINGS):
            sentence = f"{file.name} sets {name} to {value[:100]!r}. Jobs read files of the model's own repository alone."
            raise YourFault("model_broken", sentence)


def strings_of(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the settings that are text, with those of nested arguments and of lists of arguments."""
    for name, value in settings.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str):
                yield name, each
            elif isinstance(each, dict) and name != "added_tokens_decoder":
                yield from strings_of(each)


def need_own_shards(folder: Path) -> None:
    """Refuse an index of weights that leads out of the repository.

    raises  YourFault
    """
    shards = read_object(folder / "model.safetensors.index.json").get("weight_map")
    names = {str(name) for name in shards.values()} if isinstance(shards, dict) else set()
    foreign = sorted(name for name in names if PurePosixPath(name).name != name)
    if foreign:
        sentence = f"model.safetensors.index.json names {listed(foreign)}. Jobs read files of the model's own repository alone."
        raise YourFault("model_broken", sentence)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Read the tokenizer; one without padding pads with its end of text.

    raises  YourFault if it is absent or broken, or names files outside the repository
    """
    refuse_paths(folder / "tokenizer_config.json", but_for=TRACES)
    refuse_paths(folder / "special_tokens_map.json")
    if not any(True for pattern in TOKENIZER_FILES for _ in folder.glob(pattern)):
        raise YourFault(
            "model_no_tokenizer",
            "The model has no tokenizer: add tokenizer.json or its vocabulary and commit it.",
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        tokenizer("A first try.")
    except Exception as error:
        raise YourFault(
            "model_no_tokenizer", f"The model's tokenizer could not be loaded: {reason(error)}"
        ) from error
    if tokenizer.pad_token_id is None:
        if tokenizer.eos_token is None:
            raise YourFault(
                "model_no_tokenizer", "The tokenizer has neither a padding nor an end-of-text token."
            )
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_classifier(
    folder: Path, tokenizer: PreTrainedTokenizerBase, labels: Sequence[str] | None
) -> PreTrainedModel:
    """Load the weights in float32.

    labels  names of the classes of a new head; None keeps the head that is there
    raises  YourFault if the weights are absent, broken, or belong to another model
    """
    if not list(folder.glob("*.safetensors")):
        raise YourFault("model_no_weights", "The model has no model.safetensors.")
    need_own_shards(folder)
    head: dict[str, Any] = {}
    if labels is not None:
        names = dict(enumerate(labels))
        head = {
            "id2label": names,
            "label2id": {name: number for number, name in names.items()},
            "num_labels": len(labels),
        }
    try:
        model, report = AutoModelForSequenceClassification.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype=torch.float32,
            ignore_mismatched_sizes=labels is not None,
            output_loading_info=True,
            **head,
        )
    except (SafetensorError, RuntimeError, OSError) as error:
        raise YourFault(
            "model_broken", f"The model's weights could not be loaded: {reason(error)}"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, ImportError, NotImplementedError) as error:
        raise YourFault("model_unsupported", f"The model cannot classify text: {reason(error)}") from error
    need_weights(model, report, keeps_head=labels is None)
    need_fit(model, tokenizer)
    return model


def need_weights(model: PreTrainedModel, report: Mapping[str, Any], *, keeps_head: bool) -> None:
    """Refuse weights that leave the model mostly untrained; a fine-tune may lack the head, an evaluation nothing."""
    missing = sorted(report.get("missing_keys", ()))
    missing_body = [
        key for key in missing if key.startswith(model.base_model_prefix + ".") and ".pooler." not in key
    ]
    if keeps_head and missing:
        raise YourFault(
            "model_unsupported", f"The model has no trained classification head: {listed(missing)}."
        )
    if missing_body:
        raise YourFault(
            "model_broken",
            f"The weights do not belong to the model's configuration; {listed(missing_body)} are missing.",
        )


def need_fit(model: Any, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse a tokenizer with ids beyond the embedding; give the model its padding id."""
    size = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > size:
        raise YourFault(
            "model_tokenizer_mismatch",
            f"The tokenizer has {len(tokenizer)} tokens, but the model's embedding only {size}.",
        )
    if model.config.pad_token_id is None:
        model.config.pad_token_id = tokenizer.pad_token_id


def longest_text(config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase, wanted: int) -> int:
    """Return the longest text in tokens that tokenizer and model both take."""
    limits = [wanted]
    if tokenizer.model_max_length < NO_LENGTH_LIMIT:
        limits.append(tokenizer.model_max_length)
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        offset = (config.pad_token_id or 0) + 1 if config.model_type in FAMILIES_WITH_OFFSET else 0
        limits.append(positions - offset)
    return min(limits)
