"""Access tokens and authorized applications of a user."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, limit_of, no_content, page_json, page_response
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires

from ..access import person_of
from ..errors import TokenNotFound
from ..models import TokenRole
from ..policies import PERSON
from ..selectors import connected_applications, own_tokens
from ..services import create_access_token, revoke_access_token, revoke_client
from .shapes import (
    NewTokenSerializer,
    ProgramPage,
    ProgramSerializer,
    TokenIn,
    TokenPage,
    TokenSerializer,
    grant_line,
)


@requires(PERSON)
class Tokens(ApiView):
    shows_secret = True

    @operation("list_tokens", "me", TokenPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your access tokens, newest first."""
        rows = own_tokens(person_of(actor_of(request)))
        page = page_by_cursor(
            rows, order=("-created_at", "-id"), cursor=query_str(request, "cursor"), limit=limit_of(request)
        )
        return page_response(page, TokenSerializer)

    @operation("create_token", "me", NewTokenSerializer, status=201, body=TokenIn)
    def post(self, request: Request) -> Response:
        """Create an access token. Its secret is not shown again."""
        actor = actor_of(request)
        data = validated(request, TokenIn)
        days = data["expires_in_days"]
        token, raw = create_access_token(
            actor=actor,
            name=data["name"],
            role=TokenRole(data["role"]),
            grants=[grant_line(one) for one in data["grants"]],
            expires_at=timezone.now() + timedelta(days=days) if days else None,
        )
        body = NewTokenSerializer(token, context={"raw": raw}).data
        return Response(
            body,
            status=201,
            headers={"Location": f"/api/v1/me/tokens/{token.pk}", "Cache-Control": "no-store"},
        )


@requires(PERSON)
class Token(ApiView):
    @operation("get_token", "me", TokenSerializer, 404, params=[in_path("token_id", "ID of the token.", int)])
    def get(self, request: Request, token_id: int) -> Response:
        """Get one of your access tokens."""
        token = own_tokens(person_of(actor_of(request))).filter(pk=token_id).first()
        if token is None:
            raise TokenNotFound
        return Response(TokenSerializer(token).data)

    @operation(
        "revoke_token", "me", None, 404, status=204, params=[in_path("token_id", "ID of the token.", int)]
    )
    def delete(self, request: Request, token_id: int) -> Response:
        """Revoke one of your access tokens."""
        revoke_access_token(actor=actor_of(request), token_id=token_id)
        return no_content()


@requires(PERSON)
class Applications(ApiView):
    @operation("list_programs", "me", ProgramPage)
    def get(self, request: Request) -> Response:
        """List the OAuth applications with access to your account, newest first."""
        rows = connected_applications(person_of(actor_of(request)))
        return Response(page_json(ProgramSerializer(rows, many=True).data, None))


@requires(PERSON)
class Application(ApiView):
    @operation(
        "sign_out_program",
        "me",
        None,
        404,
        status=204,
        params=[in_path("client_id", "Client ID of the application.")],
    )
    def delete(self, request: Request, client_id: str) -> Response:
        """Revoke the access of an OAuth application to your account."""
        revoke_client(actor=actor_of(request), client_id=client_id)
        return no_content()
