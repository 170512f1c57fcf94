"""How people, organisations and credentials look to programs, and what calls on them take."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.validators import URLValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest_body import (
    Body,
    RawCharField,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
)
from apps.core.rest_schema import page_of, with_example

from ..forms import REPOSITORY_FORM
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
    """A person or an organisation, as everybody sees them."""

    kind = serializers.ChoiceField(NamespaceKind.choices)
    url = serializers.CharField(source="get_absolute_url", help_text="The page.")
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
    """An organisation; `role` is yours in it."""

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
    """Yourself."""

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
    """What is to be set; what is left out stays."""

    full_name = StrictCharField(max_length=200, required=False, allow_blank=True)
    about = RawCharField(max_length=4000, required=False, help_text="Markdown.")
    website = StrictCharField(
        max_length=200, required=False, allow_blank=True, validators=[URLValidator(["http", "https"])]
    )
    is_private_by_default = StrictBooleanField(required=False)


@with_example({"full_name": "The Owner", "time_zone": "Europe/Paris"})
class OwnChange(ProfileChange):
    """What is to be set; what is left out stays. Empty language and time zone mean: as the browser says."""

    language = StrictChoiceField(
        [code for code, _name in settings.LANGUAGES], required=False, allow_blank=True
    )
    time_zone = StrictCharField(max_length=64, required=False, allow_blank=True, help_text="As Europe/Paris.")

    def validate_time_zone(self, word: str) -> str:
        if word and word not in available_timezones():
            raise serializers.ValidationError("There is no such time zone.")
        return word


@with_example({"name": "new-name"})
class NameIn(Body):
    """Another name; the old one leads to it until somebody else takes it."""

    name = StrictCharField(max_length=NAME_LIMIT)


@with_example({"name": "grove", "full_name": "The Grove"})
class NewOrganisation(Body):
    """An organisation. Whoever makes it is its admin."""

    name = StrictCharField(max_length=NAME_LIMIT)
    full_name = StrictCharField(max_length=200, required=False, allow_blank=True, default="")


@with_example({"name": "member", "full_name": "", "role": "write", "since": "2026-01-31T12:00:00Z"})
class MemberSerializer(serializers.Serializer[Any]):
    """Who belongs to an organisation."""

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
    """A role in an organisation that somebody was offered."""

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
    """Whom to invite, and to which role. A second invitation changes the role offered."""

    person = StrictCharField(max_length=NAME_LIMIT)


@with_example({"name": "grove", "full_name": "The Grove", "role": "admin"})
class OwnOrganisation(serializers.Serializer[Any]):
    """An organisation of yours."""

    name = serializers.CharField()
    full_name = serializers.CharField()
    role = serializers.ChoiceField(list(ROLES))


class GrantPart(serializers.Serializer[Any]):
    """One line of a fine-grained token."""

    kind = serializers.ChoiceField(GRANT_KINDS)
    target = serializers.CharField(help_text="A name, or owner/name of a repository.")
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
    """An access token; what it says is shown only when it is made."""

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
    """A token that was just made. `token` is shown this once."""

    token = serializers.SerializerMethodField()

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")

    def get_token(self, token: AccessToken) -> str:
        return str(self.context["raw"])


class GrantIn(Body):
    """What a fine-grained token may do where."""

    kind = StrictChoiceField(GRANT_KINDS)
    target = StrictCharField(
        max_length=200, help_text="The name of a person or organisation, or owner/name of a repository."
    )
    need = StrictChoiceField([api_name(need) for need in GRANT_LABELS])

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["kind"] != "namespace" and not REPOSITORY_FORM.fullmatch(data["target"]):
            raise serializers.ValidationError({"target": ["Write it as owner/name."]})
        return data


@with_example({"name": "notebook", "role": "fineGrained", "grants": [GRANT_EXAMPLE], "expires_in_days": 90})
class TokenIn(Body):
    """A new token. Only a fine-grained one has grants, and it needs one at least."""

    name = StrictCharField(max_length=100, help_text="What it is for, such as the machine that uses it.")
    role = StrictChoiceField(TOKEN_ROLES)
    grants = serializers.ListField(child=GrantIn(), required=False, default=list, max_length=GRANTS_LIMIT)
    expires_in_days = StrictIntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=EXPIRY_DAYS_LIMIT,
        help_text="null: never.",
    )


@with_example(
    {"client_id": "abc", "name": "Command line", "scopes": ["openid"], "since": "2026-01-31T12:00:00Z"}
)
class ProgramSerializer(serializers.Serializer[Any]):
    """A program that signed in on your behalf."""

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
    """A browser that is signed in as you."""

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
    """An e-mail address of yours."""

    email = serializers.CharField()
    verified = serializers.BooleanField()
    primary = serializers.BooleanField()


@with_example({"ended": 2})
class EndedSerializer(serializers.Serializer[Any]):
    """What was ended."""

    ended = serializers.IntegerField()


MemberPage = page_of(MemberSerializer)
InvitationPage = page_of(InvitationSerializer)
TokenPage = page_of(TokenSerializer)
OwnOrganisationPage = page_of(OwnOrganisation)
ProgramPage = page_of(ProgramSerializer)
SessionPage = page_of(SessionSerializer)
# /api/v1/keys has the site's own
OwnKeyPage = page_of(KeySerializer, "OwnKeyPage")
EmailPage = page_of(EmailSerializer)


def grant_json(line: dict[str, Any]) -> dict[str, str]:
    kind, _colon, target = str(line["target"]).partition(":")
    return {"kind": kind, "target": target, "need": api_name(line["need"])}


def grant_line(data: dict[str, str]) -> dict[str, Any]:
    """Return a line as a token keeps it."""
    return {"target": f"{data['kind']}:{data['target']}".casefold(), "need": int(NEEDS[data["need"]])}
