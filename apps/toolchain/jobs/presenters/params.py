"""Parameters of a job or receipt as labels and values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.toolchain.contracts import ParamKind, Recipe

LONG_LIMIT = 200


def param_rows(recipe: Recipe | None, params: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return labels and values of the parameters that are set, in the recipe's order.

    recipe  None if this site no longer has it
    """
    if recipe is None:
        return [(name, _display(value)) for name, value in params.items()]
    return [
        (_(param.label), _display(_shortened(param.kind, params[param.name])))
        for param in recipe.shown_params(params)
    ]


def chosen_options(recipe: Recipe | None, params: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return labels and values of the main choices, such as the method of a fine-tune."""
    main = (
        [one for one in recipe.params if one.kind is ParamKind.CHOICE and not one.advanced] if recipe else []
    )
    return [(_(param.label), params[param.name]) for param in main if param.name in params]


def _shortened(kind: ParamKind, value: Any) -> Any:
    """Return a value; of long texts their beginning."""
    if kind not in (ParamKind.LONG_TEXT, ParamKind.LONG_TEXTS):
        return value
    text = " · ".join(value) if isinstance(value, list) else str(value)
    return text if len(text) <= LONG_LIMIT else f"{text[:LONG_LIMIT].rstrip()}…"


def _display(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {item}" for name, item in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return value if value not in ("", None) else "–"
