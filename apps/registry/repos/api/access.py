"""REST API: access requests of gated repositories."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, RawCharField, StrictChoiceField, query_choice, query_str, validated
from apps.core.rest.fields import ModelResource, OptionalTextField
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, created, limit_of, page_response
from apps.core.web.policies import requires

from ..models import ACCESS_WORDS_LIMIT, AccessRequest, AccessState, Repo
from ..policies import ACCESS_REQUEST, ACCESS_REQUEST_READ, REPO_ADMIN
from ..selectors.access_requests import access_requests, own_request, requests_to
from ..services.access_requests import decide_access, grant_access, request_access
from .repo_view import ADDRESS
from .repos import repo_path

PERSON = in_path("person", "Username.")


@with_example(
    {
        "name": "member",
        "display_name": None,
        "email": "member@example.com",
        "state": "accepted",
        "was_requested": True,
        "reason": "To compare it with ours.",
        "reply": None,
        "created_at": "2026-01-31T12:00:00.000Z",
        "decided_at": "2026-01-31T12:00:00.000Z",
        "decided_by": "owner",
    }
)
class AccessRequestSerializer(ModelResource):
    """A request for access to a gated repository, or access granted without a request."""

    name = serializers.CharField(source="user.username", help_text="Username of the person.")
    display_name = OptionalTextField(source="user.namespace.full_name")
    email = serializers.SerializerMethodField(
        help_text="null if access was granted without a request, or if the address is not confirmed."
    )
    decided_by = OptionalTextField(
        source="decided_by.username",
        default=None,
        help_text="Username of an admin; null while pending, and with automatic approval.",
    )

    class Meta:
        model = AccessRequest
        fields = (
            "name",
            "display_name",
            "email",
            "state",
            "was_requested",
            "reason",
            "reply",
            "created_at",
            "decided_at",
            "decided_by",
        )
        extra_kwargs = {
            "was_requested": {
                "source": "is_requested",
                "help_text": "Whether the person asked, and so shares name and email address.",
            },
            "state": {"help_text": "Whether the person may read the files: only if accepted."},
            "decided_at": {"help_text": "null while pending."},
            "reason": {"help_text": "Given by the person."},
            "reply": {"help_text": "Reason of a rejection."},
        }

    def get_email(self, request: AccessRequest) -> str | None:
        return (request.user.verified_email if request.is_requested else "") or None


AccessRequestPage = page_of(AccessRequestSerializer)


@with_example({"reason": "To compare it with ours."})
class AccessRequestCreate(Body):
    """A request for access."""

    reason = RawCharField(
        max_length=ACCESS_WORDS_LIMIT, required=False, allow_null=True, help_text="Shown to the owner."
    )


@with_example({"state": "accepted"})
class AccessRequestUpdate(Body):
    """The new state of a request. `pending` revokes access; `accepted` also works without a request."""

    state = StrictChoiceField(AccessState.choices, help_text="Replaces the present one.")
    reply = RawCharField(
        max_length=ACCESS_WORDS_LIMIT,
        required=False,
        allow_null=True,
        help_text="Reason of a rejection, shown to the person.",
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
            in_query("state", AccessState, "Default: pending."),
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
        "create_access_request",
        "access",
        AccessRequestSerializer,
        404,
        409,
        status=(201, 200),
        body=AccessRequestCreate,
        params=ADDRESS,
    )
    def post(self, request: Request, repo: Repo) -> Response:
        """Request access to a gated repository. Requires a browser session.

        The owner sees your name and email address. While a request is pending, another changes its reason.
        """
        actor, reason = actor_of(request), validated(request, AccessRequestCreate).get("reason") or ""
        is_new = own_request(actor, repo) is None
        found = request_access(actor=actor, address=repo.address, reason=reason)
        return access_response(repo, found, is_new=is_new)


def access_response(repo: Repo, found: AccessRequest, *, is_new: bool) -> Response:
    body = AccessRequestSerializer(found).data
    return created(body, request_path(repo, found)) if is_new else Response(body)


def request_path(repo: Repo, found: AccessRequest) -> str:
    return f"{repo_path(repo)}/access-requests/{found.user.username}"


@requires(ACCESS_REQUEST_READ, PUT=REPO_ADMIN)
class OneAccessRequest(ApiView):
    @operation("get_access_request", "access", AccessRequestSerializer, 404, params=[*ADDRESS, PERSON])
    def get(self, request: Request, access_request: AccessRequest) -> Response:
        """Get the access request of a user: your own, or any of a repository that you manage."""
        return Response(AccessRequestSerializer(access_request).data)

    @operation(
        "update_access_request",
        "access",
        AccessRequestSerializer,
        404,
        409,
        status=(200, 201),
        body=AccessRequestUpdate,
        params=[*ADDRESS, PERSON],
    )
    def put(self, request: Request, repo: Repo, person: str) -> Response:
        """Accept or reject a request, revoke access, or grant access without a request."""
        data = validated(request, AccessRequestUpdate)
        state, reply = AccessState(data["state"]), data.get("reply") or ""
        facts: dict[str, Any] = {"actor": actor_of(request), "address": repo.address, "name": person}
        before = requests_to(repo).filter(user__namespace__key=person.casefold()).first()
        if before and (before.state, before.reply) == (state, reply) and repo.gating:
            return access_response(repo, before, is_new=False)
        if state is AccessState.ACCEPTED:
            found = grant_access(**facts)
        else:
            found = decide_access(**facts, state=state, reply=reply)
        return access_response(repo, found, is_new=before is None)
