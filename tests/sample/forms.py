"""The form of a new note."""

from django import forms
from django.utils.translation import gettext_lazy as _


class NoteForm(forms.Form):
    title = forms.CharField(label=_("Title of the note"), max_length=200)
    text = forms.CharField(
        label=_("Text of the note"), max_length=4000, required=False, widget=forms.Textarea
    )
    is_public = forms.BooleanField(label=_("Show this note to everybody"), required=False)
