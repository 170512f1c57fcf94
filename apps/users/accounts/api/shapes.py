"""Serializers of people, organizations and credentials."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.validators import URLValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.body import (
    Body,
    RawCharField,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
)
from apps.core.rest.schema import page_of, with_example

from ..forms import REPOSITORY_PATTERN
from ..models import AccessToken, Invitation, Membership, Namespace, NamespaceKind
from ..roles import GRANT_LABELS, NEEDS, PERSONAL_TOKEN_ROLES, ROLES, api_name

NAME_LIMIT, EXPIRY_DAYS_LIMIT, GRANTS_LIMIT = 96, 3650, 100
TOKEN_ROLES = [role.value for role in PERSONAL_TOKEN_ROLES]
GRANT_KINDS = ["namespace", "model", "dataset", "space"]


PROFILE_EXAMPLE: dict[str, Any] = {
    "name": "owner",
    "kind": "person",
    "full_name": "The Owner",
    "about": "",
    "website": "https://example.com",
    "created_at": "2026-01-31T12:00:00Z",
    "url": "/owner",
}


@with_example(PROFILE_EXAMPLE)
class ProfileSerializer(serializers.ModelSerializer[Any]):
    """Public profile of a person or organization."""

    kind = serializers.ChoiceField(NamespaceKind.choices)
    url = serializers.CharField(source="get_absolute_url", help_text="Path of the profile page.")
    about = serializers.CharField(allow_blank=True, help_text="Markdown.")
    website = serializers.CharField(allow_blank=True)

    class Meta:
        model = Namespace
        fields: tuple[str, ...] = ("name", "kind", "full_name", "about", "website", "created_at", "url")


@with_example(
    {
        **PROFILE_EXAMPLE,
        "name": "grove",
        "kind": "organisation",
        "full_name": "The Grove",
        "url": "/grove",
        "is_private_by_default": False,
        "role": "admin",
    }
)
class OrganisationSerializer(ProfileSerializer):
    """An organization; `role` is your role in it."""

    is_private_by_default = serializers.BooleanField(help_text="Whether new repositories are private.")
    role = serializers.SerializerMethodField()

    class Meta(ProfileSerializer.Meta):
        fields = (*ProfileSerializer.Meta.fields, "is_private_by_default", "role")

    @extend_schema_field(serializers.ChoiceField(list(ROLES), allow_null=True))
    def get_role(self, namespace: Namespace) -> str | None:
        role = self.context["actor"].roles.get(namespace.pk)
        return api_name(role) if role else None


@with_example(
    {
        "name": "owner",
        "full_name": "The Owner",
        "email": "owner@example.com",
        "is_email_verified": True,
        "about": "",
        "website": "https://example.com",
        "is_private_by_default": False,
        "language": "en",
        "time_zone": "Europe/Paris",
        "is_staff": False,
        "created_at": "2026-01-31T12:00:00Z",
        "url": "/owner",
    }
)
class OwnSerializer(serializers.Serializer[Any]):
    """Your own profile and preferences."""

    name = serializers.CharField()
    full_name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    is_email_verified = serializers.BooleanField()
    about = serializers.CharField(allow_blank=True)
    website = serializers.CharField(allow_blank=True)
    is_private_by_default = serializers.BooleanField()
    language = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField(allow_blank=True)
    is_staff = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    url = serializers.CharField()


@with_example({"full_name": "The Owner", "website": "https://example.com"})
class ProfileChange(Body):
    """Fields to change; omitted fields stay the same."""

    full_name = StrictCharField(max_length=200, required=False, allow_blank=True)
    about = RawCharField(max_length=4000, required=False, help_text="Markdown.")
    website = StrictCharField(
        max_length=200, required=False, allow_blank=True, validators=[URLValidator(["http", "https"])]
    )
    is_private_by_default = StrictBooleanField(required=False)


@with_example({"full_name": "The Owner", "time_zone": "Europe/Paris"})
class OwnChange(ProfileChange):
    """Fields to change; omitted fields stay the same. An empty language or time zone restores the default."""

    language = StrictChoiceField(
        [code for code, _name in settings.LANGUAGES], required=False, allow_blank=True
    )
    time_zone = StrictCharField(
        max_length=64, required=False, allow_blank=True, help_text="IANA name, such as Europe/Paris."
    )

    def validate_time_zone(self, word: str) -> str:
        if word and word not in available_timezones():
            raise serializers.ValidationError("Unknown time zone.")
        return word


@with_example({"name": "new-name"})
class NameIn(Body):
    """A new name; the old one redirects until someone else takes it."""

    name = StrictCharField(max_length=NAME_LIMIT)


@with_example({"name": "grove", "full_name": "The Grove"})
class NewOrganisation(Body):
    """A new organization. Its creator becomes its admin."""

    name = StrictCharField(max_length=NAME_LIMIT)
    full_name = StrictCharField(max_length=200, required=False, allow_blank=True, default="")


@with_example({"name": "member", "full_name": "", "role": "write", "since": "2026-01-31T12:00:00Z"})
class MemberSerializer(serializers.Serializer[Any]):
    """A member of an organization."""

    name = serializers.CharField(source="user.username")
    full_name = serializers.CharField(source="user.namespace.full_name")
    role = serializers.SerializerMethodField()
    since = serializers.DateTimeField(source="created_at")

    @extend_schema_field(serializers.ChoiceField(list(ROLES)))
    def get_role(self, row: Membership) -> str:
        return api_name(row.role)


@with_example({"role": "write"})
class RoleIn(Body):
    """A role."""

    role = StrictChoiceField(list(ROLES))


@with_example(
    {
        "id": 3,
        "organisation": "grove",
        "person": "stranger",
        "role": "read",
        "invited_by": "owner",
        "created_at": "2026-01-31T12:00:00Z",
    }
)
class InvitationSerializer(serializers.Serializer[Any]):
    """A pending invitation to an organization."""

    id = serializers.IntegerField()
    organisation = serializers.CharField(source="namespace.name")
    person = serializers.CharField(source="user.username")
    role = serializers.SerializerMethodField()
    invited_by = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(serializers.ChoiceField(list(ROLES)))
    def get_role(self, row: Invitation) -> str:
        return api_name(row.role)

    def get_invited_by(self, row: Invitation) -> str:
        return row.invited_by.username if row.invited_by else ""


@with_example({"person": "stranger", "role": "read"})
class NewInvitation(RoleIn):
    """A new invitation. Inviting again changes the role."""

    person = StrictCharField(max_length=NAME_LIMIT)


@with_example({"name": "grove", "full_name": "The Grove", "role": "admin"})
class OwnOrganisation(serializers.Serializer[Any]):
    """An organization that you belong to."""

    name = serializers.CharField()
    full_name = serializers.CharField()
    role = serializers.ChoiceField(list(ROLES))


class GrantPart(serializers.Serializer[Any]):
    """One grant of a fine-grained token."""

    kind = serializers.ChoiceField(GRANT_KINDS)
    target = serializers.CharField(
        help_text="Name of a person or organization, or owner/name of a repository."
    )
    need = serializers.ChoiceField(list(NEEDS))


GRANT_EXAMPLE: dict[str, Any] = {"kind": "model", "target": "owner/tiny-llama", "need": "write"}
TOKEN_EXAMPLE: dict[str, Any] = {
    "id": 7,
    "name": "notebook",
    "role": "fineGrained",
    "hint": "hf_…a1b2",
    "grants": [GRANT_EXAMPLE],
    "created_at": "2026-01-31T12:00:00Z",
    "expires_at": None,
    "last_used_at": None,
}


@with_example(TOKEN_EXAMPLE)
class TokenSerializer(serializers.ModelSerializer[Any]):
    """An access token. Its secret is only shown when it is created."""

    role = serializers.ChoiceField(TOKEN_ROLES)
    grants = serializers.SerializerMethodField()

    class Meta:
        model = AccessToken
        fields: tuple[str, ...] = (
            "id",
            "name",
            "role",
            "hint",
            "grants",
            "created_at",
            "expires_at",
            "last_used_at",
        )

    @extend_schema_field(GrantPart(many=True))
    def get_grants(self, token: AccessToken) -> list[dict[str, str]]:
        return [grant_json(line) for line in token.grants]


@with_example({**TOKEN_EXAMPLE, "token": "hf_…"})
class NewTokenSerializer(TokenSerializer):
    """A new token. `token` is its secret, which is not shown again."""

    token = serializers.SerializerMethodField()

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")

    def get_token(self, token: AccessToken) -> str:
        return str(self.context["raw"])


class GrantIn(Body):
    """A grant of a fine-grained token."""

    kind = StrictChoiceField(GRANT_KINDS)
    target = StrictCharField(
        max_length=200, help_text="Name of a person or organization, or owner/name of a repository."
    )
    need = StrictChoiceField([api_name(need) for need in GRANT_LABELS])

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["kind"] != "namespace" and not REPOSITORY_PATTERN.fullmatch(data["target"]):
            raise serializers.ValidationError({"target": ["Use the form owner/name."]})
        return data


@with_example({"name": "notebook", "role": "fineGrained", "grants": [GRANT_EXAMPLE], "expires_in_days": 90})
class TokenIn(Body):
    """A new token. A fine-grained token needs at least one grant; other tokens have none."""

    name = StrictCharField(
        max_length=100, help_text="What the token is for, such as the machine that uses it."
    )
    role = StrictChoiceField(TOKEN_ROLES)
    grants = serializers.ListField(child=GrantIn(), required=False, default=list, max_length=GRANTS_LIMIT)
    expires_in_days = StrictIntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=EXPIRY_DAYS_LIMIT,
        help_text="null for a token that never expires.",
    )


@with_example(
    {"client_id": "abc", "name": "Command line", "scopes": ["openid"], "since": "2026-01-31T12:00:00Z"}
)
class ProgramSerializer(serializers.Serializer[Any]):
    """An OAuth application with access to your account."""

    client_id = serializers.CharField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    since = serializers.DateTimeField()


@with_example(
    {
        "ip": "127.0.0.1",
        "user_agent": "Firefox",
        "created_at": "2026-01-31T12:00:00Z",
        "last_seen_at": "2026-01-31T12:00:00Z",
        "is_current": True,
    }
)
class SessionSerializer(serializers.Serializer[Any]):
    """A browser session."""

    ip = serializers.CharField()
    user_agent = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    is_current = serializers.BooleanField()


@with_example({"name": "Laptop", "created_at": "2026-01-31T12:00:00Z", "last_used_at": None})
class KeySerializer(serializers.Serializer[Any]):
    """A passkey or security key."""

    name = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


@with_example({"email": "owner@example.com", "verified": True, "primary": True})
class EmailSerializer(serializers.Serializer[Any]):
    """One of your email addresses."""

    email = serializers.CharField()
    verified = serializers.BooleanField()
    primary = serializers.BooleanField()


@with_example({"ended": 2})
class EndedSerializer(serializers.Serializer[Any]):
    """Number of ended sessions."""

    ended = serializers.IntegerField()


MemberPage = page_of(MemberSerializer)
InvitationPage = page_of(InvitationSerializer)
TokenPage = page_of(TokenSerializer)
OwnOrganisationPage = page_of(OwnOrganisation)
ProgramPage = page_of(ProgramSerializer)
SessionPage = page_of(SessionSerializer)
# KeyPage is the schema of /api/v1/keys
OwnKeyPage = page_of(KeySerializer, "OwnKeyPage")
EmailPage = page_of(EmailSerializer)


def grant_json(line: dict[str, Any]) -> dict[str, str]:
    kind, _colon, target = str(line["target"]).partition(":")
    return {"kind": kind, "target": target, "need": api_name(line["need"])}


def grant_line(data: dict[str, str]) -> dict[str, Any]:
    """Return a grant in the form of AccessToken.grants."""
    return {"target": f"{data['kind']}:{data['target']}".casefold(), "need": int(NEEDS[data["need"]])}
