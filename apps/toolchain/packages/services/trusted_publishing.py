"""Trusted publishing: an identity token of a service is exchanged for a short upload token.

source  PEP 807 (draft); twine and uv, which use the paths below /_/oidc
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.users.accounts.actors import actor_for_user
from apps.users.accounts.models import TokenRole, User
from apps.users.accounts.services import issue_token

from ..access import may, project_for, target_of
from ..audit import Action
from ..errors import IssuerNotAllowed, PublisherExists, PublisherNotFound, TokenRequestRefused
from ..models import TrustedPublisher
from .issuers import claims_of
from .publishers import check_publisher

LIFETIME = timedelta(minutes=15)


def audience() -> str:
    """Return what identity tokens for this site have to be issued for: its host."""
    return str(urlsplit(settings.PUBLIC_URL).netloc)


@transaction.atomic
def add_publisher(
    *, actor: Actor, name: str, issuer: str, subject: str, claims: Mapping[str, str] | None = None
) -> TrustedPublisher:
    """Let the identity tokens of a service publish a project, with the rights of the actor.

    raises  ProjectNotFound, IssuerNotAllowed, PublisherExists, Forbidden, TokenScope, SecondFactorRequired
    """
    check_publisher(actor)
    project = project_for(actor, name, Need.ADMIN, lock=True)
    if issuer.rstrip("/") not in settings.PACKAGES_OIDC_ISSUERS:
        raise IssuerNotAllowed
    publisher = TrustedPublisher(
        project=project,
        issuer=issuer.rstrip("/"),
        subject=subject,
        claims=dict(claims or {}),
        added_by_id=actor.user_id,
    )
    try:
        with transaction.atomic():
            publisher.save()
    except IntegrityError:
        raise PublisherExists from None
    record(actor, Action.PUBLISHER_ADDED, project.key, issuer=publisher.issuer, claim=subject)
    return publisher


@transaction.atomic
def remove_publisher(*, actor: Actor, name: str, publisher_id: UUID) -> None:
    """raises  ProjectNotFound, PublisherNotFound, Forbidden, TokenScope"""
    project = project_for(actor, name, Need.ADMIN, lock=True)
    publisher = project.publishers.filter(public_id=publisher_id).first()
    if publisher is None:
        raise PublisherNotFound
    publisher.delete()
    record(actor, Action.PUBLISHER_REMOVED, project.key, claim=publisher.subject)


def mint_token(identity_token: str) -> tuple[str, datetime]:
    """Exchange an identity token for an upload token of the projects that trust it.

    raises  TokenRequestRefused with the cause
    """
    claims = claims_of(identity_token, audience=audience())
    found = [one for one in _publishers(claims) if _matches(one, claims)]
    if not found:
        raise TokenRequestRefused(
            f"No project trusts the subject {str(claims['sub'])[:200]!r} of this issuer with these claims.",
            reason="invalid-publisher",
        )
    return _issue(found)


def _publishers(claims: Mapping[str, Any]) -> list[TrustedPublisher]:
    issuer, subject = str(claims["iss"]).rstrip("/"), str(claims["sub"])
    rows = TrustedPublisher.objects.filter(issuer=issuer, subject=subject)
    return list(rows.select_related("project__namespace", "added_by__namespace").order_by("pk"))


def _matches(publisher: TrustedPublisher, claims: Mapping[str, Any]) -> bool:
    return all(str(claims.get(name, "")) == value for name, value in publisher.claims.items())


@transaction.atomic
def _issue(publishers: list[TrustedPublisher]) -> tuple[str, datetime]:
    """Issue a token for the projects that trust the first publisher's person; it has that person's rights."""
    user = User.objects.select_related("namespace").get(pk=publishers[0].added_by_id)
    own = [one for one in publishers if one.added_by_id == user.pk and _may_publish(user, one)]
    if not own:
        raise TokenRequestRefused(
            "Who added this publisher may not publish the project any more.", reason="invalid-publisher"
        )
    expires_at = timezone.now() + LIFETIME
    keys = [one.project.key for one in own]
    _token, raw = issue_token(
        user,
        name=f"Trusted publisher of {', '.join(keys)}"[:100],
        role=TokenRole.FINE_GRAINED,
        grants=[{"target": target_of(key), "need": int(Need.WRITE)} for key in keys],
        expires_at=expires_at,
    )
    TrustedPublisher.objects.filter(pk__in=[one.pk for one in own]).update(last_used_at=timezone.now())
    record(actor_for_user(user), Action.TOKEN_MINTED, keys[0], claim=publishers[0].subject)
    return raw, expires_at


def _may_publish(user: User, publisher: TrustedPublisher) -> bool:
    return user.is_active and may(actor_for_user(user), Need.WRITE, publisher.project)
