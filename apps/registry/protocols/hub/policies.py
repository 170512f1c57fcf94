"""Policies that only the hub API needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps.core.actor import Need
from apps.core.errors import NotFound
from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy
from apps.registry.repos.access import namespace_for
from apps.registry.repos.errors import RepoHidden, RepoNotFound
from apps.users.accounts import policies as accounts
from apps.users.accounts.errors import NamespaceNotFound
from apps.users.accounts.models import Namespace


def _open_readable(request: HubRequest, *, name: str = "") -> Namespace:
    return namespace_for(request.actor, name or request.actor.name, Need.READ)


def _refuse(request: HubRequest, **names: object) -> None:
    raise RepoNotFound if request.actor.is_signed_in else RepoHidden


def _open_with_plain_refusal(policy: Policy) -> Policy:
    """Return a policy of a namespace whose refusal has the code that the hub API uses."""

    def open_namespace(request: HubRequest, **names: Any) -> Namespace:
        try:
            namespace: Namespace = policy.open_for(request, names)
        except NamespaceNotFound:
            raise NotFound("User or organization not found.") from None
        return namespace

    return replace(policy, open=open_namespace)


USER = _open_with_plain_refusal(accounts.PERSON_PROFILE)
ORGANIZATION = _open_with_plain_refusal(accounts.ORGANIZATION)
NAMESPACE_READ = Policy(
    "namespace-read",
    "members of the namespace, by default one's own",
    open=_open_readable,
    takes=("name",),
    gives="namespace",
    need=Need.READ,
)
NO_REPO = Policy(
    "no-repo",
    "nobody: no such repository exists",
    admits_anonymous=True,
    admits_applications=True,
    open=_refuse,
    takes=("kind", "name", "revision", "path"),
)
POLICIES = [NAMESPACE_READ, NO_REPO]
