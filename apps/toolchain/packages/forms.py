"""Forms of projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .models import ProjectStatus, Step
from .models.publishers import SUBJECT_LIMIT_CHARACTERS
from .names import NAME_LIMIT_CHARACTERS

REASON_CHARACTERS = 300
NO_STEP = [("", _("Not listed by a step"))]


class NewProjectForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LIMIT_CHARACTERS,
        help_text=_("What people type after pip install. Upper and lower case, -, _ and . count as one."),
    )
    owner = forms.ChoiceField(label=_("Owner"))
    step = forms.ChoiceField(label=_("Step"), choices=[*NO_STEP, *Step.choices], required=False)
    is_private = forms.BooleanField(
        label=_("Only members of the owner and maintainers see it"), required=False
    )
    is_confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, owners: Sequence[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]


class ProjectForm(forms.Form):
    step = forms.ChoiceField(label=_("Step"), choices=[*NO_STEP, *Step.choices], required=False)
    is_private = forms.BooleanField(
        label=_("Only members of the owner and maintainers see it"), required=False
    )
    status = forms.ChoiceField(
        label=_("Status"),
        choices=[(one.value, one.label) for one in ProjectStatus if one is not ProjectStatus.QUARANTINED],
        help_text=_("Archived projects take no uploads; deprecated ones do."),
    )
    status_reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_CHARACTERS,
        required=False,
        help_text=_("Installers show it, for example which project to use instead."),
    )


class MaintainerForm(forms.Form):
    person = forms.CharField(label=_("Username"), max_length=96)


class TransferForm(forms.Form):
    owner = forms.ChoiceField(label=_("New owner"))

    def __init__(self, *args: Any, owners: Sequence[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]


class PublisherForm(forms.Form):
    issuer = forms.ChoiceField(label=_("Issuer"))
    subject = forms.CharField(
        label=_("Subject"),
        max_length=SUBJECT_LIMIT_CHARACTERS,
        help_text=_("The sub claim of its identity tokens, exactly."),
    )
    claims = forms.CharField(
        label=_("Further claims"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One per line, such as environment=release."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        issuers = [(issuer, issuer) for issuer in settings.PACKAGES_OIDC_ISSUERS]
        self.fields["issuer"].choices = issuers  # type: ignore[attr-defined]

    def clean_claims(self) -> dict[str, str]:
        lines = [line.strip() for line in self.cleaned_data["claims"].splitlines() if line.strip()]
        if not all("=" in line.strip("=") for line in lines):
            raise forms.ValidationError(_("Write each claim as name=value."))
        return {
            name.strip(): value.strip() for name, _equals, value in (line.partition("=") for line in lines)
        }
