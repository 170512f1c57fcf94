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
