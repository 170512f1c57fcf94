"""Organizations, their members and invitations."""

from __future__ import annotations

from django.db.models import F
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import Unauthenticated
from apps.core.rest.body import query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, limit_of, no_content, page_json, page_response
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import SIGNED_IN, requires

from .. import services
from ..access import person_of
from ..errors import MemberNotFound
from ..models import Namespace
from ..policies import ORGANIZATION, ORGANIZATION_ADMIN, PERSON, PERSON_PROFILE
from ..roles import ROLES, api_name
from ..scopes import OAuthScope
from ..selectors import invitations_to, members_of, open_invitations_of, organizations_of, person
from .own import PROFILE
from .shapes import (
    InvitationPage,
    InvitationSerializer,
    MemberPage,
    MemberSerializer,
    NameIn,
    NewInvitation,
    NewOrganisation,
    OrganisationSerializer,
    OwnOrganisationPage,
    ProfileChange,
    ProfileSerializer,
    RoleIn,
)

NAME = in_path("name", "Name of the organization; former names work too.")
MEMBER = in_path("member", "Username of a member.")
INVITATION = in_path("invitation_id", "ID of the invitation.", int)


@requires(PERSON_PROFILE)
class Person(ApiView):
    @operation(
        "get_person",
        "people",
        ProfileSerializer,
        404,
        params=[in_path("name", "Username; former names work too.")],
    )
    def get(self, request: Request, namespace: Namespace) -> Response:
        """Get the profile of a person."""
        return Response(ProfileSerializer(namespace).data)


@requires(PERSON)
class Organizations(ApiView):
    @operation(
        "create_organisation", "organisations", OrganisationSerializer, status=201, body=NewOrganisation
    )
    def post(self, request: Request) -> Response:
        """Create an organization with yourself as its admin."""
        namespace = services.create_organization(
            actor=actor_of(request), **validated(request, NewOrganisation)
        )
        body = {
            **OrganisationSerializer(namespace, context={"actor": actor_of(request)}).data,
            "role": "admin",
        }
        return Response(body, status=201, headers={"Location": f"/api/v1/organisations/{namespace.name}"})


class OrganizationView(ApiView):
    """Operations on one organization."""

    def data(self, request: Request, namespace: Namespace) -> Response:
        return Response(OrganisationSerializer(namespace, context={"actor": actor_of(request)}).data)


@requires(ORGANIZATION, PATCH=ORGANIZATION_ADMIN, DELETE=ORGANIZATION_ADMIN)
class Organization(OrganizationView):
    @operation("get_organisation", "organisations", OrganisationSerializer, 404, params=[NAME])
    def get(self, request: Request, namespace: Namespace) -> Response:
        """Get an organization."""
        return self.data(request, namespace)

    @operation(
        "update_organisation",
        "organisations",
        OrganisationSerializer,
        404,
        body=ProfileChange,
        params=[NAME],
    )
    def patch(self, request: Request, namespace: Namespace) -> Response:
        """Update the profile of an organization."""
        actor = actor_of(request)
        data = validated(request, ProfileChange)
        facts = {field: data.get(field, getattr(namespace, field)) for field in PROFILE}
        return self.data(request, services.update_profile(actor=actor, name=namespace.name, **facts))

    @operation("delete_organisation", "organisations", None, 404, 409, status=204, params=[NAME])
    def delete(self, request: Request, namespace: Namespace) -> Response:
        """Delete an organization that owns no repositories."""
        services.remove_organization(actor=actor_of(request), organization=namespace.name)
        return no_content()


@requires(ORGANIZATION_ADMIN)
class OrganizationName(OrganizationView):
    @operation(
        "rename_organisation", "organisations", OrganisationSerializer, 404, body=NameIn, params=[NAME]
    )
    def post(self, request: Request, namespace: Namespace) -> Response:
        """Rename an organization. The old name redirects until someone else takes it."""
        actor = actor_of(request)
        new_name = validated(request, NameIn)["name"]
        return self.data(
            request, services.rename_namespace(actor=actor, name=namespace.name, new_name=new_name)
        )


@requires(ORGANIZATION)
class Members(ApiView):
    @operation("list_members", "organisations", MemberPage, 404, params=[NAME, CURSOR, LIMIT])
    def get(self, request: Request, namespace: Namespace) -> Response:
        """List the members of an organization, sorted by name."""
        rows = members_of(namespace).annotate(key=F("user__namespace__key"))
        return page_response(
            page_by_cursor(
                rows, order=("key",), cursor=query_str(request, "cursor"), limit=limit_of(request)
            ),
            MemberSerializer,
        )


