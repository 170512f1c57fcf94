"""Policies of people, users and organizations: they open the namespace of the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import SESSION, TOKEN, Policy

from .access import (
    administered_organization,
    check_person,
    check_token,
    managed_namespace,
    managed_organization,
    namespace_by_name,
    organization_by_name,
    person_by_name,
)
from .models import Namespace

PERSON = Policy("person", "signed in, in a browser session", credentials=(SESSION,), check=check_person)
CURRENT_TOKEN = Policy(
    "current-token",
    "access tokens, job keys and OAuth applications",
    admits_applications=True,
    credentials=(TOKEN,),
    check=check_token,
)


def _managing(name: str, words: str, fetch: Callable[..., Namespace], **options: Any) -> Policy:
    def open_namespace(request: HubRequest, *, name: str, lock: bool = False) -> Namespace:
        return fetch(request.actor, name, lock=lock)

    facts: dict[str, Any] = {"credentials": (SESSION,), "open": open_namespace, "takes": ("name",), **options}
    return Policy(name, words, gives="namespace", need=Need.ADMIN, **facts)


def _public(name: str, words: str, fetch: Callable[..., Namespace]) -> Policy:
    def open_namespace(request: HubRequest, *, name: str) -> Namespace:
        return fetch(name)

    facts: dict[str, Any] = {"open": open_namespace, "takes": ("name",), "gives": "namespace"}
    return Policy(name, words, admits_anonymous=True, admits_applications=True, need=Need.SEE, **facts)


NAMESPACE = _public("namespace", "everyone: users and organizations are public", namespace_by_name)
PERSON_PROFILE = _public("person-profile", "everyone: users are public", person_by_name)
ORGANIZATION = _public("organization", "everyone: organizations are public", organization_by_name)
NAMESPACE_ADMIN = _managing(
    "namespace-admin", "admins of the namespace, in a browser session", managed_namespace
)
ORGANIZATION_ADMIN = _managing(
    "organization-admin", "admins of the organization, in a browser session", managed_organization
)
# what an organization's fine-grained tokens can do too
ORGANIZATION_MANAGE = _managing(
    "organization-manage",
    "admins of the organization; a fine-grained token needs a grant on the organization",
    administered_organization,
    credentials=(TOKEN, SESSION),
)
POLICIES = [
    PERSON,
    CURRENT_TOKEN,
    NAMESPACE,
    PERSON_PROFILE,
    ORGANIZATION,
    NAMESPACE_ADMIN,
    ORGANIZATION_ADMIN,
    ORGANIZATION_MANAGE,
]
