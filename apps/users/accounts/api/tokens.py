"""Access tokens and authorized applications of a user."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import requires

from ..access import person_of
from ..actors import raw_token
from ..confirmation import check_confirmed
from ..errors import TokenNotFound
from ..policies import CURRENT_TOKEN, PERSON
from ..roles import PERSONAL_TOKENS
from ..selectors import connected_applications, credential_of, granted_scopes, own_tokens
from ..services import create_access_token, revoke_access_token, revoke_client
from .shapes.credentials import (
    ApplicationPage,
    CurrentToken,
    OAuthApplication,
    TokenCreate,
    TokenPage,
    TokenSerializer,
    TokenWithSecret,
    grant_line,
)

TOKEN_ID = in_path("token_id", "Id of the token.")


@requires(CURRENT_TOKEN)
class OwnToken(ApiView):
    @operation("get_current_token", "me", CurrentToken, 404)
    def get(self, request: Request) -> Response:
        """Get the token of this request: its role, grants or scopes, and expiry.

        A browser session has none: 404.
        """
        actor = actor_of(request)
        found = credential_of(actor, raw_token(request.headers["Authorization"]) or "")
        if found is None:
            raise TokenNotFound
        return Response(CurrentToken(found, context={"person": actor.name}).data)


@requires(PERSON)
class Tokens(ApiView):
    shows_secret = True

    @operation("list_my_tokens", "me", TokenPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your access tokens, newest first."""
        rows = own_tokens(person_of(actor_of(request)))
        return list_response(request, rows, TokenSerializer, order=("-created_at", "-public_id"))

    @operation("create_token", "me", TokenWithSecret, status=201, body=TokenCreate)
    def post(self, request: Request) -> Response:
        """Create an access token, after access was confirmed. Its secret is not shown again."""
        check_confirmed(request)
        data = validated(request, TokenCreate)
        days = data.get("expires_in_days")
        token, raw = create_access_token(
            actor=actor_of(request),
            name=data["name"],
            role=PERSONAL_TOKENS[data["role"]],
            grants=[grant_line(one) for one in data.get("grants") or []],
            expires_at=timezone.now() + timedelta(days=days) if days else None,
        )
        body = TokenWithSecret(token, context={"raw": raw}).data
        response = created(body, f"/api/v1/me/tokens/{token.public_id}")
        response["Cache-Control"] = "no-store"
        return response


@requires(PERSON)
class Token(ApiView):
    @operation("get_token", "me", TokenSerializer, 404, params=[TOKEN_ID])
    def get(self, request: Request, token_id: UUID) -> Response:
        """Get one of your access tokens."""
        token = own_tokens(person_of(actor_of(request))).filter(public_id=token_id).first()
        if token is None:
            raise TokenNotFound
        return Response(TokenSerializer(token).data)

    @operation("revoke_token", "me", None, 404, status=204, params=[TOKEN_ID])
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revoke one of your access tokens."""
        revoke_access_token(actor=actor_of(request), token_id=token_id)
        return no_content()


@requires(PERSON)
class Applications(ApiView):
    @operation("list_my_applications", "me", ApplicationPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the OAuth applications with access to your account, most recently authorized first."""
        user = person_of(actor_of(request))
        shape = partial(OAuthApplication, context={"scopes": granted_scopes(user)})
        return list_response(request, connected_applications(user), shape, order=("-authorized_at", "id"))


@requires(PERSON)
class Application(ApiView):
    @operation(
        "revoke_application",
        "me",
        None,
        404,
        status=204,
        params=[in_path("client_id", "Client id of the application.")],
    )
    def delete(self, request: Request, client_id: str) -> Response:
        """Revoke the access of an OAuth application to your account."""
        revoke_client(actor=actor_of(request), client_id=client_id)
        return no_content()
