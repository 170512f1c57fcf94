"""The challenge that the sign-up form asks for."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from ..services.proof import new_challenge


@requires(PUBLIC)
@never_cache
@require_safe
def challenge(request: HubRequest) -> HttpResponse:
    return JsonResponse(new_challenge())
