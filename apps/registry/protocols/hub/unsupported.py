"""Routes of the protocol that this site does not support."""

from __future__ import annotations

from django.http import HttpResponse

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import RepoHidden, RepoNotFound
from apps.registry.repos.policies import REPO_SEE

from .errors import Unsupported


@requires(PUBLIC)
def without_namespace(request: HubRequest, **kwargs: object) -> HttpResponse:
    """Refuse addresses without a namespace, which exist on the hosted hub only."""
    raise RepoNotFound if request.actor.is_signed_in else RepoHidden


@requires(REPO_SEE)
def other_of_repo(request: HubRequest, kind: RepoKind, namespace: str, name: str, rest: str) -> HttpResponse:
    """Refuse an unsupported route of a repository, after checking that the actor may see the repository."""
    repo_for(request.actor, Address(kind, namespace, name), Need.SEE)
    raise Unsupported(f"{rest.split('/')[0][:60]} is not supported for repositories yet.")


@requires(PUBLIC)
def other(request: HubRequest, rest: str) -> HttpResponse:
    raise Unsupported(f"/api/{rest[:120]} is not supported.")
