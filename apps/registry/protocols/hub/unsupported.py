"""What the protocol has and this site does not, said clearly."""

from __future__ import annotations

from django.http import HttpResponse

from apps.core.actor import Need
from apps.core.http import HubRequest
from apps.core.policies import PUBLIC, requires
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import RepoHidden, RepoNotFound
from apps.registry.repos.policies import REPO_SEE

from .errors import Unsupported


@requires(PUBLIC)
def one_segment(request: HubRequest, **words: object) -> HttpResponse:
    """A name alone is the address of no repository here."""
    raise RepoNotFound if request.actor.is_signed_in else RepoHidden


@requires(REPO_SEE)
def other_of_repo(request: HubRequest, kind: RepoKind, namespace: str, name: str, rest: str) -> HttpResponse:
    """A route of a repository that is not served: said only to those who may know of the repository."""
    repo_for(request.actor, Address(kind, namespace, name), Need.SEE)
    raise Unsupported(f"This site does not offer {rest.split('/')[0][:60]} of repositories yet.")


@requires(PUBLIC)
def other(request: HubRequest, rest: str) -> HttpResponse:
    raise Unsupported(f"This site does not offer /api/{rest[:120]}.")
