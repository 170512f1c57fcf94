"""Forms of the inbox and the settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from .models import TARGET_LIMIT_CHARACTERS, DigestPeriod, Level, MailMode
from .providers import kinds


class Mark(models.TextChoices):
    """What a button of the inbox does with a notification."""

    READ = "read", _("Mark as read")
    UNREAD = "unread", _("Mark as unread")
    ARCHIVE = "archive", _("Archive")
    RESTORE = "restore", _("Move to inbox")


class MarkForm(forms.Form):
    act = forms.ChoiceField(choices=Mark)


class LevelForm(forms.Form):
    """An empty level forgets the subscription; the other fields say how the button looks that sends it."""

    target = forms.CharField(max_length=TARGET_LIMIT_CHARACTERS)
    level = forms.ChoiceField(choices=[*Level.choices, ("", _("As elsewhere"))], required=False)
    also = forms.CharField(max_length=10 * TARGET_LIMIT_CHARACTERS, required=False)
    size = forms.ChoiceField(choices=[("small", ""), ("large", "")], required=False)
    variant = forms.ChoiceField(choices=[("quiet", ""), ("primary", "")], required=False)
    align = forms.ChoiceField(choices=[("end", "")], required=False)


class PreferencesForm(forms.Form):
    """Mail choices of every kind, the digest, and watching what one writes in."""

    watches_own = forms.BooleanField(label=_("Watch what I start or reply to"), required=False, initial=True)
    digest = forms.ChoiceField(label=_("Digest"), choices=DigestPeriod)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, kind in kinds().items():
            self.fields[f"mail_{name}"] = forms.ChoiceField(label=kind.label, choices=MailMode)

    @property
    def mail(self) -> dict[str, MailMode]:
        """The chosen modes by kind, once the form is valid."""
        return {name: MailMode(self.cleaned_data[f"mail_{name}"]) for name in kinds()}
