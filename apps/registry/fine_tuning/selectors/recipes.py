"""Which recipe trains on which files, and what its parameters are called in the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from apps.toolchain.contracts import (
    ColumnFacts,
    DatasetFacts,
    JobKind,
    ModelFacts,
    ParamKind,
    Recipe,
    find_recipe,
)
from apps.toolchain.files.layouts import RowFormat

from ..errors import FineTuneRefused
from ..models import Method

RECIPES: dict[tuple[Method, RowFormat], str] = {
    (Method.SUPERVISED, RowFormat.CHAT): "chat-sft",
    (Method.SUPERVISED, RowFormat.COMPLETION): "chat-sft",
    (Method.SUPERVISED, RowFormat.TEXT): "causal-lm",
    (Method.SUPERVISED, RowFormat.CLASSIFICATION): "text-classification",
    (Method.DPO, RowFormat.PREFERENCE): "preference",
}
COLUMNS: dict[RowFormat, tuple[ColumnFacts, ...]] = {
    RowFormat.CHAT: (ColumnFacts("messages", "list"),),
    RowFormat.COMPLETION: (ColumnFacts("prompt", "text"), ColumnFacts("completion", "text")),
    RowFormat.TEXT: (ColumnFacts("text", "text"),),
    RowFormat.CLASSIFICATION: (ColumnFacts("text", "text"), ColumnFacts("label", "text", is_class=True)),
    RowFormat.PREFERENCE: (
        ColumnFacts("input", "object"),
        ColumnFacts("preferred_output", "list"),
        ColumnFacts("non_preferred_output", "list"),
    ),
}
AUTO = "auto"
MULTIPLIER = "learning_rate_multiplier"
STANDARD = ("n_epochs", "batch_size", MULTIPLIER)
# ours, with the names that the recipes have for them where these differ
OWN = {
    "adapter": "method",
    "lora_r": "lora_r",
    "lora_alpha": "lora_alpha",
    "lora_dropout": "lora_dropout",
    "target_modules": "target_modules",
    "max_length": "max_length",
    "packing": "packing",
    "gradient_accumulation_steps": "gradient_accumulation_steps",
    "warmup_ratio": "warmup_ratio",
    "weight_decay": "weight_decay",
    "lr_scheduler_type": "lr_scheduler_type",
    "early_stopping_patience": "early_stopping_patience",
    "eval_steps": "eval_steps",
    "save_steps": "save_steps",
    "precision": "precision",
}


def recipe_of_files(method: Method, row_format: RowFormat, task: str = "") -> Recipe:
    """Return the recipe that learns from such files by such a method.

    task    name of a recipe that the client asks for instead
    raises  FineTuneRefused
    """
    name = task or RECIPES.get((method, row_format), "")
    if not name:
        wanted = ", ".join(one for by, one in RECIPES if by == method)
        sentence = f"The method {method} learns from {wanted} files, and this one has {row_format} rows."
        raise FineTuneRefused(sentence, param="method", reason="invalid_file_format")
    recipe = find_recipe(JobKind.FINE_TUNE, name)
    if recipe is None:
        sentence = f"This site has no recipe {name[:80]}."
        raise FineTuneRefused(sentence, param="task" if task else "method", reason="unsupported_parameter")
    return recipe


def format_of_columns(names: Mapping[str, Any] | list[str]) -> RowFormat | None:
    """Return the format of a dataset's rows by its columns, None for another one."""
    found = set(names)
    if "messages" in found:
        return RowFormat.CHAT
    if {"preferred_output", "non_preferred_output"} <= found or {"chosen", "rejected"} <= found:
        return RowFormat.PREFERENCE
    if {"prompt", "completion"} <= found:
        return RowFormat.COMPLETION
    if "text" in found:
        return RowFormat.CLASSIFICATION if "label" in found else RowFormat.TEXT
    return None


def params_of(
    recipe: Recipe, method: Method, given: Mapping[str, Any], model: ModelFacts, dataset: DatasetFacts
) -> dict[str, Any]:
    """Return the parameters of a recipe for the hyperparameters of a request.

    raises  FineTuneRefused
    """
    prefix = f"method.{method}.hyperparameters"
    allowed = {*STANDARD, *OWN, *(["beta"] if method == Method.DPO else [])}
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in allowed:
            raise FineTuneRefused(
                f"There is no hyperparameter {name[:80]}.",
                param=f"{prefix}.{name[:80]}",
                reason="unsupported_parameter",
            )
        if value is None or value == AUTO:
            continue
        if name in RANGES:
            check_range(name, value, prefix)
        if name != MULTIPLIER:
            found[_param_of(recipe, name, prefix)] = float(value) if name == "n_epochs" else value
    if given.get(MULTIPLIER) not in (None, AUTO):
        rate = default_rate(recipe, {**recipe.defaults(), **found}, model, dataset)
        if rate is None:
            sentence = f"The recipe {recipe.name} has no learning rate to multiply."
            raise FineTuneRefused(sentence, param=f"{prefix}.{MULTIPLIER}", reason="unsupported_parameter")
        found["learning_rate"] = rate * given[MULTIPLIER]
    return found


def _param_of(recipe: Recipe, name: str, prefix: str) -> str:
    """Return what a recipe calls a hyperparameter (raises FineTuneRefused if it has none such)."""
    wanted = {"n_epochs": "epochs"}.get(name) or OWN.get(name, name)
    for param in recipe.params:
        if wanted == param.name or wanted in param.aliases:
            return param.name
    sentence = f"The recipe {recipe.name} has no such hyperparameter: {name}."
    raise FineTuneRefused(sentence, param=f"{prefix}.{name}", reason="unsupported_parameter")


def default_rate(
    recipe: Recipe, values: Mapping[str, Any], model: ModelFacts, dataset: DatasetFacts
) -> float | None:
    """Return the learning rate that the recipe would choose, None if it has none."""
    param = next((one for one in recipe.params if one.name == "learning_rate"), None)
    if param is None:
        return None
    if param.kind is not ParamKind.AUTO_NUMBER or param.default != AUTO:
        return float(param.default)
    # a recipe that cannot tell for a model of unknown size chooses as for a small one
    for facts in (model, replace(model, parameters=1)):
        if (rate := recipe.resolve(values, facts, dataset).get("learning_rate")) is not None:
            return float(rate)
    return None


def _whole(least: int, most: int) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return "" if is_whole and least <= value <= most else f'"auto" or an integer from {least} to {most}'

    return problem


def _positive(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if is_number and 0 < value <= 1000 else '"auto" or a number above 0, at most 1000'


def _beta(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if is_number and 0 < value <= 2 else '"auto" or a number above 0, at most 2'


RANGES: dict[str, Callable[[Any], str]] = {
    "n_epochs": _whole(1, 50),
    "batch_size": _whole(1, 256),
    MULTIPLIER: _positive,
    "beta": _beta,
}


def check_range(name: str, value: Any, prefix: str) -> None:
    """raises  FineTuneRefused"""
    if wanted := RANGES[name](value):
        raise FineTuneRefused(f"{name} must be {wanted}.", param=f"{prefix}.{name}")
