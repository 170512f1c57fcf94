"""Concrete paths of the routes in the URL table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from django.utils.regex_helper import normalize

from tests.architecture.urls import Route

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
SINGULAR = "kind_word"


class UnknownParameter(LookupError):
    """A route has a parameter without a value."""


def templates(route: Route) -> Iterator[str]:
    """Yield the path templates of a route with `{name}` for each parameter, one per choice in the pattern."""
    if "(?" in route.path or route.path.startswith("^"):
        for form, _names in normalize(route.path):
            yield "/" + re.sub(r"%\((\w+)\)s", r"{\1}", form)
    else:
        yield "/" + PARAMETER.sub(_place, route.path)


def _place(found: re.Match[str]) -> str:
    """Distinguish `{kind}`, the plural in protocols, from `{kind_word}`, the singular in the REST API."""
    converter, name = found.groups()
    return "{" + (SINGULAR if (converter, name) == ("str", "kind") else name) + "}"


def parameters(template: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", template))


def fill_path(template: str, values: Mapping[str, str]) -> str:
    """Return the path with its values.

    raises  UnknownParameter
    """
    missing = parameters(template) - set(values)
    if missing:
        raise UnknownParameter(f"{template}: say what {', '.join(sorted(missing))} stands for")
    return re.sub(r"{(\w+)}", lambda found: values[found[1]], template)
