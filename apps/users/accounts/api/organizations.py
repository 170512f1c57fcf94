"""Profiles of people and organizations, and the members of organizations."""

from __future__ import annotations

from django.db.models import F
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import requires

from .. import services
from ..confirmation import check_confirmed
from ..errors import MemberNotFound
from ..models import Namespace
from ..policies import ORGANIZATION, ORGANIZATION_ADMIN, ORGANIZATION_MANAGE, PERSON, PERSON_PROFILE
from ..roles import ROLES
from ..selectors import members_of
from .own import PROFILE
from .shapes.organizations import (
    MemberPage,
    MemberSerializer,
    MemberUpdate,
    OrganizationCreate,
    OrganizationSerializer,
    OrganizationUpdate,
)
from .shapes.profiles import Profile, Rename

NAME = in_path("name", "Name of the organization; former names work too.")
MEMBER = in_path("member", "Username of a member.")


@requires(PERSON_PROFILE)
class Person(ApiView):
    @operation(
        "get_person",
        "people",
        Profile,
        404,
        params=[in_path("name", "Username; former names work too.")],
    )
    def get(self, request: Request, namespace: Namespace) -> Response:
        """Get the profile of a person."""
        return Response(Profile(namespace).data)


@requires(PERSON)
class Organizations(ApiView):
    @operation(
        "create_organization", "organizations", OrganizationSerializer, status=201, body=OrganizationCreate
    )
    def post(self, request: Request) -> Response:
        """Create an organization with yourself as its admin."""
        actor = actor_of(request)
        data = validated(request, OrganizationCreate)
        namespace = services.create_organization(
            actor=actor, name=data["name"], full_name=data.get("full_name") or ""
        )
        # the actor was made before the membership
        body = OrganizationSerializer(namespace, context={"actor": actor}).data | {"role": "admin"}
        return created(body, f"/api/v1/organizations/{namespace.name}")


class OrganizationView(ApiView):
    """Operations on one organization."""

    def data(self, request: Request, namespace: Namespace) -> Response:
        return Response(OrganizationSerializer(namespace, context={"actor": actor_of(request)}).data)


@requires(ORGANIZATION, PATCH=ORGANIZATION_MANAGE, DELETE=ORGANIZATION_ADMIN)
class Organization(OrganizationView):
    @operation("get_organization", "organizations", OrganizationSerializer, 404, params=[NAME])
    def get(self, request: Request, namespace: Namespace) -> Response:
        """Get an organization."""
        return self.data(request, namespace)

    @operation(
        "update_organization",
        "organizations",
        OrganizationSerializer,
        404,
        body=OrganizationUpdate,
        params=[NAME],
    )
    def patch(self, request: Request, namespace: Namespace) -> Response:
        """Update the profile of an organization."""
        data = validated(request, OrganizationUpdate)
        facts = {field: data.get(field, getattr(namespace, field)) for field in PROFILE}
        return self.data(
            request, services.update_profile(actor=actor_of(request), name=namespace.name, **facts)
        )

    @operation("delete_organization", "organizations", None, 404, 409, status=204, params=[NAME])
    def delete(self, request: Request, namespace: Namespace) -> Response:
        """Delete an organization that owns no repositories."""
        services.remove_organization(actor=actor_of(request), organization=namespace.name)
        return no_content()


@requires(ORGANIZATION_ADMIN)
class OrganizationName(OrganizationView):
    @operation(
        "rename_organization", "organizations", OrganizationSerializer, 404, body=Rename, params=[NAME]
    )
    def post(self, request: Request, namespace: Namespace) -> Response:
        """Rename an organization. The old name redirects until someone else takes it."""
        new_name = validated(request, Rename)["name"]
        return self.data(
            request,
            services.rename_namespace(actor=actor_of(request), name=namespace.name, new_name=new_name),
        )


@requires(ORGANIZATION)
class Members(ApiView):
    @operation("list_members", "organizations", MemberPage, 404, params=[NAME, CURSOR, LIMIT])
    def get(self, request: Request, namespace: Namespace) -> Response:
        """List the members of an organization, sorted by name."""
        rows = members_of(namespace).annotate(key=F("user__namespace__key"))
        return list_response(request, rows, MemberSerializer, order=("key",))


@requires(ORGANIZATION, PATCH=ORGANIZATION_MANAGE, DELETE=ORGANIZATION_MANAGE)
class Member(ApiView):
    @operation("get_member", "organizations", MemberSerializer, 404, params=[NAME, MEMBER])
    def get(self, request: Request, namespace: Namespace, member: str) -> Response:
        """Get a member of an organization."""
        row = members_of(namespace).filter(user__namespace__key=member.casefold()).first()
        if row is None:
            raise MemberNotFound
        return Response(MemberSerializer(row).data)

    @operation(
        "update_member",
        "organizations",
        MemberSerializer,
        404,
        409,
        body=MemberUpdate,
        params=[NAME, MEMBER],
    )
    def patch(self, request: Request, namespace: Namespace, member: str) -> Response:
        """Change the role of a member. At least one admin must remain.

        A browser session needs confirmed access.
        """
        check_confirmed(request)
        role = ROLES[validated(request, MemberUpdate)["role"]]
        changed = services.change_role(
            actor=actor_of(request), organization=namespace.name, name=member, role=role
        )
        return Response(MemberSerializer(changed).data)

    @operation("remove_member", "organizations", None, 404, 409, status=204, params=[NAME, MEMBER])
    def delete(self, request: Request, namespace: Namespace, member: str) -> Response:
        """Remove a member. At least one admin must remain.

        A browser session needs confirmed access.
        """
        check_confirmed(request)
        services.remove_member(actor=actor_of(request), organization=namespace.name, name=member)
        return no_content()
