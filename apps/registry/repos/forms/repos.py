"""Forms for creating, renaming, transferring and deleting repositories."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor, Need
from apps.users.accounts.models import Namespace

from ..addresses import RepoKind

NAME_HINT = _("Letters and digits, with single -, _ or . in between.")
LICENSES = (
    "apache-2.0 mit bsd-3-clause gpl-3.0 agpl-3.0 lgpl-3.0 mpl-2.0 cc0-1.0 cc-by-4.0 cc-by-sa-4.0 "
    "cc-by-nc-4.0 cc-by-nc-sa-4.0 openrail bigscience-openrail-m gemma llama3 odc-by other"
).split()
SDKS = [
    ("gradio", "Gradio"),
    ("streamlit", "Streamlit"),
    ("docker", "Docker"),
    ("static", _("Static HTML")),
]
VISIBILITIES = [
    ("public", _("Public – anyone can view and download")),
    ("private", _("Private – only you and people with access")),
]


def owners_for(actor: Actor) -> list[tuple[str, str]]:
    """Return the namespaces in which an actor may create repositories, their own first."""
    rows = Namespace.objects.filter(pk__in=actor.namespaces_with(Need.CONTRIBUTE)).order_by("key")
    return [(row.name, row.name) for row in sorted(rows, key=lambda row: row.pk != actor.namespace_id)]


class NewRepoForm(forms.Form):
    owner = forms.ChoiceField(label=_("Owner"))
    name = forms.CharField(label=_("Name"), max_length=96, help_text=NAME_HINT)
    description = forms.CharField(
        label=_("Short description"),
        max_length=300,
        required=False,
        help_text=_("Shown at the top of the card."),
    )
    license = forms.ChoiceField(
        label=_("License"),
        required=False,
        choices=[("", _("Choose later")), *[(one, one) for one in LICENSES]],
    )
    sdk = forms.ChoiceField(
        label=_("SDK"),
        choices=SDKS,
        initial="gradio",
        help_text=_("Stored as sdk in the card's metadata."),
    )
    visibility = forms.ChoiceField(
        label=_("Visibility"), choices=VISIBILITIES, widget=forms.RadioSelect, initial="public"
    )

    def __init__(self, *args: Any, actor: Actor, kind: RepoKind = RepoKind.MODEL, **options: Any) -> None:
        super().__init__(*args, **options)
        if kind is not RepoKind.SPACE:
            del self.fields["sdk"]
        self.fields["owner"].choices = owners_for(actor)  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs.update(
            autocapitalize="none", spellcheck="false", autocomplete="off", autofocus=True
        )


class VisibilityForm(forms.Form):
    visibility = forms.ChoiceField(label=_("Visibility"), choices=VISIBILITIES, widget=forms.RadioSelect)

    @property
    def is_private(self) -> bool:
        return bool(self.cleaned_data["visibility"] == "private")


class RenameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=96, help_text=NAME_HINT)


class ConfirmForm(forms.Form):
    """Asks the user to type the full name of a repository."""

    confirm = forms.CharField(label=_("Name"))
    mismatch = _("The name doesn't match. Nothing was changed.")

    def __init__(self, *args: Any, expected: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.expected = expected

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"].strip()
        if typed != self.expected:
            raise forms.ValidationError(self.mismatch)
        return typed


class DeleteRepoForm(ConfirmForm):
    mismatch = _("The name doesn't match. Nothing was deleted.")


class TransferForm(ConfirmForm):
    owner = forms.ChoiceField(label=_("New owner"))

    def __init__(self, *args: Any, actor: Actor, owner: str, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [choice for choice in owners_for(actor) if choice[0] != owner]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]
