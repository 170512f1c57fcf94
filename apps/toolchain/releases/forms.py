"""Forms of releases."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import NOTES_LIMIT_CHARACTERS, TAG_LIMIT_CHARACTERS


class ReleaseForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    notes = forms.CharField(
        label=_("Notes"),
        max_length=NOTES_LIMIT_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Markdown works here."),
    )
    is_prerelease = forms.BooleanField(label=_("Pre-release: it is never the latest release"), required=False)


class NewReleaseForm(ReleaseForm):
    tag = forms.CharField(
        label=_("Tag"),
        max_length=TAG_LIMIT_CHARACTERS,
        help_text=_("Such as v1.0. A tag of a published release is never used again."),
    )
    field_order = ("tag", "title", "notes", "is_prerelease")
