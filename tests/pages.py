"""Values of a page: codes of form errors, data attributes, ids."""

from __future__ import annotations

import re
from typing import Any


def form_errors(response: Any, name: str = "form") -> dict[str, list[str]]:
    """Return the codes of a form's errors by field.

    name  the form's name in the template context
    """
    errors = response.context[name].errors.as_data()
    return {field: [error.code for error in found] for field, found in errors.items()}


def data_of(page: str, name: str) -> list[str]:
    """Return the values of a data attribute in the order of the page."""
    return re.findall(rf'\sdata-{name}="([^"]*)"', page)


def has_id(page: str, name: str) -> bool:
    return f'id="{name}"' in page


def is_empty(page: str) -> bool:
    """Return whether the page shows the empty-state component."""
    return 'class="empty"' in page


def values_of(page: str) -> dict[str, str]:
    """Return the initial values of a job form."""
    inputs = dict(re.findall(r'<input[^>]*?name="(\w+)"[^>]*?value="([^"]*)"', page))
    inputs |= {
        name: value for value, name in re.findall(r'<input[^>]*?value="([^"]*)"[^>]*?name="(\w+)"', page)
    }
    selects = re.findall(r'<select[^>]*name="(\w+)".*?<option value="(\w*)" selected', page, re.DOTALL)
    return {**inputs, **dict(selects)}
