"""Invitations to organizations, and one's own memberships."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import Unauthenticated
from apps.core.rest.body import validated
from apps.core.rest.entity_tags import resource_tag
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import SIGNED_IN, requires

from .. import services
from ..access import person_of
from ..confirmation import check_confirmed
from ..errors import InvitationNotFound
from ..models import Invitation, Namespace
from ..policies import ORGANIZATION_MANAGE, PERSON
from ..roles import ROLES
from ..scopes import OAuthScope
from ..selectors import invitations_to, memberships_of, open_invitations_of, person
from .organizations import NAME
from .shapes.organizations import (
    InvitationCreate,
    InvitationPage,
    InvitationSerializer,
    MemberSerializer,
    MembershipPage,
    MembershipSerializer,
)

INVITATION = in_path("invitation_id", "Id of the invitation.")
NEWEST_FIRST = ("-created_at", "-public_id")


def invitation_response(rows: QuerySet[Invitation], invitation_id: UUID) -> Response:
    """raises  InvitationNotFound"""
    found = rows.filter(public_id=invitation_id).first()
    if found is None:
        raise InvitationNotFound
    return Response(InvitationSerializer(found).data)


@requires(ORGANIZATION_MANAGE)
class Invitations(ApiView):
    @operation("list_invitations", "organizations", InvitationPage, 404, params=[NAME, CURSOR, LIMIT])
    def get(self, request: Request, namespace: Namespace) -> Response:
        """List pending invitations, newest first."""
        return list_response(
            request, open_invitations_of(namespace), InvitationSerializer, order=NEWEST_FIRST
        )

    @operation(
        "create_invitation",
        "organizations",
        InvitationSerializer,
        404,
        status=(201, 200),
        body=InvitationCreate,
        params=[NAME],
    )
    def post(self, request: Request, namespace: Namespace) -> Response:
        """Invite a person. They become a member when they accept.

        Inviting a person again changes the role of the pending invitation and returns 200. A browser session
        needs confirmed access.
        """
        check_confirmed(request)
        data = validated(request, InvitationCreate)
        invitation, is_new = services.invite_person(
            actor=actor_of(request),
            organization=namespace.name,
            name=data["person"],
            role=ROLES[data["role"]],
        )
        body = InvitationSerializer(invitation).data
        if not is_new:
            return Response(body, headers={"ETag": resource_tag(body, frozenset())})
        return created(body, f"/api/v1/organizations/{namespace.name}/invitations/{invitation.public_id}")


@requires(ORGANIZATION_MANAGE)
class OrganizationInvitation(ApiView):
    @operation("get_invitation", "organizations", InvitationSerializer, 404, params=[NAME, INVITATION])
    def get(self, request: Request, namespace: Namespace, invitation_id: UUID) -> Response:
        """Get a pending invitation."""
        return invitation_response(open_invitations_of(namespace), invitation_id)

    @operation("withdraw_invitation", "organizations", None, 404, status=204, params=[NAME, INVITATION])
    def delete(self, request: Request, namespace: Namespace, invitation_id: UUID) -> Response:
        """Withdraw an invitation."""
        services.withdraw_invitation(
            actor=actor_of(request), organization=namespace.name, invitation_id=invitation_id
        )
        return no_content()


@requires(SIGNED_IN, scopes=(OAuthScope.PROFILE,))
class OwnOrganizations(ApiView):
    @operation("list_my_organizations", "me", MembershipPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your organizations, sorted by name."""
        user = person(actor_of(request))
        if user is None:
            raise Unauthenticated
        rows = memberships_of(user).annotate(key=F("namespace__key"))
        return list_response(request, rows, MembershipSerializer, order=("key",))


@requires(PERSON)
class OwnMembership(ApiView):
    @operation("leave_organization", "me", None, 404, 409, status=204, params=[NAME])
    def delete(self, request: Request, name: str) -> Response:
        """Leave an organization. At least one admin must remain."""
        services.leave_organization(actor=actor_of(request), organization=name)
        return no_content()


@requires(PERSON)
class OwnInvitations(ApiView):
    @operation("list_my_invitations", "me", InvitationPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your pending invitations, newest first."""
        rows = invitations_to(person_of(actor_of(request)))
        return list_response(request, rows, InvitationSerializer, order=NEWEST_FIRST)


@requires(PERSON)
class OwnInvitation(ApiView):
    @operation("get_my_invitation", "me", InvitationSerializer, 404, params=[INVITATION])
    def get(self, request: Request, invitation_id: UUID) -> Response:
        """Get one of your pending invitations."""
        return invitation_response(invitations_to(person_of(actor_of(request))), invitation_id)

    @operation("decline_invitation", "me", None, 404, status=204, params=[INVITATION])
    def delete(self, request: Request, invitation_id: UUID) -> Response:
        """Decline an invitation."""
        services.decline_invitation(actor=actor_of(request), invitation_id=invitation_id)
        return no_content()


@requires(PERSON)
class Acceptance(ApiView):
    @operation("accept_invitation", "me", MemberSerializer, 404, status=201, params=[INVITATION])
    def post(self, request: Request, invitation_id: UUID) -> Response:
        """Accept an invitation and become a member with the offered role."""
        member = services.accept_invitation(actor=actor_of(request), invitation_id=invitation_id)
        body = MemberSerializer(member).data
        return created(body, f"/api/v1/organizations/{member.namespace.name}/members/{member.user.username}")
