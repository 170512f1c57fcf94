"""The signed-in user: profile, name, sessions, email addresses, passkeys, deletion."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.models import EmailAddress
from django.contrib.auth import logout
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import ActorKind
from apps.core.errors import Unauthenticated
from apps.core.rest.body import invalid_field, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation
from apps.core.rest.view import ApiView, actor_of, list_response, no_content
from apps.core.web.policies import SIGNED_IN, requires

from .. import services
from ..access import person_of
from ..errors import ConfirmAccess
from ..models import Namespace, User
from ..policies import PERSON
from ..scopes import OAuthScope
from ..selectors import live_sessions, passkeys_of, person
from .shapes.profiles import (
    Email,
    EmailPage,
    Me,
    MeUpdate,
    Passkey,
    PasskeyPage,
    Profile,
    Rename,
    Session,
    SessionPage,
)

PROFILE = ("full_name", "about", "website", "is_private_by_default")


def own_profile(request: Request, user: User) -> dict[str, Any]:
    """Return what `Me` shows. Job keys and applications without the email scope get no email address."""
    namespace, actor = user.namespace, actor_of(request)
    shows_email = actor.kind is not ActorKind.JOB and actor.is_granted(OAuthScope.EMAIL)
    return {
        "name": user.username,
        "email": user.email if shows_email else "",
        "is_email_verified": shows_email and bool(user.verified_email),
        **{name: getattr(namespace, name) for name in (*PROFILE, "avatar_url", "created_at")},
        "language": user.language,
        "time_zone": user.time_zone,
        "is_staff": user.is_staff and not actor.is_application,
        "url": user.get_absolute_url(),
    }


@requires(SIGNED_IN, scopes=(OAuthScope.PROFILE,), PATCH=PERSON, DELETE=PERSON)
class Own(ApiView):
    def lock(self, request: Request, **names: Any) -> None:
        Namespace.objects.select_for_update().filter(pk=actor_of(request).namespace_id or 0).first()

    @operation("get_me", "me", Me)
    def get(self, request: Request) -> Response:
        """Get your profile and preferences."""
        user = person(actor_of(request))
        if user is None:
            raise Unauthenticated
        return Response(Me(own_profile(request, user)).data)

    @operation("update_me", "me", Me, body=MeUpdate)
    def patch(self, request: Request) -> Response:
        """Update your profile and preferences."""
        actor = actor_of(request)
        user, data = person_of(actor), validated(request, MeUpdate)
        if set(data) & set(PROFILE):
            facts = {name: data.get(name, getattr(user.namespace, name)) for name in PROFILE}
            services.update_profile(actor=actor, name=user.username, **facts)
        if "language" in data or "time_zone" in data:
            language, time_zone = data.get("language", user.language), data.get("time_zone", user.time_zone)
            services.set_preferences(user, language=language, time_zone=time_zone)
        return Response(Me(own_profile(request, person_of(actor))).data)

    @operation(
        "delete_me",
        "me",
        None,
        409,
        422,
        status=204,
        params=[in_query("confirm", about="Your username.", required=True)],
    )
    def delete(self, request: Request) -> Response:
        """Delete your account. Only after recently confirmed access."""
        user = person_of(actor_of(request))
        request._request.user = user  # replaced by the actor in Django REST framework
        if not did_recently_reauthenticate(request._request):
            raise ConfirmAccess(url="/account/confirm-access")
        if query_str(request, "confirm") != user.username:
            raise invalid_field("confirm", "This is not your username. Nothing was deleted.")
        services.remove_person(actor=actor_of(request))
        logout(request._request)
        return no_content()


@requires(PERSON)
class OwnName(ApiView):
    @operation("rename_me", "me", Profile, body=Rename)
    def post(self, request: Request) -> Response:
        """Change your username. The old one redirects until someone else takes it."""
        actor = actor_of(request)
        user, data = person_of(actor), validated(request, Rename)
        renamed = services.rename_namespace(actor=actor, name=user.username, new_name=data["name"])
        return Response(Profile(renamed).data)


@requires(PERSON)
class OwnSessions(ApiView):
    @operation("list_my_sessions", "me", SessionPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your sessions, most recently used first."""
        rows, key = live_sessions(person_of(actor_of(request))), request._request.session.session_key
        shape = partial(Session, context={"session_key": key})
        return list_response(request, rows, shape, order=("-last_seen_at", "-id"))

    @operation("end_other_sessions", "me", None, status=204)
    def delete(self, request: Request) -> Response:
        """End all your sessions except this one."""
        user = person_of(actor_of(request))
        services.end_sessions(user, keep=request._request.session.session_key or "")
        return no_content()


@requires(PERSON)
class OwnEmails(ApiView):
    @operation("list_my_emails", "me", EmailPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your email addresses, the primary one first.

        They can only be changed on the site, where access must be confirmed.
        """
        rows = EmailAddress.objects.filter(user=person_of(actor_of(request)))
        return list_response(request, rows, Email, order=("-primary", "email"))


@requires(PERSON)
class OwnPasskeys(ApiView):
    @operation("list_my_passkeys", "me", PasskeyPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your passkeys and security keys, oldest first. They can only be changed on the site."""
        rows = passkeys_of(person_of(actor_of(request)))
        return list_response(request, rows, Passkey, order=("created_at", "id"))
