"""Forms of workers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.toolchain.jobs.models import WorkerState

SITE_CHOICE = ("", _("This site: jobs of everybody"))


class WorkerTokenForm(forms.Form):
    """A new token for workers."""

    EXPIRATION_CHOICES = [("90", _("90 days")), ("365", _("1 year")), ("", _("No expiration"))]
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What the token is for, such as the machine.")
    )
    owner = forms.ChoiceField(
        label=_("Whose jobs"), required=False, help_text=_("Its workers get the jobs of this owner alone.")
    )
    expires_in_days = forms.ChoiceField(
        label=_("Expiration"), choices=EXPIRATION_CHOICES, initial="365", required=False
    )

    def __init__(self, *args: Any, owners: Iterable[str], with_site: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(name, name) for name in owners]
        field: Any = self.fields["owner"]
        field.choices = [*choices, SITE_CHOICE] if with_site else choices
        field.required = not with_site

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["expires_in_days"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class WorkerStateForm(forms.Form):
    """Whether a worker gets jobs."""

    state = forms.TypedChoiceField(choices=WorkerState.choices, coerce=WorkerState)
    reason = forms.CharField(max_length=300, required=False)
