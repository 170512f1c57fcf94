"""Routes of the API that this site does not have."""

from __future__ import annotations

from django.http import HttpResponse

from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from .errors import UnknownUrl

WITHOUT_SERVING = ("chat/completions", "completions", "embeddings", "responses")


@requires(PUBLIC)
def other(request: HubRequest, rest: str = "") -> HttpResponse:
    if rest.startswith(WITHOUT_SERVING):
        raise UnknownUrl(
            "This site does not serve models through this API yet. It has files and fine_tuning."
        )
    raise UnknownUrl(
        f"/v1/{rest[:120]} is not a part of this API. It has files, uploads, fine_tuning and models."
    )
