"""The policy of git's first request, which names the service."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps.core.actor import Need
from apps.core.errors import Forbidden
from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import ADDRESS, REPO_READ, REPO_WRITE

UPLOAD_PACK, RECEIVE_PACK = "git-upload-pack", "git-receive-pack"


def _open_for_service(request: HubRequest, **address: Any) -> Repo:
    service = request.GET.get("service", "")
    if service not in (UPLOAD_PACK, RECEIVE_PACK):
        raise Forbidden(_("Only smart HTTP is supported. Use git 1.6.6 or newer."))
    policy = REPO_WRITE if service == RECEIVE_PACK else REPO_READ
    repo: Repo = policy.open_for(request, address)
    return repo


GIT_REFS = Policy(
    "git-refs",
    "readers of the repository's files; to push, its writers",
    admits_anonymous=True,
    admits_applications=True,
    open=_open_for_service,
    takes=ADDRESS,
    gives="repo",
    need=Need.READ,
)
POLICIES = [GIT_REFS]
