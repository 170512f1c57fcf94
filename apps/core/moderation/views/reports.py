"""Reporting content: the page behind the dialog, and what the dialog sends."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.web.actions import post_response, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.policies import SIGNED_IN, WRITER, requires

from ..errors import AlreadyReported, TooManyReports
from ..forms import ReportForm
from ..models import ReportReason
from ..services.reports import report


@requires(SIGNED_IN)
@require_safe
def new_report(request: HubRequest) -> HttpResponse:
    """Ask what is wrong; browsers with scripts show the same form in a dialog."""
    query = request.GET
    form = ReportForm(initial={"content": query.get("content", "")[:64]})
    return _page(request, form, query.get("next", ""))


def _page(request: HubRequest, form: ReportForm, back: str, status: int = 200) -> HttpResponse:
    return render(request, "core/moderation/report.html", {"form": form, "back": back}, status=status)


@requires(WRITER)
@require_POST
def send_report(request: HubRequest) -> HttpResponse:
    form, back = ReportForm(request.POST), request.POST.get("next", "")
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on_form(form, None, AlreadyReported, TooManyReports):
            report(
                actor=request.actor,
                content=data["content"],
                reason=ReportReason(data["reason"]),
                note=data["note"],
            )
            is_own = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=False)
            return post_response(
                request, back if is_own and back else "/", _("Thank you. A moderator will look at it.")
            )
    return _page(request, form, back, 422)
