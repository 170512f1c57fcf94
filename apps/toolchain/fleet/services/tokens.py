"""Tokens of workers: of a person, an organization, or the site."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.errors import Forbidden
from apps.toolchain.jobs.access import worker_grants
from apps.users.accounts.access import managed_namespace, person_of
from apps.users.accounts.errors import TokenNotFound
from apps.users.accounts.models import AccessToken, TokenRole
from apps.users.accounts.services import issue_token

from ..audit import FleetAction
from ..selectors import tokens_of


@transaction.atomic
def create_worker_token(
    *, actor: Actor, name: str, owner: str = "", expires_at: datetime | None = None
) -> tuple[AccessToken, str]:
    """Create a token for workers and return it with its secret. Requires a browser session.

    owner   a person or organization, whose jobs alone the workers get; "" for workers of the site, whose
            results count as the site's own: for administrators only
    raises  NamespaceNotFound, Forbidden, PeopleOnly
    """
    user = person_of(actor)
    if not owner and not actor.is_staff:
        raise Forbidden(_("Only administrators can add workers of the site."))
    grants = worker_grants(managed_namespace(actor, owner)) if owner else []
    token, raw = issue_token(user, name=name, role=TokenRole.WORKER, grants=grants, expires_at=expires_at)
    record(actor, FleetAction.TOKEN_CREATED, token.hint, name=name, owner=owner or "site")
    return token, raw


@transaction.atomic
def revoke_worker_token(*, actor: Actor, token_id: UUID) -> AccessToken:
    """Revoke a token of workers. They get no further job; one that runs goes on with its own key.

    raises  TokenNotFound, PeopleOnly
    """
    person_of(actor)
    token = tokens_of(actor).select_for_update(of=("self",)).filter(public_id=token_id).first()
    if token is None:
        raise TokenNotFound
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record(actor, FleetAction.TOKEN_REVOKED, token.hint, name=token.name)
    return token
