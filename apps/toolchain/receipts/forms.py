"""Forms of the jobs pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .verify import RECEIPT_LIMIT_BYTES


class VerifyForm(forms.Form):
    """A receipt as text or file, and the issuer's public key if it comes from another site."""

    receipt = forms.CharField(
        label=_("Receipt"),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        required=False,
        help_text=_("JSON from /api/v1/receipts/…"),
    )
    file = forms.FileField(label=_("Receipt file"), required=False)
    key = forms.CharField(
        label=_("Public key"),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        required=False,
        help_text=_("PEM or base64. Leave empty for receipts from this site."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file and file.size > RECEIPT_LIMIT_BYTES:
            raise forms.ValidationError(_("The receipt is larger than 4 MiB."))
        if not file and not cleaned.get("receipt"):
            raise forms.ValidationError(_("Paste a receipt or choose a file."))
        return cleaned

    def receipt_bytes(self) -> bytes:
        file = self.cleaned_data.get("file")
        if file:
            return bytes(file.read())
        return str(self.cleaned_data["receipt"]).encode("utf-8", "replace")
