"""Reading accounts: organisations, members, tokens, connected programs."""

from __future__ import annotations

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
from .roles import HUB_ROLES, HUB_TOKEN_ROLES, PERSONAL_TOKEN_ROLES

SHOWN_SESSIONS = 100


@dataclass(frozen=True, slots=True)
class OrganizationRole:
    """An organisation of somebody.

    word  the role as the hub's clients spell it: read, contributor, write, admin
    """

    namespace_id: int
    name: str
    full_name: str
    role: Role
    word: str
    avatar_url: str = ""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a program may hear of the token that it sent.

    display_name  the name that the client keeps it under, empty for a program's own (OAuth)
    role          read, write or fineGrained
    """

    display_name: str
    role: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectedApplication:
    """A program that signed in on somebody's behalf (OAuth)."""

    client_id: str
    name: str
    scopes: list[str]
    since: datetime


def organizations_of(user: User) -> list[OrganizationRole]:
    """Return the organisations of a person with their roles, by name."""
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
    """Return the person whom an actor acts for."""
    return (
        User.objects.select_related("namespace").filter(pk=actor.user_id).first() if actor.user_id else None
    )


def token_facts(actor: Actor) -> TokenFacts | None:
    """Return what stands behind an actor that came with a token; None for a browser."""
    if actor.kind in (ActorKind.ANONYMOUS, ActorKind.PERSON):
        return None
    token = AccessToken.objects.filter(pk=actor.token_id).first() if actor.token_id else None
    if token is None:
        return TokenFacts("", HUB_TOKEN_ROLES.get(actor.scope.limit or Need.READ, "read"), None)
    role = TokenRole.FINE_GRAINED if token.role in (TokenRole.JOB, TokenRole.WORKER) else token.role
    return TokenFacts(token.name, str(role), token.created_at)


def own_tokens(user: User) -> QuerySet[AccessToken]:
    """A person's tokens that were not revoked; keys of jobs and workers are the site's affair."""
    return AccessToken.objects.filter(user=user, revoked_at=None, role__in=PERSONAL_TOKEN_ROLES)


def connected_applications(user: User) -> list[ConnectedApplication]:
    """Return the programs that hold a valid token of a person, the latest first."""
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
    """Return the signed-in browsers of a person, the latest used first; a new password ends the others."""
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at")[:SHOWN_SESSIONS]
    stored = Session.objects.filter(
        session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()
    )
    mark = user.get_session_auth_hash()
    alive = {session.session_key for session in stored if session.get_decoded().get(HASH_SESSION_KEY) == mark}
    return [row for row in rows if row.session_key in alive]


def members_of(namespace: Namespace) -> QuerySet[Membership]:
    return namespace.memberships.select_related("user__namespace")


def open_invitations_of(namespace: Namespace) -> QuerySet[Invitation]:
    return namespace.invitations.select_related("user__namespace", "invited_by").order_by("-created_at")


def invitations_to(user: User) -> QuerySet[Invitation]:
    return user.invitations.select_related("namespace", "invited_by").order_by("-created_at")
