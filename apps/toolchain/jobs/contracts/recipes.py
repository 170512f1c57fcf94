"""The recipes that workers can run, and the cleaning of their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ContractError
from .messages import format_message
from .params import Param, gettext_noop
from .spec import JobKind
from .text_classification import EVALUATION_PARAMS, FINE_TUNE_PARAMS


@dataclass(frozen=True, slots=True)
class RecipeInput:
    """An input repository of a recipe. kind: "model" or "dataset"."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """A kind of job for one task.

    output_kind   kind of the output repository, "" for none
    pipeline_tag  task of its input and output models
    """

    kind: JobKind
    name: str
    label: str
    inputs: tuple[RecipeInput, ...]
    output_kind: str
    pipeline_tag: str
    params: tuple[Param, ...]

    def param(self, name: str) -> Param:
        return next(param for param in self.params if param.name == name)

    def defaults(self) -> dict[str, Any]:
        return {param.name: param.default for param in self.params}


MODEL_AND_DATASET = (RecipeInput("model", "model"), RecipeInput("dataset", "dataset"))

_RECIPES = (
    Recipe(
        JobKind.FINE_TUNE,
        "text-classification",
        gettext_noop("Text classification"),
        MODEL_AND_DATASET,
        "model",
        "text-classification",
        FINE_TUNE_PARAMS,
    ),
    Recipe(
        JobKind.EVALUATE,
        "text-classification",
        gettext_noop("Text classification"),
        MODEL_AND_DATASET,
        "",
        "text-classification",
        EVALUATION_PARAMS,
    ),
)


def recipes(kind: JobKind | None = None) -> tuple[Recipe, ...]:
    return tuple(recipe for recipe in _RECIPES if kind in (None, recipe.kind))


def recipe_for(kind: JobKind | str, name: str) -> Recipe:
    """Return the recipe of that kind and name.

    raises  ContractError on the field "recipe"
    """
    for recipe in _RECIPES:
        if (recipe.kind, recipe.name) == (kind, name):
            return recipe
    words = format_message(
        gettext_noop("There is no %(kind)s recipe named %(name)s."), kind=str(kind)[:40], name=repr(name[:80])
    )
    raise ContractError({"recipe": words})


def clean_params(recipe: Recipe, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every parameter of the recipe, with defaults filled in.

    raw     from a form (strings) or the API (JSON); `{"lora": {"r": 8}}` is read as `lora_r`
    raises  ContractError with a message for each invalid field, including unknown parameters
    """
    given, errors = _resolve_aliases(recipe, _flatten(raw))
    cleaned: dict[str, Any] = {}
    for param in recipe.params:
        try:
            cleaned[param.name] = param.clean(given.get(param.name))
        except ValueError as error:
            errors[param.name] = error.args[0]
    if errors:
        raise ContractError(errors)
    return cleaned


def _flatten(raw: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in raw.items():
        flat.update(
            {f"{name}_{key}": item for key, item in value.items()}
            if isinstance(value, Mapping)
            else {name: value}
        )
    return flat


def _resolve_aliases(recipe: Recipe, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    names = {alias: param.name for param in recipe.params for alias in (param.name, *param.aliases)}
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in raw.items():
        if name not in names:
            errors[str(name)[:80]] = gettext_noop("This recipe has no such parameter.")
        elif names[name] in given:
            errors[names[name]] = gettext_noop("Given more than once.")
        else:
            given[names[name]] = value
    return given, errors
