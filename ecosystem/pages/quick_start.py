"""The quick start of the REST API: six tasks with curl."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires


@requires(PUBLIC)
@require_safe
def quick_start(request: HubRequest) -> HttpResponse:
    return render(request, "ecosystem/quick_start.html")
