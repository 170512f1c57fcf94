"""Forms for gating a repository, requesting access and answering requests."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import ACCESS_WORDS_LIMIT, AccessState, Gating

# an empty value would count as no choice
OPEN = "open"


class GatingForm(forms.Form):
    gating = forms.ChoiceField(
        label=_("File access"),
        choices=[(one or OPEN, words) for one, words in Gating.choices],
        widget=forms.RadioSelect,
    )

    @property
    def selected(self) -> Gating:
        word = self.cleaned_data["gating"]
        return Gating.NONE if word == OPEN else Gating(word)


class RequestAccessForm(forms.Form):
    reason = forms.CharField(
        label=_("How will you use it?"),
        max_length=ACCESS_WORDS_LIMIT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shared with the owner."),
    )


class DecisionForm(forms.Form):
    """The answer to an access request."""

    name = forms.CharField(max_length=96)
    state = forms.ChoiceField(choices=AccessState.choices)
    reply = forms.CharField(max_length=ACCESS_WORDS_LIMIT, required=False)


class GrantAccessForm(forms.Form):
    name = forms.CharField(
        label=_("Username"),
        max_length=96,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text=_("No request needed."),
    )
