"""Access tokens and authorized applications."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.body import Body, StrictCharField, StrictChoiceField, StrictIntegerField
from apps.core.rest.fields import OptionalTextField, Resource, TimestampField
from apps.core.rest.schema import page_of, with_example

from ...forms import REPOSITORY_PATTERN, package_key
from ...models import AccessToken
from ...roles import NEEDS, PERSONAL_TOKENS, api_name
from ...selectors import Credential
from ..choices import CredentialKind, GrantKind, NamespaceRole, TokenRole

EXPIRY_DAYS_LIMIT, GRANTS_LIMIT = 3650, 100
TARGET_HELP = "Name of a person, organization or package, or full_name of a repository (owner/name)."
GRANT_EXAMPLE: dict[str, Any] = {"kind": "model", "target": "owner/tiny-llama", "permission": "write"}
TOKEN_EXAMPLE: dict[str, Any] = {
    "id": "5b8f3d1e-2c47-4e0b-9f43-1d0c8a7e6b52",
    "name": "notebook",
    "role": "fine_grained",
    "token_hint": "hf_…a1b2",
    "grants": [GRANT_EXAMPLE],
    "created_at": "2026-01-31T12:00:00.000Z",
    "expires_at": None,
    "last_used_at": None,
}


class Grant(Resource):
    """One permission of a fine-grained token."""

    kind = serializers.ChoiceField(GrantKind.choices)
    target = serializers.CharField(help_text=TARGET_HELP)
    permission = serializers.ChoiceField(NamespaceRole.choices)


class GrantCreate(Body):
    """One permission of a new fine-grained token."""

    kind = StrictChoiceField(GrantKind.choices)
    target = StrictCharField(max_length=200, help_text=TARGET_HELP)
    permission = StrictChoiceField(
        NamespaceRole.choices, help_text="admin is the only one for an organization."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        kind = data["kind"]
        is_repository = kind not in (GrantKind.NAMESPACE, GrantKind.ORGANIZATION, GrantKind.PACKAGE)
        if is_repository and not REPOSITORY_PATTERN.fullmatch(data["target"]):
            raise serializers.ValidationError({"target": ["Use the form owner/name."]})
        if kind == GrantKind.PACKAGE:
            data["target"] = package_key(data["target"])
        if kind == GrantKind.ORGANIZATION and data["permission"] != NamespaceRole.ADMIN:
            raise serializers.ValidationError({"permission": ["Grants on an organization are for admin."]})
        return data


@with_example(TOKEN_EXAMPLE)
class TokenSerializer(Resource):
    """An access token. Its secret is only shown when it is created."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    role = serializers.SerializerMethodField(
        help_text="read and write reach all that you can; fine_grained has grants only."
    )
    token_hint = serializers.CharField(source="hint", help_text="Its last characters, to tell tokens apart.")
    grants = serializers.SerializerMethodField(help_text="Empty unless it is fine-grained.")
    created_at = TimestampField()
    expires_at = TimestampField(allow_null=True, help_text="null if it never expires.")
    last_used_at = TimestampField(allow_null=True, help_text="Accurate to a minute.")

    @extend_schema_field(serializers.ChoiceField(TokenRole.choices))
    def get_role(self, token: AccessToken) -> str:
        return token_role_name(token)

    @extend_schema_field(Grant(many=True))
    def get_grants(self, token: AccessToken) -> list[dict[str, str]]:
        return [grant_json(line["target"], line["need"]) for line in token.grants]


@with_example({**TOKEN_EXAMPLE, "token": "hf_…"})
class TokenWithSecret(TokenSerializer):
    """A new access token with its secret."""

    token = serializers.SerializerMethodField(
        help_text="The secret for the Authorization header. It is not shown again."
    )

    def get_token(self, token: AccessToken) -> str:
        return str(self.context["raw"])


@with_example({"name": "notebook", "role": "fine_grained", "grants": [GRANT_EXAMPLE], "expires_in_days": 90})
class TokenCreate(Body):
    """A new token. A fine-grained token needs at least one grant; other tokens have none."""

    name = StrictCharField(
        max_length=100, help_text="What the token is for, such as the machine that uses it."
    )
    role = StrictChoiceField(TokenRole.choices)
    grants = serializers.ListField(
        child=GrantCreate(),
        required=False,
        allow_null=True,
        max_length=GRANTS_LIMIT,
        help_text="Required for a fine-grained token, and for no other.",
    )
    expires_in_days = StrictIntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=EXPIRY_DAYS_LIMIT,
        help_text="By default the token never expires.",
    )


@with_example(
    {
        "client_id": "abc",
        "name": "Command line",
        "scopes": ["openid", "profile"],
        "authorized_at": "2026-01-31T12:00:00.000Z",
    }
)
class OAuthApplication(Resource):
    """An OAuth application with access to your account."""

    client_id = serializers.CharField(source="pk", help_text="Id that the application signs in with.")
    name = serializers.CharField()
    scopes = serializers.SerializerMethodField(help_text="Of its newest token.")
    authorized_at = TimestampField(help_text="When it last received a token.")

    def get_scopes(self, application: Any) -> list[str]:
        return list(self.context["scopes"].get(application.pk, []))


@with_example(
    {
        "kind": "access_token",
        "person": "owner",
        "scopes": [],
        **{name: value for name, value in TOKEN_EXAMPLE.items() if name != "last_used_at"},
    }
)
class CurrentToken(Resource):
    """The credential of a request, and what it may do for its person."""

    kind = serializers.ChoiceField(CredentialKind.choices)
    person = serializers.SerializerMethodField(help_text="Username of the person that it acts for.")
    id = serializers.CharField(source="public_id", allow_null=True, help_text="null for OAuth applications.")
    name = serializers.CharField(help_text="Name of the token, or of the OAuth application.")
    role = serializers.ChoiceField(
        TokenRole.choices, allow_null=True, help_text="null for OAuth applications."
    )
    token_hint = OptionalTextField(source="hint", help_text="Its last characters.")
    grants = serializers.SerializerMethodField(help_text="Of a fine-grained token or a job key.")
    scopes = serializers.ListField(
        child=serializers.CharField(), help_text="Of an OAuth application; otherwise empty."
    )
    created_at = TimestampField()
    expires_at = TimestampField(allow_null=True, help_text="null if it never expires.")

    def get_person(self, credential: Credential) -> str:
        return str(self.context["person"])

    @extend_schema_field(Grant(many=True))
    def get_grants(self, credential: Credential) -> list[dict[str, str]]:
        return [grant_json(grant.target, grant.need) for grant in credential.grants]


ApplicationPage = page_of(OAuthApplication)
TokenPage = page_of(TokenSerializer)


def token_role_name(token: AccessToken) -> str:
    return next(name for name, role in PERSONAL_TOKENS.items() if role == token.role)


def grant_json(target: str, need: int) -> dict[str, str]:
    kind, _colon, name = target.partition(":")
    return {"kind": kind, "target": name, "permission": api_name(need)}


def grant_line(data: dict[str, str]) -> dict[str, Any]:
    """Return a grant in the form of AccessToken.grants."""
    return {"target": f"{data['kind']}:{data['target']}".casefold(), "need": int(NEEDS[data["permission"]])}
