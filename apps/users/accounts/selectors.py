"""Queries for organizations, members, tokens, sessions and authorized applications."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from allauth.idp.oidc.models import Client, Token
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Max, QuerySet
from django.utils import timezone

from apps.core.actor import Actor, ActorKind, Need

from .models import AccessToken, Invitation, Membership, Namespace, Role, TokenRole, User
from .reserved import path_words
from .roles import HUB_ROLES, HUB_TOKEN_ROLES, PERSONAL_TOKEN_ROLES

SHOWN_SESSIONS = 100


@dataclass(frozen=True, slots=True)
class OrganizationRole:
    """A user's role in an organization.

    hub_role  as hub clients spell it: read, contributor, write, admin
    """

    namespace_id: int
    name: str
    full_name: str
    role: Role
    hub_role: str
    avatar_url: str = ""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What `whoami` returns about the token of the request.

    display_name  name that the client stores it under; empty for OAuth tokens
    role          read, write or fineGrained
    """

    display_name: str
    role: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectedApplication:
    """An OAuth application with access to an account."""

    client_id: str
    name: str
    scopes: list[str]
    since: datetime


def unreachable_names() -> list[str]:
    """Return the names of people and organizations whose address is a path of the site."""
    return list(Namespace.objects.filter(key__in=path_words()).order_by("key").values_list("name", flat=True))


def organizations_of(user: User) -> list[OrganizationRole]:
    """Return the organizations of a user with their roles, sorted by name."""
    rows = Membership.objects.filter(user=user).select_related("namespace").order_by("namespace__key")
    return [
        OrganizationRole(
            row.namespace_id,
            row.namespace.name,
            row.namespace.title,
            Role(row.role),
            HUB_ROLES[Role(row.role)],
            row.namespace.avatar_url,
        )
        for row in rows
    ]


def person(actor: Actor) -> User | None:
    """Return the user that an actor acts for."""
    return (
        User.objects.select_related("namespace").filter(pk=actor.user_id).first() if actor.user_id else None
    )


def token_facts(actor: Actor) -> TokenFacts | None:
    """Return the facts about an actor's token, or None for a browser session."""
    if actor.kind in (ActorKind.ANONYMOUS, ActorKind.PERSON):
        return None
    token = AccessToken.objects.filter(pk=actor.token_id).first() if actor.token_id else None
    if token is None:
        return TokenFacts("", HUB_TOKEN_ROLES.get(actor.scope.limit or Need.READ, "read"), None)
    role = TokenRole.FINE_GRAINED if token.role in (TokenRole.JOB, TokenRole.WORKER) else token.role
    return TokenFacts(token.name, str(role), token.created_at)


def own_tokens(user: User) -> QuerySet[AccessToken]:
    """Return a user's own tokens that are not revoked, without those of jobs and workers."""
    return AccessToken.objects.filter(user=user, revoked_at=None, role__in=PERSONAL_TOKEN_ROLES)


def connected_applications(user: User) -> list[ConnectedApplication]:
    """Return the applications that hold a valid token of a user, newest first."""
    rows = Token.objects.valid().filter(
        user=user, client__isnull=False, type__in=(Token.Type.ACCESS_TOKEN, Token.Type.REFRESH_TOKEN)
    )
    found = {row["client"]: row["since"] for row in rows.values("client").annotate(since=Max("created_at"))}
    scopes = {token.client_id: token.get_scopes() for token in rows.order_by("created_at")}
    names = dict(Client.objects.filter(pk__in=found).values_list("pk", "name"))
    applications = [
        ConnectedApplication(client_id, names[client_id], scopes[client_id], since)
        for client_id, since in found.items()
    ]
    return sorted(applications, key=lambda application: application.since, reverse=True)


def live_sessions(user: User) -> list[UserSession]:
    """Return the valid sessions of a user, most recently used first; a password change invalidates others."""
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at")[:SHOWN_SESSIONS]
    stored_sessions = Session.objects.filter(
        session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()
    )
    auth_hash = user.get_session_auth_hash()
    alive = {
        session.session_key
        for session in stored_sessions
        if session.get_decoded().get(HASH_SESSION_KEY) == auth_hash
    }
    return [row for row in rows if row.session_key in alive]


def members_of(namespace: Namespace) -> QuerySet[Membership]:
    return namespace.memberships.select_related("user__namespace")


def open_invitations_of(namespace: Namespace) -> QuerySet[Invitation]:
    return namespace.invitations.select_related("user__namespace", "invited_by").order_by("-created_at")


def invitations_to(user: User) -> QuerySet[Invitation]:
    return user.invitations.select_related("namespace", "invited_by").order_by("-created_at")


def pages_of_names(names: Collection[str]) -> dict[str, str]:
    """Return the pages of people and organizations by name in lower case; unknown names are absent."""
    rows = Namespace.objects.filter(key__in=names).values_list("key", "name")
    return {key: f"/{name}" for key, name in rows}
