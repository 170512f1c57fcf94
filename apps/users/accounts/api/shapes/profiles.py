"""Profiles of people and organizations, and one's own account."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.validators import URLValidator
from rest_framework import serializers

from apps.core.rest.body import Body, RawCharField, StrictBooleanField, StrictCharField, StrictChoiceField
from apps.core.rest.fields import OptionalTextField, Resource, TimestampField
from apps.core.rest.schema import page_of, with_example

from ...models import NamespaceKind

NAME_LIMIT, DISPLAY_NAME_LIMIT, DESCRIPTION_LIMIT, WEBSITE_LIMIT = 96, 200, 4000, 200
PROFILE_EXAMPLE: dict[str, Any] = {
    "name": "owner",
    "kind": "person",
    "display_name": "The Owner",
    "description": None,
    "website": "https://example.com",
    "avatar_url": "/avatars/0f1e2d3c4b5a69788796a5b4c3d2e1f0.webp",
    "url": "/owner",
    "created_at": "2026-01-31T12:00:00.000Z",
}


@with_example(PROFILE_EXAMPLE)
class Profile(Resource):
    """The public profile of a person or organization."""

    name = serializers.CharField(help_text="Unique on the site, regardless of case.")
    kind = serializers.ChoiceField(NamespaceKind.choices)
    display_name = OptionalTextField(source="full_name")
    description = OptionalTextField(source="about", help_text="Markdown.")
    website = OptionalTextField(help_text="URL of a page of their own.")
    avatar_url = OptionalTextField(help_text="Path of the avatar on this site; changes with the image.")
    url = serializers.CharField(source="get_absolute_url", help_text="Path of the profile page on this site.")
    created_at = TimestampField()


ProfilePage = page_of(Profile, "ProfilePage")

ME_EXAMPLE = {name: value for name, value in PROFILE_EXAMPLE.items() if name != "kind"} | {
    "email": "owner@example.com",
    "is_email_verified": True,
    "is_private_by_default": False,
    "language": "en",
    "time_zone": "Europe/Paris",
    "is_staff": False,
}


@with_example(ME_EXAMPLE)
class Me(Resource):
    """Your profile and preferences."""

    name = serializers.CharField(help_text="Your username.")
    display_name = OptionalTextField(source="full_name")
    description = OptionalTextField(source="about", help_text="Markdown.")
    website = OptionalTextField(help_text="URL of a page of their own.")
    avatar_url = OptionalTextField(help_text="Path of the avatar on this site; changes with the image.")
    url = serializers.CharField(help_text="Path of your profile page on this site.")
    created_at = TimestampField()
    email = OptionalTextField(
        help_text="null for job keys, and for OAuth applications without the email scope."
    )
    is_email_verified = serializers.BooleanField(help_text="Whether the person opened its confirmation link.")
    is_private_by_default = serializers.BooleanField(
        help_text="Whether new repositories are private unless requested otherwise."
    )
    language = OptionalTextField(help_text="Of pages; null to follow the browser.")
    time_zone = OptionalTextField(help_text="IANA name; null for UTC.")
    is_staff = serializers.BooleanField(help_text="Whether you administer this site.")


class ProfileUpdate(Body):
    """Fields of a profile to change."""

    display_name = StrictCharField(
        source="full_name", max_length=DISPLAY_NAME_LIMIT, required=False, allow_null=True
    )
    description = RawCharField(
        source="about", max_length=DESCRIPTION_LIMIT, required=False, allow_null=True, help_text="Markdown."
    )
    website = StrictCharField(
        max_length=WEBSITE_LIMIT,
        required=False,
        allow_null=True,
        validators=[URLValidator(["http", "https"])],
        help_text="An http or https URL.",
    )
    is_private_by_default = StrictBooleanField(
        required=False, help_text="Whether new repositories are private unless requested otherwise."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        return {name: "" if value is None else value for name, value in data.items()}


@with_example({"display_name": "The Owner", "time_zone": "Europe/Paris"})
class MeUpdate(ProfileUpdate):
    """Fields to change; omitted fields stay the same, and null clears a field."""

    language = StrictChoiceField(
        [code for code, _name in settings.LANGUAGES],
        required=False,
        allow_null=True,
        help_text="Of pages; null to follow the browser.",
    )
    time_zone = StrictCharField(
        max_length=64,
        required=False,
        allow_null=True,
        help_text="IANA name, such as Europe/Paris; null for UTC.",
    )

    def validate_time_zone(self, word: str | None) -> str | None:
        if word and word not in available_timezones():
            raise serializers.ValidationError("Unknown time zone.")
        return word


@with_example({"name": "new-name"})
class Rename(Body):
    """A new name; the old one redirects until someone else takes it."""

    name = StrictCharField(
        max_length=NAME_LIMIT,
        help_text="2 to 96 letters or digits; -, _ and . may appear singly in between.",
    )


@with_example(
    {
        "ip": "127.0.0.1",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "created_at": "2026-01-31T12:00:00.000Z",
        "last_seen_at": "2026-01-31T12:00:00.000Z",
        "is_current": True,
    }
)
class Session(Resource):
    """A signed-in browser."""

    ip = serializers.CharField(help_text="Address of its latest request.")
    user_agent = OptionalTextField(help_text="What the browser says that it is.")
    created_at = TimestampField()
    last_seen_at = TimestampField(help_text="Accurate to five minutes.")
    is_current = serializers.SerializerMethodField(help_text="Whether it sent this request.")

    def get_is_current(self, row: Any) -> bool:
        return bool(row.session_key == self.context["session_key"])


@with_example({"name": "Laptop", "created_at": "2026-01-31T12:00:00.000Z", "last_used_at": None})
class Passkey(Resource):
    """A passkey or security key."""

    name = serializers.SerializerMethodField()
    created_at = TimestampField()
    last_used_at = TimestampField(allow_null=True, help_text="When somebody last signed in with it.")

    def get_name(self, row: Authenticator) -> str | None:
        return row.wrap().name or None


@with_example({"email": "owner@example.com", "is_verified": True, "is_primary": True})
class Email(Resource):
    """One of your email addresses."""

    email = serializers.CharField(help_text="The address.")
    is_verified = serializers.BooleanField(
        source="verified", help_text="Whether the person opened its confirmation link."
    )
    is_primary = serializers.BooleanField(
        source="primary", help_text="Whether mail and password resets go to it."
    )


EmailPage = page_of(Email)
PasskeyPage = page_of(Passkey)
SessionPage = page_of(Session)
