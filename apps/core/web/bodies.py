"""Request body limits: views that accept more than a form declare it; larger bodies are refused unread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from apps.core.errors import Refusal, TooLarge

from .error_renderers import render_refusal
from .http import declared_length, limited_body

View = TypeVar("View", bound=Callable[..., Any])
Handler = Callable[[HttpRequest], HttpResponse]
Limit = int | Callable[[], int]

# enough for forms and most API calls; such a body is held in memory
FORM_LIMIT_BYTES = 1 << 20
WITH_BODIES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def takes_body(limit: Limit) -> Callable[[View], View]:
    """Declare the body limit of a view function or view class.

    limit  in bytes, or a function that reads a setting
    """

    def mark(view: View) -> View:
        declared = limit if isinstance(limit, int) else staticmethod(limit)
        view.body_limit = declared  # type: ignore[attr-defined]
        return view

    return mark


def declared_limit(view: Any) -> Limit | None:
    """Return the limit that a resolved view declares, or None for the default."""
    for holder in (
        view,
        getattr(view, "view_class", None),
        getattr(view, "cls", None),
        getattr(view, "__wrapped__", None),
    ):
        declared = getattr(holder, "body_limit", None)
        if declared is not None:
            return declared  # type: ignore[no-any-return]
    return None


def body_limit_of(view: Any) -> int:
    """Return the body limit of a resolved view in bytes."""
    declared = declared_limit(view)
    return FORM_LIMIT_BYTES if declared is None else declared if isinstance(declared, int) else declared()


def _limit_for(request: HttpRequest) -> int:
    if request.method not in WITH_BODIES:
        return FORM_LIMIT_BYTES
    try:
        return body_limit_of(resolve(request.path_info).func)
    except Resolver404:
        return FORM_LIMIT_BYTES


def body_limits(get_response: Handler) -> Handler:
    """Refuse bodies above their view's limit unread; cut off those of unknown length there."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            check_body(request)
        except Refusal as refusal:
            return render_refusal(request, refusal)
        return get_response(request)

    return middleware


def check_body(request: HttpRequest) -> None:
    """raises  TooLarge, BadRequest if the Content-Length is not a number"""
    length, unbounded = declared_length(request), limited_body(request)
    if unbounded:
        unbounded.limit = _limit_for(request)
    elif length is not None and length > FORM_LIMIT_BYTES:
        limit = _limit_for(request)
        if length > limit:
            raise TooLarge(
                _("The request body exceeds the limit of %(limit)s MiB for this URL.")
                % {"limit": limit >> 20},
                limit_bytes=limit,
            )
