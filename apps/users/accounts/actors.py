"""Resolves the Actor of a request from a session, a bearer token or a git password."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from django.http import HttpRequest
from django.utils import timezone

from apps.core.actor import ANONYMOUS, Actor, ActorKind, Grant, Need, Scope
from apps.core.declaration import declared
from apps.core.errors import BadToken

from .models import AccessToken, TokenRole, User, token_hash
from .oauth import oauth_token, scope_for
from .scopes import OAuthScope

LIMITS = {
    TokenRole.READ: Need.READ,
    TokenRole.WRITE: Need.ADMIN,
    TokenRole.FINE_GRAINED: None,
    TokenRole.JOB: None,
    TokenRole.WORKER: None,
}
KINDS = {TokenRole.JOB: ActorKind.JOB, TokenRole.WORKER: ActorKind.WORKER}
LAST_USED_INTERVAL = timedelta(minutes=1)


def actor_for_user(
    user: User,
    *,
    kind: ActorKind = ActorKind.PERSON,
    scope: Scope | None = None,
    token: AccessToken | None = None,
    oauth_scopes: frozenset[str] | None = None,
) -> Actor:
    """Return the actor of a user, with the roles of all their memberships."""
    roles = {
        namespace_id: Need(role)
        for namespace_id, role in user.memberships.values_list("namespace_id", "role")
    }
    roles[user.namespace_id] = Need.ADMIN
    return Actor(
        kind=kind,
        user_id=user.pk,
        name=user.username,
        email="" if oauth_scopes is not None and OAuthScope.EMAIL not in oauth_scopes else user.email,
        namespace_id=user.namespace_id,
        is_staff=user.is_staff and kind not in (ActorKind.JOB, ActorKind.WORKER) and oauth_scopes is None,
        roles=MappingProxyType(roles),
        scope=scope or Scope.all(),
        token_id=token.pk if token else None,
        job_id=str(token.job_id) if token and token.job_id else None,
        oauth_scopes=oauth_scopes,
    )


def person_actor(user_id: int) -> Actor | None:
    """Return a person without the rights of the staff, for what they write by mail; None if inactive."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return replace(actor_for_user(user), is_staff=False) if user else None


def check_account(user_id: int) -> None:
    """Refuse a person who may neither sign in nor use tokens, as apps declare."""
    for check in declared().account_checks:
        check(user_id)


def scope_of(token: AccessToken) -> Scope:
    limit = LIMITS[TokenRole(token.role)]
    grants = frozenset(Grant(str(line["target"]).casefold(), Need(line["need"])) for line in token.grants)
    return Scope(limit=limit, grants=grants)


def actor_for_token(raw: str) -> Actor:
    """Return the actor of an access token, which may belong to an OAuth application.

    raises  BadToken if it is unknown, revoked or expired, or if the account is disabled; what an app that
            checks accounts refuses, such as AccountSuspended
    """
    token = AccessToken.objects.select_related("user").filter(hash=token_hash(raw)).first()
    if token is None:
        return _actor_for_application(raw)
    if token.is_over or not token.user.is_active:
        raise BadToken
    check_account(token.user_id)
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > LAST_USED_INTERVAL:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    kind = KINDS.get(TokenRole(token.role), ActorKind.TOKEN)
    return actor_for_user(token.user, kind=kind, scope=scope_of(token), token=token)


def _actor_for_application(raw: str) -> Actor:
    token = oauth_token(raw)
    if token is None or token.user is None:
        raise BadToken
    check_account(token.user.pk)
    scopes = frozenset(token.get_scopes())
    return actor_for_user(token.user, kind=ActorKind.TOKEN, scope=scope_for(scopes), oauth_scopes=scopes)


def raw_token(header: str) -> str | None:
    """Return the token of an Authorization header: a bearer token or the password of basic auth.

    raises  BadToken if the header is malformed
    """
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
        except ValueError:
            raise BadToken from None
    raise BadToken


def actor_of(request: HttpRequest) -> Actor:
    """Return the actor of a request. An Authorization header takes precedence over the session cookie.

    raises  BadToken
    """
    header = request.headers.get("Authorization")
    return actor_for_token(raw_token(header) or "") if header else actor_of_session(request)


def actor_of_session(request: HttpRequest) -> Actor:
    user = request.user
    return actor_for_user(user) if isinstance(user, User) else ANONYMOUS
