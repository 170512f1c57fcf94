"""Issues and revokes access tokens."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.idp.oidc.models import Token as OAuthToken
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.errors import ValidationFailed

from ..access import person_of
from ..audit import AccountAction
from ..errors import TokenNotFound
from ..models import AccessToken, TokenRole, User, token_hash
from ..roles import PERSONAL_TOKEN_ROLES


def issue_token(
    user: User,
    *,
    name: str,
    role: TokenRole = TokenRole.READ,
    grants: list[dict[str, Any]] | None = None,
    expires_at: datetime | None = None,
    job_id: UUID | None = None,
    raw: str = "",
) -> tuple[AccessToken, str]:
    """Create an access token and return it with its secret, which is not stored.

    raw  secret of an existing token to register; by default a new one is generated
    """
    raw = raw or f"hf_{secrets.token_urlsafe(32).replace('-', 'x').replace('_', 'y')}"
    token = AccessToken.objects.create(
        user=user,
        name=name,
        role=role,
        hash=token_hash(raw),
        hint=f"hf_…{raw[-4:]}",
        grants=grants or [],
        expires_at=expires_at,
        job_id=job_id,
    )
    return token, raw


@transaction.atomic
def create_access_token(
    *,
    actor: Actor,
    name: str,
    role: TokenRole,
    grants: list[dict[str, Any]] | None = None,
    expires_at: datetime | None = None,
) -> tuple[AccessToken, str]:
    """Create a personal access token. Requires a browser session: tokens cannot create tokens.

    grants  as in AccessToken.grants, for fine-grained tokens only
    raises  ValidationFailed if the role is not a personal one or does not match the grants, PeopleOnly
    """
    user = person_of(actor)
    if role not in PERSONAL_TOKEN_ROLES:
        raise ValidationFailed(_("Tokens of this type are issued by the site only."))
    if (role == TokenRole.FINE_GRAINED) != bool(grants):
        raise ValidationFailed(
            _("A fine-grained token needs at least one permission; other tokens can't have any.")
        )
    token, raw = issue_token(user, name=name, role=role, grants=grants, expires_at=expires_at)
    record(actor, AccountAction.TOKEN_CREATED, token.hint, name=name, role=role.value)
    return token, raw


@transaction.atomic
def revoke_access_token(*, actor: Actor, token_id: UUID) -> AccessToken:
    """Revoke one of the actor's own tokens.

    raises  TokenNotFound, PeopleOnly
    """
    user = person_of(actor)
    token = user.access_tokens.select_for_update().filter(public_id=token_id, revoked_at=None).first()
    if token is None:
        raise TokenNotFound
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record(actor, AccountAction.TOKEN_REVOKED, token.hint, name=token.name)
    return token


@transaction.atomic
def revoke_client(*, actor: Actor, client_id: str) -> int:
    """Revoke the access of an OAuth application to the actor's account and return the number of its tokens.

    raises  TokenNotFound, PeopleOnly
    """
    user = person_of(actor)
    count: int = OAuthToken.objects.filter(user=user, client_id=client_id).delete()[0]
    if not count:
        raise TokenNotFound
    record(actor, AccountAction.CLIENT_REVOKED, client_id)
    return count


@transaction.atomic
def revoke_tokens_of(user: User) -> int:
    """Revoke the personal and OAuth tokens of a user, but not those of jobs and workers; return how many."""
    own = user.access_tokens.filter(role__in=PERSONAL_TOKEN_ROLES, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    granted: int = OAuthToken.objects.filter(user=user).delete()[0]
    return own + granted


def revoke_job_keys(job_id: UUID) -> None:
    """Revoke the tokens of a finished job."""
    AccessToken.objects.filter(job_id=job_id, revoked_at=None).update(revoked_at=timezone.now())
