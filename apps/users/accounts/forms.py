"""Forms for profiles, preferences, organizations and access tokens."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Need

from .access import ORGANIZATION_TARGET
from .models import Namespace, Role, TokenRole
from .roles import GRANT_LABELS, PERSONAL_TOKEN_LABELS

NAME_HINT = _(
    "2–96 letters or digits; -, _ and . may appear singly in between. It becomes part of your URLs."
)
REPOSITORY_PATTERN = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}", re.ASCII)
PACKAGE = "package"
REPOSITORY_KINDS = [
    ("model", _("Model")),
    ("dataset", _("Dataset")),
    ("space", _("Application")),
    (PACKAGE, _("Package")),
]
GRANT_CHOICES = [(int(need), label) for need, label in GRANT_LABELS.items()]
THEMES = [("", _("System")), ("light", _("Light")), ("dark", _("Dark"))]


def package_key(name: str) -> str:
    """Return the normalized name of a package.

    source  "Names and normalization" of the Python packaging specifications
    """
    return re.sub(r"[-_.]+", "-", name).lower()


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Namespace
        fields = ["full_name", "about", "website", "is_private_by_default"]
        labels = {
            "full_name": _("Display name"),
            "about": _("About"),
            "website": _("Website"),
            "is_private_by_default": _("Make new repositories private by default"),
        }
        help_texts = {
            "about": _("Shown on the profile. Supports Markdown."),
            "is_private_by_default": _("You can still choose the visibility of each repository."),
        }
        widgets = {"about": forms.Textarea(attrs={"rows": 4, "maxlength": 4000})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["website"] = forms.URLField(label=_("Website"), required=False, assume_scheme="https")


@cache
def _zones() -> list[tuple[str, str]]:
    return [
        (zone, zone.replace("_", " "))
        for zone in sorted(available_timezones())
        if "/" in zone or zone == "UTC"
    ]


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, help_text=_("Used for all dates and times.")
    )
    theme = forms.ChoiceField(
        label=_("Appearance"),
        choices=THEMES,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Applies to this browser only."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        native = {"en": "English", "zh-hans": "简体中文"}
        languages = [(code, native.get(code, name)) for code, name in settings.LANGUAGES]
        fields: dict[str, Any] = self.fields
        fields["language"].choices = [("", _("Browser default")), *languages]
        fields["time_zone"].choices = [("", _("Site default (UTC)")), *_zones()]


class NameForm(forms.Form):
    name = forms.CharField(label=_("New name"), max_length=96, help_text=NAME_HINT)


class OrganizationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=96, help_text=NAME_HINT)
    full_name = forms.CharField(label=_("Display name"), max_length=200, required=False)


class InvitationForm(forms.Form):
    person = forms.CharField(label=_("Username"), max_length=96)
    role = forms.TypedChoiceField(
        label=_("Role"), choices=Role.choices, coerce=lambda value: Role(int(value)), initial=Role.READ
    )


class RoleForm(forms.Form):
    role = forms.TypedChoiceField(
        label=_("Role"), choices=Role.choices, coerce=lambda value: Role(int(value))
    )


class TokenForm(forms.Form):
    """A new access token. The grants of a fine-grained token are separate forms."""

    EXPIRATION_CHOICES = [
        ("30", _("30 days")),
        ("90", _("90 days")),
        ("365", _("1 year")),
        ("", _("No expiration")),
    ]
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What the token is for, such as the machine that uses it."),
    )
    role = forms.TypedChoiceField(
        label=_("Permissions"),
        choices=list(PERSONAL_TOKEN_LABELS.items()),
        coerce=TokenRole,
        initial=TokenRole.WRITE,
        widget=forms.RadioSelect,
    )
    expires_in_days = forms.ChoiceField(
        label=_("Expiration"), choices=EXPIRATION_CHOICES, initial="90", required=False
    )

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["expires_in_days"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class NamespaceGrantForm(forms.Form):
    """Grant of a fine-grained token for all repositories of a namespace."""

    need = forms.ChoiceField(choices=[("", _("No access")), *GRANT_CHOICES], required=False)

    def __init__(self, *args: Any, namespace: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.namespace = namespace
        self.fields["need"].label = namespace

    def grant(self) -> dict[str, Any] | None:
        need = self.cleaned_data["need"]
        return {"target": f"namespace:{self.namespace.casefold()}", "need": int(need)} if need else None


class OrganizationGrantForm(forms.Form):
    """Grant of a fine-grained token for the members, invitations and profile of an organization."""

    is_granted = forms.BooleanField(required=False)

    def __init__(self, *args: Any, organization: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organization = organization
        self.fields["is_granted"].label = organization

    def grant(self) -> dict[str, Any] | None:
        if not self.cleaned_data["is_granted"]:
            return None
        return {"target": f"{ORGANIZATION_TARGET}:{self.organization.casefold()}", "need": int(Need.ADMIN)}


class RepositoryGrantForm(forms.Form):
    """Grant of a fine-grained token for one repository or package; empty forms are ignored."""

    kind = forms.ChoiceField(label=_("Repository type"), choices=REPOSITORY_KINDS, required=False)
    repository = forms.CharField(
        label=_("Repository"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "owner/name"}),
    )
    need = forms.ChoiceField(label=_("Permissions"), choices=GRANT_CHOICES, required=False)

    def clean_repository(self) -> str:
        address: str = self.cleaned_data["repository"].strip()
        if self.cleaned_data.get("kind") == PACKAGE:
            return package_key(address)
        if address and not REPOSITORY_PATTERN.fullmatch(address):
            raise forms.ValidationError(_("Use the form owner/name."))
        return address

    def grant(self) -> dict[str, Any] | None:
        facts = self.cleaned_data
        if not facts.get("repository"):
            return None
        kind, need = facts["kind"] or "model", int(facts["need"] or Need.READ)
        return {"target": f"{kind}:{facts['repository']}".casefold(), "need": need}
