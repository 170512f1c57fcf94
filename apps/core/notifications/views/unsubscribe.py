"""Unsubscribing from a mail: mail programs post, people confirm.

source  RFC 8058
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from ..links import unsubscription_of
from ..providers import kinds
from ..services.unsubscribe import unsubscribe


# the signed link is the credential, and mail programs have no cookies
@csrf_exempt
@requires(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_by_link(request: HubRequest, token: str) -> HttpResponse:
    """Ask for confirmation; a POST turns the mail off."""
    what = unsubscription_of(token)
    if request.method == "POST":
        unsubscribe(what)
    kind = kinds().get(what.kind)
    context = {"is_done": request.method == "POST", "what": what, "label": kind.label if kind else ""}
    return render(request, "notifications/unsubscribe.html", context)
