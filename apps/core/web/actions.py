"""Acts of pages: a POST that validates a form, calls one service, and answers with what changed.

form = RenameForm(request.POST)
if form.is_valid():
    with refusals_on_form(form, "name", NameTaken):
        renamed = rename_repo(…)
        return post_response(request, renamed, _("Renamed."))
return _page(request, form=form, status=422)
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.core.errors import Refusal

from .http import HubRequest


class HasPage(Protocol):
    def get_absolute_url(self) -> str: ...


class _RefusalHandler(AbstractContextManager[None]):
    """Shows the named refusals of its block; the code after the block runs next."""

    def __init__(self, show: Callable[[Refusal], object], kinds: tuple[type[Refusal], ...]) -> None:
        self.show, self.kinds = show, kinds

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, self.kinds):
            return False
        self.show(error)
        return True


def refusals_on_form(form: forms.BaseForm, field: str | None, *kinds: type[Refusal]) -> _RefusalHandler:
    """Show refusals as errors of a field; None shows them above the form.

    kinds  the refusals that the form can mend; all by default
    """
    return _RefusalHandler(
        lambda refusal: form.add_error(field, refusal.as_form_error()), kinds or (Refusal,)
    )


def refusals_as_messages(
    request: HubRequest, *kinds: type[Refusal], level: int = messages.ERROR
) -> _RefusalHandler:
    """Show refusals on the next page; for buttons, which have no form to show again."""
    return _RefusalHandler(
        lambda refusal: messages.add_message(request, level, refusal.words), kinds or (Refusal,)
    )


def post_response(
    request: HubRequest,
    to: str | HasPage,
    message: str = "",
    *,
    level: int = messages.SUCCESS,
    fragment: Callable[[], HttpResponse] | None = None,
    **names: Any,
) -> HttpResponse:
    """Answer an act: redirect to where it shows, and say so there.

    to        a URL, the name of a route (with `names` for its parameters), or an object with a page
    fragment  what a script gets instead, to replace the control that was used
    """
    if fragment is not None and "HX-Request" in request.headers:
        return fragment()
    if message:
        messages.add_message(request, level, message)
    response: HttpResponse = redirect(to, **names)
    return response
