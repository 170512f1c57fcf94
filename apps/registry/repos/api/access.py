"""REST API: access requests of gated repositories."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, RawCharField, StrictChoiceField, query_choice, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, limit_of, page_response
from apps.core.web.policies import requires

from ..errors import RequestNotFound
from ..models import ACCESS_WORDS_LIMIT, AccessRequest, AccessState, Repo
from ..policies import ACCESS_REQUEST, REPO_ADMIN
from ..selectors.access_requests import access_requests, requests_to
from ..services.access_requests import decide_access, grant_access, request_access
from .repo_view import ADDRESS

PERSON = in_path("person", "Username.")


@with_example(
    {
        "person": "member",
        "full_name": "",
        "email": "member@example.com",
        "state": "accepted",
        "is_asked": True,
        "reason": "To compare it with ours.",
        "reply": "",
        "created_at": "2026-01-31T12:00:00Z",
        "decided_at": "2026-01-31T12:00:00Z",
        "decided_by": "owner",
    }
)
class AccessRequestSerializer(serializers.ModelSerializer[Any]):
    """A request for access to a gated repository, or access granted without a request."""

    person = serializers.CharField(source="user.username")
    full_name = serializers.CharField(source="user.namespace.full_name", allow_blank=True)
    email = serializers.SerializerMethodField()
    state = serializers.ChoiceField(AccessState.values)
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)

    class Meta:
        model = AccessRequest
        fields = (
            "person",
            "full_name",
            "email",
            "state",
            "is_asked",
            "reason",
            "reply",
            "created_at",
            "decided_at",
            "decided_by",
        )
        extra_kwargs = {"is_asked": {"source": "is_requested"}}

    def get_email(self, request: AccessRequest) -> str:
        """Empty if access was granted without a request, or if the email address is not confirmed."""
        return request.user.verified_email if request.is_requested else ""


AccessRequestPage = page_of(AccessRequestSerializer)


@with_example({"reason": "To compare it with ours."})
class Asking(Body):
    """A request for access."""

    reason = RawCharField(max_length=ACCESS_WORDS_LIMIT, required=False, default="")


@with_example({"state": "accepted"})
class Decision(Body):
    """The new state of a request. `pending` revokes access; `accepted` also works without a request."""

    state = StrictChoiceField(AccessState.choices)
    reply = RawCharField(
        max_length=ACCESS_WORDS_LIMIT, required=False, default="", help_text="Reason for a rejection."
    )


@requires(REPO_ADMIN, POST=ACCESS_REQUEST)
class AccessRequests(ApiView):
    @operation(
        "list_access_requests",
        "access",
        AccessRequestPage,
        404,
        params=[
            *ADDRESS,
            in_query("state", enum=AccessState.values, about="Default: pending."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """List access requests, oldest first."""
        state = AccessState(query_choice(request, "state", AccessState.values) or AccessState.PENDING)
        page = access_requests(
            repo, state, cursor=query_str(request, "cursor") or None, limit=limit_of(request)
        )
        return page_response(page, AccessRequestSerializer)

    @operation(
        "ask_access", "access", AccessRequestSerializer, 404, 409, status=201, body=Asking, params=ADDRESS
    )
    def post(self, request: Request, repo: Repo) -> Response:
        """Request access to a gated repository. Requires a browser session.

        The owner sees your name and email address.
        """
        found = request_access(
            actor=actor_of(request), address=repo.address, reason=validated(request, Asking)["reason"]
        )
        return Response(AccessRequestSerializer(found).data, status=201)


@requires(REPO_ADMIN)
class OneAccessRequest(ApiView):
    @operation("get_access_request", "access", AccessRequestSerializer, 404, params=[*ADDRESS, PERSON])
    def get(self, request: Request, repo: Repo, person: str) -> Response:
        """Get the access request of a user."""
        found = requests_to(repo).filter(user__namespace__key=person.casefold()).first()
        if found is None:
            raise RequestNotFound
        return Response(AccessRequestSerializer(found).data)

    @operation(
        "decide_access",
        "access",
        AccessRequestSerializer,
        404,
        409,
        body=Decision,
        params=[*ADDRESS, PERSON],
    )
    def put(self, request: Request, repo: Repo, person: str) -> Response:
        """Accept or reject a request, revoke access, or grant access without a request."""
        actor = actor_of(request)
        data = validated(request, Decision)
        if data["state"] == AccessState.ACCEPTED:
            found = grant_access(actor=actor, address=repo.address, name=person)
        else:
            state = AccessState(data["state"])
            found = decide_access(
                actor=actor, address=repo.address, name=person, state=state, reply=data["reply"]
            )
        return Response(AccessRequestSerializer(found).data)
