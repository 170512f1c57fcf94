"""Queries for organizations, members, tokens, sessions and authorized applications."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.idp.oidc.models import Client, Token
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from apps.core.actor import Actor, ActorKind, Grant, Need
from apps.core.declaration import Recipient

from .models import AccessToken, Invitation, Membership, Namespace, NamespaceKind, Role, TokenRole, User
from .oauth import oauth_token
from .reserved import path_words
from .roles import HUB_ROLES, HUB_TOKEN_ROLES, PERSONAL_TOKEN_ROLES, token_role_of

SESSIONS_LIMIT = 1000


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


def unreachable_names() -> list[str]:
    """Return the names of people and organizations whose address is a path of the site."""
    return list(Namespace.objects.filter(key__in=path_words()).order_by("key").values_list("name", flat=True))


def organizations_of(user: User) -> list[OrganizationRole]:
    """Return the organizations of a user with their roles, sorted by name."""
    return [
        OrganizationRole(
            row.namespace_id,
            row.namespace.name,
            row.namespace.title,
            Role(row.role),
            HUB_ROLES[Role(row.role)],
            row.namespace.avatar_url,
        )
        for row in memberships_of(user).order_by("namespace__key")
    ]


def memberships_of(user: User) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user).select_related("namespace")


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


@dataclass(frozen=True, slots=True)
class Credential:
    """What the token of a request may do, and until when.

    kind    access_token, job_key or oauth_application
    scopes  of an OAuth application
    """

    kind: str
    name: str
    role: str | None = None
    public_id: UUID | None = None
    hint: str = ""
    grants: tuple[Grant, ...] = ()
    scopes: tuple[str, ...] = ()
    created_at: datetime | None = None
    expires_at: datetime | None = None


def credential_of(actor: Actor, raw: str) -> Credential | None:
    """Return the credential of a request, or None if it was revoked meanwhile.

    raw  the token that the request carries
    """
    if actor.is_application:
        found = oauth_token(raw)
        return found and _application_credential(found)
    token = AccessToken.objects.filter(pk=actor.token_id or 0).first()
    if token is None:
        return None
    return Credential(
        "job_key" if actor.kind is ActorKind.JOB else "access_token",
        token.name,
        role=TokenRole.FINE_GRAINED.name.lower() if actor.kind is ActorKind.JOB else token_role_of(actor),
        public_id=token.public_id,
        hint=token.hint,
        grants=tuple(sorted(actor.scope.grants, key=lambda grant: (grant.target, grant.need))),
        created_at=token.created_at,
        expires_at=token.expires_at,
    )


def _application_credential(token: Token) -> Credential:
    name = token.client.name if token.client else ""
    scopes = tuple(token.get_scopes())
    dates = {"created_at": token.created_at, "expires_at": token.expires_at}
    return Credential("oauth_application", name, scopes=scopes, **dates)


def own_tokens(user: User) -> QuerySet[AccessToken]:
    """Return a user's own tokens that are not revoked, without those of jobs and workers."""
    return AccessToken.objects.filter(user=user, revoked_at=None, role__in=PERSONAL_TOKEN_ROLES)


def connected_applications(user: User) -> QuerySet[Client]:
    """Return the applications that hold a valid token of a user, each with `authorized_at`."""
    dates = _application_tokens(user).values("client").annotate(latest=Max("created_at")).values("latest")
    rows: QuerySet[Client] = (
        Client.objects.filter(pk__in=_application_tokens(user).values("client"))
        .annotate(authorized_at=Subquery(dates.filter(client=OuterRef("pk"))))
        .order_by("-authorized_at", "id")
    )
    return rows


def granted_scopes(user: User) -> dict[str, list[str]]:
    """Return the scopes of the newest valid token of each application, by client id."""
    return {
        str(token.client_id): token.get_scopes() for token in _application_tokens(user).order_by("created_at")
    }


def _application_tokens(user: User) -> QuerySet[Token]:
    kinds = (Token.Type.ACCESS_TOKEN, Token.Type.REFRESH_TOKEN)
    rows: QuerySet[Token] = Token.objects.valid().filter(user=user, client__isnull=False, type__in=kinds)
    return rows


def live_sessions(user: User) -> QuerySet[UserSession]:
    """Return the valid sessions of a user, most recently used first; a password change invalidates others."""
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at", "-id")
    stored_sessions = Session.objects.filter(
        session_key__in=list(rows.values_list("session_key", flat=True)[:SESSIONS_LIMIT]),
        expire_date__gt=timezone.now(),
    )
    auth_hash = user.get_session_auth_hash()
    alive = [
        session.session_key
        for session in stored_sessions
        if session.get_decoded().get(HASH_SESSION_KEY) == auth_hash
    ]
    live: QuerySet[UserSession] = rows.filter(session_key__in=alive)
    return live


def passkeys_of(user: User) -> QuerySet[Authenticator]:
    """Return the passkeys and security keys of a user, oldest first."""
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(
        user=user, type=Authenticator.Type.WEBAUTHN
    ).order_by("created_at", "id")
    return rows


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


def people_begun(start: str) -> QuerySet[Namespace]:
    """Return the people whose name begins with a text, regardless of case."""
    rows = Namespace.objects.filter(kind=NamespaceKind.PERSON, person__is_active=True)
    return rows.filter(key__startswith=start.casefold())


def people_of_names(names: Collection[str]) -> dict[str, int]:
    """Return the ids of people by name in lower case; organizations and unknown names are absent."""
    rows = User.objects.filter(namespace__key__in=names, is_active=True)
    return dict(rows.values_list("namespace__key", "pk"))


def recipients_of(user_ids: Collection[int]) -> dict[int, Recipient]:
    """Return where people get mail: at their primary address, once they confirmed it."""
    people = User.objects.filter(pk__in=user_ids, is_active=True).prefetch_related("emailaddress_set")
    return {
        user.pk: Recipient(user.verified_email, user.language or settings.LANGUAGE_CODE)
        for user in people
        if user.verified_email
    }


def people_at(email: str) -> list[int]:
    """Return the ids of people whose confirmed primary address this is."""
    rows = User.objects.filter(emailaddress__email__iexact=email, emailaddress__verified=True)
    return list(rows.filter(email__iexact=email).distinct().values_list("pk", flat=True))
