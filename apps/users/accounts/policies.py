"""Policies of people, users and organizations: they open the namespace of the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import SESSION, Policy

from .access import (
    check_person,
    managed_namespace,
    managed_organization,
    namespace_by_name,
    organization_by_name,
    person_by_name,
)
from .models import Namespace

PERSON = Policy("person", "signed in, in a browser session", credentials=(SESSION,), check=check_person)


def _managing(name: str, words: str, fetch: Callable[..., Namespace]) -> Policy:
    def open_namespace(request: HubRequest, *, name: str, lock: bool = False) -> Namespace:
        return fetch(request.actor, name, lock=lock)

    return Policy(
        name,
        words,
        credentials=(SESSION,),
        open=open_namespace,
        takes=("name",),
        gives="namespace",
        need=Need.ADMIN,
    )


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
POLICIES = [PERSON, NAMESPACE, PERSON_PROFILE, ORGANIZATION, NAMESPACE_ADMIN, ORGANIZATION_ADMIN]
