"""The query of a request, checked against the parameters that its operation declares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest, QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from apps.core.errors import InvalidParameter, UnknownParameter, error_at
from apps.core.web.params import INT_MOST, parse_int

from .cursors import unbound_cursor

View = TypeVar("View", bound=Callable[..., Any])
SHOWN_CHARACTERS = 100
ERRORS_LIMIT = 20


def checks_query(params: Sequence[OpenApiParameter]) -> Callable[[View], View]:
    """Make the handler of a method refuse what its operation does not declare in the query.

    It runs after the policy, so that a hidden object answers like an absent one. A handler that is called for
    another method (`get` before a change with If-Match) ignores the query.
    """
    known = {param.name: param for param in params if param.location == OpenApiParameter.QUERY}

    def decorate(handler: View) -> View:
        methods = (handler.__name__.upper(), "HEAD")

        @wraps(handler)
        def checked(self: Any, request: Request, **names: Any) -> Any:
            if request.method in methods:
                check_query(request.query_params, known)
                _unbind_cursor(request._request)
            return handler(self, request, **names)

        return checked  # type: ignore[return-value]

    return decorate


def _unbind_cursor(request: HttpRequest) -> None:
    """Give the handler the cursor as it made it."""
    if bound := request.GET.get("cursor"):
        query = request.GET.copy()
        query["cursor"] = unbound_cursor(request, bound)
        request.GET = query  # type: ignore[assignment]


def check_query(query: QueryDict, params: Mapping[str, OpenApiParameter]) -> None:
    """Refuse what the operation does not declare.

    raises  UnknownParameter, InvalidParameter
    """
    if unknown := sorted(set(query) - set(params)):
        names = [name[:SHOWN_CHARACTERS] for name in unknown[:ERRORS_LIMIT]]
        raise UnknownParameter(
            f"Unknown query parameter: {', '.join(names)}.",
            errors=[error_at("Unknown parameter.", "unknown", parameter=name) for name in names],
        )
    errors = [error for param in params.values() for error in _errors_of(param, query.getlist(param.name))]
    if errors:
        raise InvalidParameter(f"{errors[0]['parameter']}: {errors[0]['detail']}", errors=errors)


def _errors_of(param: OpenApiParameter, values: list[str]) -> Iterator[dict[str, str]]:
    if param.required and not any(values):
        yield error_at("This parameter is required.", "required", parameter=param.name)
    elif len(values) > 1 and not param.many:
        yield error_at("Send this parameter once.", "repeated", parameter=param.name)
    else:
        for value in values[:ERRORS_LIMIT]:
            if problem := _problem_of(value, param):
                yield error_at(problem[1], problem[0], parameter=param.name)


def _problem_of(value: str, param: OpenApiParameter) -> tuple[str, str] | None:
    """Return the code and sentence of what is wrong with a value, or None."""
    if choices := _choices_of(param):
        is_known, code, words = value in choices, "invalid_choice", f"Must be one of {', '.join(choices)}."
    elif param.type is bool:
        is_known, code, words = value in ("true", "false"), "invalid", "Must be true or false."
    elif pattern := _pattern_of(param):
        is_known, code, words = re.search(pattern, value) is not None, "invalid", f"Must match {pattern}."
    elif param.type is UUID:
        is_known, code, words = _is_uuid(value), "invalid", "Must be a UUID."
    elif (bounds := _bounds_of(param)) is not None:
        least, most = bounds
        is_known = parse_int(value, least=least, most=most) is not None
        code, words = "invalid", f"Must be an integer between {least} and {most}."
    else:
        return None
    return None if is_known else (code, words)


def _choices_of(param: OpenApiParameter) -> list[str]:
    return [str(choice) for choice in param.enum or () if choice not in (None, "")]


def _pattern_of(param: OpenApiParameter) -> str:
    return param.type.get("pattern", "") if isinstance(param.type, dict) else ""


def _bounds_of(param: OpenApiParameter) -> tuple[int, int] | None:
    """Return the least and the largest value of an integer; None for other types."""
    if param.type is int:
        return 0, INT_MOST
    if isinstance(param.type, dict) and param.type.get("type") == "integer":
        return param.type.get("minimum", 0), param.type.get("maximum", INT_MOST)
    return None


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
