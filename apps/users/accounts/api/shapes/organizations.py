"""Organizations, their members and invitations."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.body import Body, StrictCharField, StrictChoiceField
from apps.core.rest.fields import OptionalTextField, Resource, TimestampField
from apps.core.rest.schema import page_of, with_example

from ...models import Namespace
from ...roles import api_name
from ..choices import NamespaceRole
from .profiles import DISPLAY_NAME_LIMIT, NAME_LIMIT, PROFILE_EXAMPLE, Profile, ProfileUpdate


class RoleField(serializers.ChoiceField):
    """A role in an organization."""

    def __init__(self, **options: object) -> None:
        super().__init__(NamespaceRole.choices, **options)  # type: ignore[arg-type]

    def to_representation(self, value: Any) -> str:
        return api_name(value)


@with_example(
    {
        **PROFILE_EXAMPLE,
        "name": "grove",
        "kind": "organization",
        "display_name": "The Grove",
        "url": "/grove",
        "is_private_by_default": False,
        "role": "admin",
    }
)
class OrganizationSerializer(Profile):
    """An organization."""

    is_private_by_default = serializers.BooleanField(
        help_text="Whether new repositories are private unless requested otherwise."
    )
    role = serializers.SerializerMethodField(help_text="Your role in it; null if you are not a member.")

    @extend_schema_field(serializers.ChoiceField(NamespaceRole.choices, allow_null=True))
    def get_role(self, namespace: Namespace) -> str | None:
        role = self.context["actor"].roles.get(namespace.pk)
        return api_name(role) if role else None


@with_example({"name": "grove", "display_name": "The Grove"})
class OrganizationCreate(Body):
    """A new organization. Its creator becomes its admin."""

    name = StrictCharField(
        max_length=NAME_LIMIT,
        help_text="2 to 96 letters or digits; -, _ and . may appear singly in between.",
    )
    display_name = StrictCharField(
        source="full_name", max_length=DISPLAY_NAME_LIMIT, required=False, allow_null=True
    )


@with_example({"display_name": "The Grove", "description": "We grow trees."})
class OrganizationUpdate(ProfileUpdate):
    """Fields to change; omitted fields stay the same, and null clears a field."""


@with_example(
    {"name": "member", "display_name": None, "role": "write", "joined_at": "2026-01-31T12:00:00.000Z"}
)
class MemberSerializer(Resource):
    """A member of an organization."""

    name = serializers.CharField(source="user.username")
    display_name = OptionalTextField(source="user.namespace.full_name")
    role = RoleField()
    joined_at = TimestampField(source="created_at", help_text="When the person became a member.")


@with_example({"role": "write"})
class MemberUpdate(Body):
    """A change of a member."""

    role = StrictChoiceField(NamespaceRole.choices)


@with_example(
    {
        "id": "0f6c1a52-6f5e-4a43-9a4f-6c6b0a7a2f10",
        "organization": "grove",
        "person": "stranger",
        "role": "read",
        "invited_by": "owner",
        "created_at": "2026-01-31T12:00:00.000Z",
    }
)
class InvitationSerializer(Resource):
    """A pending invitation to an organization."""

    id = serializers.CharField(source="public_id")
    organization = serializers.CharField(source="namespace.name", help_text="Name of the organization.")
    person = serializers.CharField(source="user.username", help_text="Username of the invited person.")
    role = RoleField()
    invited_by = OptionalTextField(
        source="invited_by.username", help_text="Username; null if the account was deleted."
    )
    created_at = TimestampField()


@with_example({"person": "stranger", "role": "read"})
class InvitationCreate(Body):
    """A new invitation. Inviting a person again changes the role."""

    person = StrictCharField(max_length=NAME_LIMIT, help_text="Username.")
    role = StrictChoiceField(NamespaceRole.choices)


@with_example(
    {"name": "grove", "display_name": "The Grove", "role": "admin", "joined_at": "2026-01-31T12:00:00.000Z"}
)
class MembershipSerializer(Resource):
    """An organization that you belong to, and your role in it."""

    name = serializers.CharField(source="namespace.name")
    display_name = OptionalTextField(source="namespace.full_name")
    role = RoleField()
    joined_at = TimestampField(source="created_at", help_text="When the person became a member.")


InvitationPage = page_of(InvitationSerializer)
MemberPage = page_of(MemberSerializer)
MembershipPage = page_of(MembershipSerializer)
