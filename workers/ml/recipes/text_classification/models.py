"""Loads a model and its tokenizer from validated files: safetensors only, and never code."""

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

from ...describe import join_names, reason
from ...faults import UserFault

TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
FAMILIES_WITH_OFFSET = ("roberta", "camembert", "xlm-roberta", "xlm-roberta-xl", "longformer", "mpnet", "esm")
# settings that record where files once were, and settings that hold text rather than a path
IGNORED_PATHS = (
    "name_or_path",
    "_name_or_path",
    "tokenizer_file",
    "special_tokens_map_file",
    "added_tokens_file",
)
TEXT_SETTINGS = ("_token", "_tokens", "chat_template", "template", "content")
NO_LENGTH_LIMIT = 1_000_000
OWN_FILES_ONLY = "Jobs only read files of the model's own repository."


def load_config(folder: Path) -> PretrainedConfig:
    """Read the configuration.

    raises  UserFault if it is missing, unsupported or refers to custom code
    """
    for name in ("config.json", "tokenizer_config.json"):
        reject_custom_code(folder / name)
    if not (folder / "config.json").is_file():
        raise UserFault("model_no_config", "The model has no config.json.")
    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (ValueError, KeyError, TypeError, OSError, AttributeError) as error:
        message = f"This worker does not support the model's configuration: {reason(error)}"
        raise UserFault("model_unsupported", message) from error
    return config


def read_object(file: Path) -> Mapping[str, Any]:
    """Return a JSON object; empty if the file is missing or holds another value.

    raises  UserFault if it is not valid JSON
    """
    try:
        facts = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        raise UserFault("model_broken", f"{file.name} is not valid JSON.") from None
    return facts if isinstance(facts, dict) else {}


def reject_custom_code(file: Path) -> None:
    """Reject a configuration that asks for code from the repository."""
    if "auto_map" in read_object(file):
        message = f"{file.name} has an auto_map: the model requires custom code, which jobs never run."
        raise UserFault("model_custom_code", message)


def reject_outside_paths(file: Path, *, except_for: Collection[str] = ()) -> None:
    """Reject settings that name files outside the repository, since tokenizers open files that they name.

    except_for  settings that the tokenizer does not open
    raises      UserFault
    """
    for name, value in strings_of(read_object(file)):
        is_path = value.startswith(("/", "~")) or ".." in PurePosixPath(value).parts
        if is_path and name not in except_for and not name.endswith(TEXT_SETTINGS):
            raise UserFault("model_broken", f"{file.name} sets {name} to {value[:100]!r}. {OWN_FILES_ONLY}")


def strings_of(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and values of string settings, including those in nested objects and lists."""
    for name, value in settings.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str):
                yield name, each
            elif isinstance(each, dict) and name != "added_tokens_decoder":
                yield from strings_of(each)


def check_shards(folder: Path) -> None:
    """Reject a weight index that names files outside the repository.

    raises  UserFault
    """
    shards = read_object(folder / "model.safetensors.index.json").get("weight_map")
    names = {str(name) for name in shards.values()} if isinstance(shards, dict) else set()
    foreign = sorted(name for name in names if PurePosixPath(name).name != name)
    if foreign:
        message = f"model.safetensors.index.json names {join_names(foreign)}. {OWN_FILES_ONLY}"
        raise UserFault("model_broken", message)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Read the tokenizer; without a padding token it pads with its end-of-text token.

    raises  UserFault if it is missing or broken, or names files outside the repository
    """
    reject_outside_paths(folder / "tokenizer_config.json", except_for=IGNORED_PATHS)
    reject_outside_paths(folder / "special_tokens_map.json")
    if not any(True for pattern in TOKENIZER_FILES for _ in folder.glob(pattern)):
        raise UserFault(
            "model_no_tokenizer",
            "The model has no tokenizer: add tokenizer.json or its vocabulary and commit it.",
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        tokenizer("A short text.")
    except Exception as error:
        raise UserFault(
            "model_no_tokenizer", f"The model's tokenizer could not be loaded: {reason(error)}"
        ) from error
    if tokenizer.pad_token_id is None:
        if tokenizer.eos_token is None:
            raise UserFault(
                "model_no_tokenizer", "The tokenizer has neither a padding nor an end-of-text token."
            )
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_classifier(
    folder: Path, tokenizer: PreTrainedTokenizerBase, labels: Sequence[str] | None
) -> PreTrainedModel:
    """Load the weights in float32.

    labels  class names of a new classification head; None keeps the existing head
    raises  UserFault if the weights are missing, broken or belong to another model
    """
    if not list(folder.glob("*.safetensors")):
        raise UserFault("model_no_weights", "The model has no model.safetensors.")
    check_shards(folder)
    head: dict[str, Any] = {}
    if labels is not None:
        names = dict(enumerate(labels))
        head = {
            "id2label": names,
            "label2id": {name: number for number, name in names.items()},
            "num_labels": len(labels),
        }
    model: PreTrainedModel
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
        raise UserFault(
            "model_broken", f"The model's weights could not be loaded: {reason(error)}"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, ImportError, NotImplementedError) as error:
        raise UserFault("model_unsupported", f"The model cannot classify text: {reason(error)}") from error
    check_weights(model, report, keeps_head=labels is None)
    check_vocabulary(model, tokenizer)
    return model


def check_weights(model: PreTrainedModel, report: Mapping[str, Any], *, keeps_head: bool) -> None:
    """Reject weights that leave parts untrained: a fine-tune may lack the head, an evaluation nothing."""
    missing = sorted(report.get("missing_keys", ()))
    missing_body = [
        key for key in missing if key.startswith(model.base_model_prefix + ".") and ".pooler." not in key
    ]
    if keeps_head and missing:
        raise UserFault(
            "model_unsupported", f"The model has no trained classification head: {join_names(missing)}."
        )
    if missing_body:
        message = f"The weights do not match the model's configuration; missing: {join_names(missing_body)}."
        raise UserFault("model_broken", message)


def check_vocabulary(model: Any, tokenizer: PreTrainedTokenizerBase) -> None:
    """Reject a tokenizer with ids beyond the embedding, and set the model's padding id."""
    size = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > size:
        raise UserFault(
            "model_tokenizer_mismatch",
            f"The tokenizer has {len(tokenizer)} tokens, but the model's embedding has only {size}.",
        )
    if model.config.pad_token_id is None:
        model.config.pad_token_id = tokenizer.pad_token_id


def max_tokens(config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase, wanted: int) -> int:
    """Return the maximum length in tokens that the tokenizer and the model both support."""
    limits = [wanted]
    if tokenizer.model_max_length < NO_LENGTH_LIMIT:
        limits.append(tokenizer.model_max_length)
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        offset = (config.pad_token_id or 0) + 1 if config.model_type in FAMILIES_WITH_OFFSET else 0
        limits.append(positions - offset)
    return min(limits)
