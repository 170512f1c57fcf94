"""Reads configuration and tokenizer of a model from validated files, and what its weights are; never code."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig, AutoTokenizer, PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from ..context import RecipeContext
from ..describe import causes, join_names, reason
from ..disk import size
from ..faults import PlatformFault, UserFault

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
AUTO_TOKENS = 512
# types in which a trained model is saved again
DTYPES = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}
MISSING_LIBRARY = re.compile(r"is required to read a|requires the \w+ library")
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
    except (ValueError, KeyError, TypeError, OSError, AttributeError, ImportError) as error:
        reject_missing_library(error)
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
        reject_missing_library(error)
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


def reject_missing_library(error: BaseException) -> None:
    """Raise a platform fault if a library that the model needs is not installed on this worker."""
    for cause in causes(error):
        if isinstance(cause, ImportError) or MISSING_LIBRARY.search(str(cause)):
            message = f"This worker lacks a library that the model needs: {reason(cause)}"
            raise PlatformFault("library_missing", message) from error


def new_modules(model: PreTrainedModel, missing: Iterable[str]) -> list[str]:
    """Return the modules that a fine-tune trains as a whole: the head, and what has no weights in the base.

    missing  names of parameters that the base lacks
    """
    body = model.base_model_prefix
    if not hasattr(model, body):
        return []
    heads = [name for name, child in model.named_children() if name != body and has_weights(child)]
    fresh = {name.rpartition(".")[0] for name in missing if name.startswith(f"{body}.")}
    return [*heads, *sorted(fresh)]


def has_weights(module: torch.nn.Module) -> bool:
    return next(module.parameters(), None) is not None


def check_finite(model: PreTrainedModel) -> None:
    """Reject weights that are not numbers.

    raises  UserFault
    """
    wrong = [name for name, weights in model.named_parameters() if not torch.isfinite(weights).all()]
    if wrong:
        message = f"The model has weights that are not finite numbers: {join_names(wrong)}."
        raise UserFault("model_broken", message)


def check_size(model: PreTrainedModel, context: RecipeContext, *, copies: int) -> None:
    """Reject a model whose weights alone exceed the memory of a job.

    model   without memory for its weights
    copies  how many numbers the run holds for each weight
    raises  UserFault
    """
    needed = 4 * copies * sum(weights.numel() for weights in model.parameters())
    limit = context.memory_bytes if context.hardware.device == "cpu" else 0
    if limit and needed > limit:
        message = f"The weights need {size(needed)} of memory; a job has {size(limit)} on this worker."
        raise UserFault("model_too_large", message)


def weights_dtype(folder: Path) -> torch.dtype:
    """Return the floating-point type of most weights in the safetensors files; float32 if there is none."""
    counts: Counter[str] = Counter()
    for file in folder.glob("*.safetensors"):
        try:
            with safe_open(file, framework="np") as tensors:
                for name in tensors.keys():  # noqa: SIM118
                    part = tensors.get_slice(name)
                    counts[part.get_dtype()] += prod(part.get_shape())
        except SafetensorError as error:
            message = f"{file.name} is no complete safetensors file: {reason(error)}"
            raise UserFault("model_broken", message) from error
    found = [kind for kind, _count in counts.most_common() if kind in DTYPES]
    return DTYPES[found[0]] if found else torch.float32


def check_vocabulary(model: Any, tokenizer: PreTrainedTokenizerBase) -> None:
    """Reject a tokenizer with ids beyond the embedding; set the padding id and the decoder's first token."""
    size = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > size:
        raise UserFault(
            "model_tokenizer_mismatch",
            f"The tokenizer has {len(tokenizer)} tokens, but the model's embedding has only {size}.",
        )
    if model.config.pad_token_id is None:
        model.config.pad_token_id = tokenizer.pad_token_id
    if model.config.is_encoder_decoder and getattr(model.config, "decoder_start_token_id", None) is None:
        model.config.decoder_start_token_id = model.config.pad_token_id


def max_tokens(
    config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase, wanted: int | str, folder: Path
) -> int:
    """Return the maximum length in tokens that the tokenizer and the model both support.

    wanted  "auto" for the length that the tokenizer's file says the model was trained with, else AUTO_TOKENS
    """
    trained = read_object(folder / "tokenizer_config.json").get("max_length")
    auto = (
        trained if isinstance(trained, int) and not isinstance(trained, bool) and trained > 0 else AUTO_TOKENS
    )
    limits = [auto if isinstance(wanted, str) else wanted]
    if tokenizer.model_max_length < NO_LENGTH_LIMIT:
        limits.append(tokenizer.model_max_length)
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        offset = (config.pad_token_id or 0) + 1 if config.model_type in FAMILIES_WITH_OFFSET else 0
        limits.append(positions - offset)
    return min(limits)
