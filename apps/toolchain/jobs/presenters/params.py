"""Parameters of a job or receipt as labels and values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from ..contracts import Recipe


def param_rows(recipe: Recipe, params: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return labels and values of the parameters that are set, in the recipe's order."""
    return [(_(param.label), _display(params[param.name])) for param in recipe.params if param.name in params]


def _display(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return value if value not in ("", None) else "–"
