"""Forms of reviews."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.community.feedback.forms import text_field

from .models import MOST_STARS


class ReviewForm(forms.Form):
    stars = forms.TypedChoiceField(
        label=_("Stars"),
        coerce=int,
        choices=[(number, str(number)) for number in range(MOST_STARS, 0, -1)],
        widget=forms.RadioSelect,
    )
    source = text_field(_("Review"))


class ReplyForm(forms.Form):
    source = text_field(_("Reply of the owner"))
