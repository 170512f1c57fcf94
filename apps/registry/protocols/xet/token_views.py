"""Hub routes that exchange an access token for a Xet token."""

from __future__ import annotations

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ, REPO_WRITE

from .tokens import XetScope, issue_token, storage_url, uploader_of


@requires(REPO_READ)
@require_GET
def read_token(request: HubRequest, repo: Repo, revision: str) -> JsonResponse:
    return _token(request, repo, XetScope.READ)


@requires(REPO_WRITE)
@require_GET
def write_token(request: HubRequest, repo: Repo, revision: str) -> JsonResponse:
    return _token(request, repo, XetScope.WRITE)


def _token(request: HubRequest, repo: Repo, scope: XetScope) -> JsonResponse:
    """Return the token in the body and in headers: hf_xet reads the body, Python and old clients the headers.

    source  xet.md section 6.1
    """
    token, expires = issue_token(repo, scope, request.actor)
    url = storage_url(request, uploader=uploader_of(request.actor))
    headers = {
        "X-Xet-Cas-Url": url,
        "X-Xet-Access-Token": token,
        "X-Xet-Token-Expiration": str(expires),
        "Cache-Control": "no-store",
    }
    return JsonResponse({"casUrl": url, "exp": expires, "accessToken": token}, headers=headers)
