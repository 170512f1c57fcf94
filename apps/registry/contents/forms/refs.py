"""Forms for creating and deleting branches and tags."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

NAME_LIMIT = 200
REF_ATTRS = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off", "class": "mono"}


class BranchForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=NAME_LIMIT, widget=forms.TextInput(attrs=REF_ATTRS))
    start = forms.CharField(
        label=_("From"),
        max_length=NAME_LIMIT,
        widget=forms.TextInput(attrs={**REF_ATTRS, "list": "refs"}),
        help_text=_("A branch, tag or commit."),
    )


class TagForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LIMIT,
        widget=forms.TextInput(attrs={**REF_ATTRS, "placeholder": "v1.0"}),
    )
    revision = forms.CharField(
        label=_("Target"),
        max_length=NAME_LIMIT,
        widget=forms.TextInput(attrs={**REF_ATTRS, "list": "refs"}),
        help_text=_("A branch, tag or commit."),
    )
    message = forms.CharField(
        label=_("Release notes"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Stored as the tag message."),
    )


class RefForm(forms.Form):
    """The branch or tag that a button acts on."""

    name = forms.CharField(max_length=NAME_LIMIT, strip=False)
