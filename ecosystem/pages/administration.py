"""Site administration: an index of the pages that apps declare."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.declaration import declared
from apps.core.web.http import HubRequest
from apps.core.web.policies import STAFF, requires


@requires(STAFF)
@require_safe
def administration(request: HubRequest) -> HttpResponse:
    return render(request, "ecosystem/administration.html", {"pages": declared().site_pages})
