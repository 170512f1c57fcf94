"""REST views of the tokens of workers."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, StrictCharField, StrictIntegerField, validated
from apps.core.rest.fields import ModelResource, OptionalTextField
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import requires
from apps.users.accounts.confirmation import check_confirmed
from apps.users.accounts.errors import TokenNotFound
from apps.users.accounts.models import AccessToken
from apps.users.accounts.policies import PERSON

from ..selectors import owner_names, owner_of_token, tokens_of
from ..services import create_worker_token, revoke_worker_token

TOKEN_ID = in_path("worker_token_id", "Id of the token.", UUID)
EXPIRY_DAYS_LIMIT = 3650
EXAMPLE: dict[str, Any] = {
    "id": "5b8f3d1e-2c47-4e0b-9f43-1d0c8a7e6b52",
    "name": "box under the desk",
    "owner": "owner",
    "token_hint": "hf_…a1b2",
    "created_by": "owner",
    "created_at": "2026-01-31T12:00:00.000Z",
    "expires_at": None,
    "last_used_at": None,
}


@with_example(EXAMPLE)
class WorkerTokenSerializer(ModelResource):
    """A token by which workers get jobs."""

    id = serializers.CharField(source="public_id")
    owner = serializers.SerializerMethodField(
        help_text="Whose jobs its workers get; null for those of everybody, on workers of the site."
    )
    token_hint = OptionalTextField(source="hint", help_text="Its last characters.")
    created_by = serializers.CharField(
        source="user.username", help_text="Who must administer the owner, or it gives no jobs."
    )

    def get_owner(self, token: AccessToken) -> str | None:
        return owner_of_token(token, self.context["names"])

    class Meta:
        model = AccessToken
        fields = (
            "id",
            "name",
            "owner",
            "token_hint",
            "created_by",
            "created_at",
            "expires_at",
            "last_used_at",
        )
        extra_kwargs: dict[str, dict[str, Any]] = {
            "expires_at": {"help_text": "Null if it does not expire."},
            "last_used_at": {"help_text": "When a worker last used it, to the minute; null if none has."},
        }


@with_example({**EXAMPLE, "token": "hf_…"})
class WorkerTokenWithSecret(WorkerTokenSerializer):
    """A new token, with the secret that is shown once."""

    token = serializers.SerializerMethodField(help_text="The secret. It is not shown again.")

    def get_token(self, token: AccessToken) -> str:
        return str(self.context["raw"])

    class Meta(WorkerTokenSerializer.Meta):
        fields = (*WorkerTokenSerializer.Meta.fields, "token")  # type: ignore[assignment]


@with_example({"name": "box under the desk", "owner": "owner", "expires_in_days": 365})
class WorkerTokenCreate(Body):
    """A new token for workers."""

    name = StrictCharField(max_length=100, help_text="What it is for, such as the machine.")
    owner = StrictCharField(
        max_length=100,
        required=False,
        allow_null=True,
        help_text="You, or an organization that you administer. Default: the site, for administrators.",
    )
    expires_in_days = StrictIntegerField(
        min_value=1,
        max_value=EXPIRY_DAYS_LIMIT,
        required=False,
        allow_null=True,
        help_text="Default: it does not expire.",
    )


WorkerTokenPage = page_of(WorkerTokenSerializer)


@requires(PERSON)
class WorkerTokens(ApiView):
    shows_secret = True

    @operation("list_worker_tokens", "fleet", WorkerTokenPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the tokens of your workers, newest first."""
        actor = actor_of(request)
        shape = partial(WorkerTokenSerializer, context={"names": owner_names(actor)})
        return list_response(request, tokens_of(actor), shape, order=("-created_at", "-public_id"))

    @operation("create_worker_token", "fleet", WorkerTokenWithSecret, status=201, body=WorkerTokenCreate)
    def post(self, request: Request) -> Response:
        """Create a token for workers, after access was confirmed. Its secret is not shown again."""
        check_confirmed(request)
        data = validated(request, WorkerTokenCreate)
        days = data.get("expires_in_days")
        token, raw = create_worker_token(
            actor=actor_of(request),
            name=data["name"],
            owner=data.get("owner") or "",
            expires_at=timezone.now() + timedelta(days=days) if days else None,
        )
        context = {"raw": raw, "names": owner_names(actor_of(request))}
        body = WorkerTokenWithSecret(token, context=context).data
        response = created(body, f"/api/v1/worker-tokens/{token.public_id}")
        response["Cache-Control"] = "no-store"
        return response


@requires(PERSON)
class OneWorkerToken(ApiView):
    @operation("get_worker_token", "fleet", WorkerTokenSerializer, 404, params=[TOKEN_ID])
    def get(self, request: Request, worker_token_id: UUID) -> Response:
        """Get a token of your workers."""
        token = tokens_of(actor_of(request)).filter(public_id=worker_token_id).first()
        if token is None:
            raise TokenNotFound
        names = owner_names(actor_of(request))
        return Response(WorkerTokenSerializer(token, context={"names": names}).data)

    @operation("revoke_worker_token", "fleet", None, 404, status=204, params=[TOKEN_ID])
    def delete(self, request: Request, worker_token_id: UUID) -> Response:
        """Revoke a token of your workers: they get no further job."""
        revoke_worker_token(actor=actor_of(request), token_id=worker_token_id)
        return no_content()
