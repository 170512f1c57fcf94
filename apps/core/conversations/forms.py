"""Forms of posts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from .models import SOURCE_LIMIT_CHARACTERS

FILES_LIMIT = 10


class _Files(forms.FileField):
    """Several files, or none."""

    widget = type("FilesInput", (forms.FileInput,), {"allow_multiple_selected": True})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > FILES_LIMIT:
            raise forms.ValidationError(
                _("Attach at most %(limit)s files at once."), params={"limit": FILES_LIMIT}
            )
        return [super(_Files, self).clean(file, initial) for file in files]


class PostForm(forms.Form):
    """The text of a post, to be sent or previewed."""

    source = forms.CharField(
        label=_("Text"),
        max_length=SOURCE_LIMIT_CHARACTERS,
        strip=False,
        required=False,
        error_messages={"max_length": _("This post is too long.")},
    )
    revision = forms.IntegerField(required=False, min_value=1)
    attachments = _Files(required=False)
    act = forms.ChoiceField(choices=[("send", "send"), ("preview", "preview")], required=False)

    @property
    def is_preview(self) -> bool:
        return bool(self.cleaned_data.get("act") == "preview")


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=500, required=False)
