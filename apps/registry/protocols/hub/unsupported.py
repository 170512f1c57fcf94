"""Routes of the protocol that this site does not support."""

from __future__ import annotations

from django.http import HttpResponse

from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires
from apps.registry.repos.errors import RepoNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_SEE

from .errors import Unsupported
from .policies import NO_REPO


@requires(NO_REPO)
def without_namespace(request: HubRequest) -> HttpResponse:
    """Addresses without a namespace exist on the hosted hub only."""
    raise RepoNotFound


@requires(REPO_SEE)
def other_of_repo(request: HubRequest, repo: Repo, rest: str) -> HttpResponse:
    """Refuse an unsupported route of a repository, after checking that the actor may see the repository."""
    raise Unsupported(f"{rest.split('/')[0][:60]} is not supported for repositories yet.")


@requires(PUBLIC)
def registry(request: HubRequest, rest: str) -> HttpResponse:
    """Refuse pulls by container tools: ollama and llama.cpp ask here for the manifest of a GGUF file."""
    raise Unsupported(
        "Manifests are not served here. Download the GGUF file by its address: /OWNER/NAME/resolve/main/FILE."
    )


@requires(PUBLIC)
def other(request: HubRequest, rest: str) -> HttpResponse:
    raise Unsupported(f"/api/{rest[:120]} is not supported.")
