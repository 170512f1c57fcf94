"""The signed-in user: profile, name, sessions, deletion."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import logout
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import ActorKind
from apps.core.errors import Forbidden, Unauthenticated
from apps.core.rest.body import invalid_field, query_str, validated
from apps.core.rest.schema import in_query, operation
from apps.core.rest.view import ApiView, actor_of, no_content, page_json
from apps.core.web.policies import SIGNED_IN, requires

from .. import services
from ..access import person_of
from ..models import Namespace, User
from ..policies import PERSON
from ..scopes import OAuthScope
from ..selectors import live_sessions, person
from .shapes import (
    EmailPage,
    EmailSerializer,
    EndedSerializer,
    NameIn,
    OwnChange,
    OwnKeyPage,
    OwnSerializer,
    ProfileSerializer,
    SessionPage,
)

PROFILE = ("full_name", "about", "website", "is_private_by_default")


class ConfirmAccess(Forbidden):
    """facts  url: page to confirm access"""

    code = "ConfirmAccess"
    default = "Confirm access in the browser, then try again."


def own_profile_json(request: Request, user: User) -> dict[str, Any]:
    """Return a user's own data. Job tokens and applications without the email scope get no email address."""
    namespace, actor = user.namespace, actor_of(request)
    shows_email = actor.kind is not ActorKind.JOB and actor.is_granted(OAuthScope.EMAIL)
    return {
        "name": user.username,
        "email": user.email if shows_email else "",
        "is_email_verified": shows_email and bool(user.verified_email),
        **{name: getattr(namespace, name) for name in (*PROFILE, "created_at")},
        "language": user.language,
        "time_zone": user.time_zone,
        "is_staff": user.is_staff and not actor.is_application,
        "url": user.get_absolute_url(),
    }


@requires(SIGNED_IN, scopes=(OAuthScope.PROFILE,), PATCH=PERSON, DELETE=PERSON)
class Own(ApiView):
    def lock(self, request: Request, **names: Any) -> None:
        Namespace.objects.select_for_update().filter(pk=actor_of(request).namespace_id or 0).first()

    @operation("get_me", "me", OwnSerializer)
    def get(self, request: Request) -> Response:
        """Get your profile and preferences."""
        user = person(actor_of(request))
        if user is None:
            raise Unauthenticated
        return Response(own_profile_json(request, user))

    @operation("update_me", "me", OwnSerializer, body=OwnChange)
    def patch(self, request: Request) -> Response:
        """Update your profile and preferences."""
        actor = actor_of(request)
        user, data = person_of(actor), validated(request, OwnChange)
        if set(data) & set(PROFILE):
            facts = {name: data.get(name, getattr(user.namespace, name)) for name in PROFILE}
            services.update_profile(actor=actor, name=user.username, **facts)
        if "language" in data or "time_zone" in data:
            language, time_zone = data.get("language", user.language), data.get("time_zone", user.time_zone)
            services.set_preferences(user, language=language, time_zone=time_zone)
        return Response(own_profile_json(request, person_of(actor)))

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
    @operation("rename_me", "me", ProfileSerializer, body=NameIn)
    def post(self, request: Request) -> Response:
        """Change your username. The old one redirects until someone else takes it."""
        actor = actor_of(request)
        user, data = person_of(actor), validated(request, NameIn)
        renamed = services.rename_namespace(actor=actor, name=user.username, new_name=data["name"])
        return Response(ProfileSerializer(renamed).data)


@requires(PERSON)
class OwnSessions(ApiView):
    @operation("list_sessions", "me", SessionPage)
    def get(self, request: Request) -> Response:
        """List your sessions."""
        user, current_key = person_of(actor_of(request)), request._request.session.session_key
        rows = [
            {
                "ip": one.ip,
                "user_agent": one.user_agent,
                "created_at": one.created_at,
                "last_seen_at": one.last_seen_at,
                "is_current": one.session_key == current_key,
            }
            for one in live_sessions(user)
        ]
        return Response(page_json(rows, None))

    @operation("end_sessions", "me", EndedSerializer)
    def delete(self, request: Request) -> Response:
        """End all other sessions."""
        user = person_of(actor_of(request))
        return Response(
            {"ended": services.end_sessions(user, keep=request._request.session.session_key or "")}
        )


@requires(PERSON)
class OwnEmails(ApiView):
    @operation("list_emails", "me", EmailPage)
    def get(self, request: Request) -> Response:
        """List your email addresses. They can only be changed on the site, where access must be confirmed."""
        rows = EmailAddress.objects.filter(user=person_of(actor_of(request))).order_by("-primary", "email")
        return Response(page_json(EmailSerializer(rows, many=True).data, None))


@requires(PERSON)
class OwnKeys(ApiView):
    @operation("list_own_keys", "me", OwnKeyPage)
    def get(self, request: Request) -> Response:
        """List your passkeys and security keys. They can only be added and removed on the site."""
        rows = Authenticator.objects.filter(
            user=person_of(actor_of(request)), type=Authenticator.Type.WEBAUTHN
        ).order_by("pk")
        items = [
            {"name": one.wrap().name or "", "created_at": one.created_at, "last_used_at": one.last_used_at}
            for one in rows
        ]
        return Response(page_json(items, None))
