"""One address whose methods have views of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core.errors import MethodNotAllowed

from .bodies import body_limit_of, declared_limit
from .policies import scopes_of

View = Callable[..., HttpResponseBase]


def by_method(**views: View) -> View:
    """Dispatch by method (`get` serves HEAD too) to views with the same scopes."""
    policies = {name.upper(): view.policy for name, view in views.items()}  # type: ignore[attr-defined]
    table = {name.upper(): view for name, view in views.items()}
    if "GET" in table:
        table["HEAD"] = table["GET"]

    def dispatch(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        view = table.get(request.method or "")
        if view is None:
            raise MethodNotAllowed(headers={"Allow": ", ".join(table)})
        return view(request, *args, **kwargs)

    dispatch.policy = next(iter(policies.values()))  # type: ignore[attr-defined]
    dispatch.policies_by_method = policies  # type: ignore[attr-defined]
    (dispatch.oauth_scopes,) = {scopes_of(view) for view in views.values()}  # type: ignore[attr-defined]
    if any(declared_limit(view) is not None for view in views.values()):
        dispatch.body_limit = lambda: max(map(body_limit_of, views.values()))  # type: ignore[attr-defined]
    return dispatch