@requires(ORGANIZATION, PATCH=ORGANIZATION_ADMIN, DELETE=ORGANIZATION_ADMIN)
class Member(OrganizationView):
    @operation("get_member", "organisations", MemberSerializer, 404, params=[NAME, MEMBER])
    def get(self, request: Request, namespace: Namespace, member: str) -> Response:
        """Get a member of an organization."""
        row = members_of(namespace).filter(user__namespace__key=member.casefold()).first()
        if row is None:
            raise MemberNotFound
        return Response(MemberSerializer(row).data)

    @operation("change_role", "organisations", MemberSerializer, 404, 409, body=RoleIn, params=[NAME, MEMBER])
    def patch(self, request: Request, namespace: Namespace, member: str) -> Response:
        """Change the role of a member. At least one admin must remain."""
        actor = actor_of(request)
        role = ROLES[validated(request, RoleIn)["role"]]
        return Response(
            MemberSerializer(
                services.change_role(actor=actor, organization=namespace.name, name=member, role=role)
            ).data
        )

    @operation("remove_member", "organisations", None, 404, 409, status=204, params=[NAME, MEMBER])
    def delete(self, request: Request, namespace: Namespace, member: str) -> Response:
        """Remove a member. At least one admin must remain."""
        services.remove_member(actor=actor_of(request), organization=namespace.name, name=member)
        return no_content()


@requires(ORGANIZATION_ADMIN)
class Invitations(ApiView):
    @operation("list_invitations", "organisations", InvitationPage, 404, params=[NAME, CURSOR, LIMIT])
    def get(self, request: Request, namespace: Namespace) -> Response:
        """List pending invitations, newest first."""
        rows = open_invitations_of(namespace).select_related("namespace")
        page = page_by_cursor(
            rows, order=("-created_at", "id"), cursor=query_str(request, "cursor"), limit=limit_of(request)
        )
        return page_response(page, InvitationSerializer)

    @operation(
        "invite", "organisations", InvitationSerializer, 404, status=201, body=NewInvitation, params=[NAME]
    )
    def post(self, request: Request, namespace: Namespace) -> Response:
        """Invite a user. They become a member when they accept."""
        actor = actor_of(request)
        data = validated(request, NewInvitation)
        invitation = services.invite_person(
            actor=actor, organization=namespace.name, name=data["person"], role=ROLES[data["role"]]
        )
        address = f"/api/v1/organisations/{namespace.name}/invitations/{invitation.pk}"
        return Response(InvitationSerializer(invitation).data, status=201, headers={"Location": address})


@requires(ORGANIZATION_ADMIN)
class OrganizationInvitation(ApiView):
    @operation("withdraw_invitation", "organisations", None, 404, status=204, params=[NAME, INVITATION])
    def delete(self, request: Request, namespace: Namespace, invitation_id: int) -> Response:
        """Cancel an invitation."""
        services.withdraw_invitation(
            actor=actor_of(request), organization=namespace.name, invitation_id=invitation_id
        )
        return no_content()


@requires(SIGNED_IN, scopes=(OAuthScope.PROFILE,))
class OwnOrganizations(ApiView):
    @operation("list_my_organisations", "me", OwnOrganisationPage)
    def get(self, request: Request) -> Response:
        """List your organizations, sorted by name."""
        user = person(actor_of(request))
        if user is None:
            raise Unauthenticated
        rows = [
            {"name": one.name, "full_name": one.full_name, "role": api_name(one.role)}
            for one in organizations_of(user)
        ]
        return Response(page_json(rows, None))


@requires(PERSON)
class OwnMembership(ApiView):
    @operation("leave_organisation", "me", None, 404, 409, status=204, params=[NAME])
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
        page = page_by_cursor(
            rows, order=("-created_at", "id"), cursor=query_str(request, "cursor"), limit=limit_of(request)
        )
        return page_response(page, InvitationSerializer)


@requires(PERSON)
class OwnInvitation(ApiView):
    @operation("decline_invitation", "me", None, 404, status=204, params=[INVITATION])
    def delete(self, request: Request, invitation_id: int) -> Response:
        """Decline an invitation."""
        services.decline_invitation(actor=actor_of(request), invitation_id=invitation_id)
        return no_content()


@requires(PERSON)
class Acceptance(ApiView):
    @operation("accept_invitation", "me", MemberSerializer, 404, params=[INVITATION])
    def post(self, request: Request, invitation_id: int) -> Response:
        """Accept an invitation and become a member with the offered role."""
        return Response(
            MemberSerializer(
                services.accept_invitation(actor=actor_of(request), invitation_id=invitation_id)
            ).data
        )
