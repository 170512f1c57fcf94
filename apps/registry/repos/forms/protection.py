"""The form for protecting branches and tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ProtectionForm(forms.Form):
    patterns = forms.CharField(
        label=_("Protected branches and tags"),
        required=False,
        max_length=12_000,
        widget=forms.Textarea(
            attrs={"rows": 4, "class": "mono", "spellcheck": "false", "autocapitalize": "none"}
        ),
        help_text=_(
            "One pattern per line, such as main, release/* or refs/tags/v*. An asterisk matches anything."
        ),
    )

    def __init__(self, *args: Any, patterns: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["patterns"] = "\n".join(patterns)
