"""Authentication of the REST framework by the actor of the request."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apps.core.actor import Actor


class ActorAuthentication(BaseAuthentication):
    """Passes the middleware's actor to the REST framework."""

    def authenticate(self, request: Request) -> tuple[Actor, None]:
        actor = request._request.actor  # type: ignore[attr-defined]
        # Resolve a lazy actor now: the framework is about to replace the user it depends on.
        assert isinstance(actor, Actor)
        return actor, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
