"""Forms for changing files in the browser."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from ..revision_limits import EDIT_LIMIT_BYTES

PARENT = re.compile(r"([0-9a-f]{40})?")


class CommitFields(forms.Form):
    """Commit message and description; parent is the head of the branch when the page was opened."""

    message = forms.CharField(label=_("Commit message"), max_length=200, required=False)
    description = forms.CharField(
        label=_("Description"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    parent = forms.RegexField(PARENT, required=False, widget=forms.HiddenInput)


class FileForm(CommitFields):
    path = forms.CharField(label=_("Path"), max_length=1024)
    content = forms.CharField(
        label=_("Content"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "class": "code",
                "rows": 24,
                "spellcheck": "false",
                "wrap": "off",
                "autocapitalize": "none",
            }
        ),
    )
    field_order = ["path", "content", "message", "description"]

    def clean_content(self) -> str:
        """Convert the CRLF line endings that browsers send to LF."""
        text: str = self.cleaned_data["content"].replace("\r\n", "\n").replace("\r", "\n")
        if len(text.encode(errors="replace")) > EDIT_LIMIT_BYTES:
            raise forms.ValidationError(
                _("This text is over %(size)s MiB. Upload it as a file instead.")
                % {"size": EDIT_LIMIT_BYTES >> 20}
            )
        return text if not text or text.endswith("\n") else text + "\n"


class DeleteFileForm(CommitFields):
    pass


class UploadForm(CommitFields):
    """Where uploaded files go; the files themselves are read from `request.FILES`."""

    folder = forms.CharField(
        label=_("Folder"),
        required=False,
        max_length=1000,
        help_text=_("Leave empty for the root."),
    )
    field_order = ["folder", "message", "description"]

    def clean_folder(self) -> str:
        return str(self.cleaned_data["folder"]).strip().strip("/")
