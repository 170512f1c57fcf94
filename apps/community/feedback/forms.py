"""Forms of boards, ideas and changelog entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.conversations.models import SOURCE_LIMIT_CHARACTERS

from .models import Board, ChangeKind, Label, Reproducibility, Severity, StatusKind
from .models.board import ABOUT_CHARACTERS, BOARD_NAME_CHARACTERS, TEMPLATE_CHARACTERS
from .models.changelog import ENTRY_CHARACTERS
from .models.idea import TITLE_CHARACTERS
from .services.boards import StatusFacts
from .services.ideas import BugFacts

MARKDOWN = _("Markdown works here.")


def text_field(label: Any, **options: Any) -> forms.CharField:
    facts = {"max_length": SOURCE_LIMIT_CHARACTERS, "help_text": MARKDOWN, **options}
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 8}), **facts)


class NewBoardForm(forms.Form):
    name = forms.CharField(label=_("Name of the board"), max_length=BOARD_NAME_CHARACTERS)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    about = forms.CharField(label=_("What it is for"), max_length=ABOUT_CHARACTERS, required=False)
    is_private = forms.BooleanField(label=_("Only members of the owner see it"), required=False)

    def __init__(self, *args: Any, owners: Sequence[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]


class BoardForm(forms.Form):
    name = forms.CharField(label=_("Name of the board"), max_length=BOARD_NAME_CHARACTERS)
    about = forms.CharField(label=_("What it is for"), max_length=ABOUT_CHARACTERS, required=False)
    is_private = forms.BooleanField(label=_("Only members of the owner see it"), required=False)
    is_archived = forms.BooleanField(
        label=_("Archived: it takes no new ideas, votes or comments"), required=False
    )
    takes_bugs = forms.BooleanField(label=_("Take bug reports"), required=False)
    bug_template = forms.CharField(
        label=_("Template of bug reports"),
        max_length=TEMPLATE_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("A bug report starts with this text."),
    )


class LinesForm(forms.Form):
    """A list that is edited as lines."""

    lines = forms.CharField(max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 8}))


class StatusesForm(LinesForm):
    """Statuses as lines: slug, kind, name, and `roadmap` for a column there, separated by commas."""

    def clean_lines(self) -> list[StatusFacts]:
        return [_status_of(line) for line in self.cleaned_data["lines"].splitlines() if line.strip()]


def status_line(slug: str, kind: str, name: str, is_on_roadmap: bool) -> str:
    return ", ".join(part for part in (slug, kind, name, "roadmap" if is_on_roadmap else "") if part)


def _status_of(line: str) -> StatusFacts:
    slug, *parts = [part.strip() for part in line.split(",")]
    is_on_roadmap = "roadmap" in parts
    kind, *names = [part for part in parts if part != "roadmap"] or [""]
    try:
        forms.SlugField(max_length=40).clean(slug)
    except forms.ValidationError:
        raise forms.ValidationError(_("Not a slug: %(slug)s"), params={"slug": slug[:60]}) from None
    if kind not in StatusKind.values:
        kinds = ", ".join(StatusKind.values)
        raise forms.ValidationError(
            _("%(slug)s needs one of these kinds: %(kinds)s"), params={"slug": slug, "kinds": kinds}
        )
    return StatusFacts(slug=slug, kind=kind, name=" ".join(names)[:40], is_on_roadmap=is_on_roadmap)


class LabelsForm(LinesForm):
    """Labels as lines; one that starts with an asterisk is for the team alone."""

    def clean_lines(self) -> list[tuple[str, bool]]:
        lines = [line.strip() for line in self.cleaned_data["lines"].splitlines() if line.strip()]
        return [(line.lstrip("* ")[:40], not line.startswith("*")) for line in lines]


class IdeaForm(forms.Form):
    """An idea but for its text, which the composer sends."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_CHARACTERS)
    labels = forms.MultipleChoiceField(
        label=_("Labels"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )

    def __init__(self, *args: Any, labels: Sequence[Label] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["labels"].choices = [(label.name, label.name) for label in labels]  # type: ignore[attr-defined]
        if not labels:
            del self.fields["labels"]
        for name in ("title", "version", "environment", "commit_sha"):
            if name in self.fields:
                self.fields[name].widget.attrs["data-draft"] = ""


class BugForm(IdeaForm):
    version = forms.CharField(label=_("Version"), max_length=80, required=False)
    environment = forms.CharField(
        label=_("Environment"),
        max_length=1000,
        required=False,
        help_text=_("Operating system, hardware, versions of libraries."),
    )
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices, initial=Severity.MEDIUM)
    reproducibility = forms.ChoiceField(
        label=_("How often it happens"), choices=Reproducibility.choices, required=False
    )
    commit_sha = forms.RegexField(
        "^[0-9a-f]{7,64}$",
        label=_("Commit"),
        required=False,
        help_text=_("The revision of the repository that you used."),
    )

    @property
    def bug_facts(self) -> BugFacts:
        names = ("version", "environment", "severity", "reproducibility", "commit_sha")
        return BugFacts(**{name: self.cleaned_data[name] for name in names})


class StatusForm(forms.Form):
    status = forms.ChoiceField(label=_("Status"))
    reply = text_field(_("Official reply"), required=False)

    def __init__(self, *args: Any, board: Board, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(status.slug, status.label) for status in board.statuses.all()]
        self.fields["status"].choices = choices  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    into = forms.CharField(
        label=_("Merge into"), max_length=200, help_text=_("Address or key of the idea that stays.")
    )

    def clean_into(self) -> str:
        return str(self.cleaned_data["into"]).rstrip("/").rpartition("/")[2]


class BehalfForm(forms.Form):
    username = forms.CharField(label=_("Username"), max_length=96)
    weight = forms.IntegerField(label=_("Weight"), min_value=0, max_value=1000, initial=1)


class EntryForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=TITLE_CHARACTERS)
    version = forms.CharField(label=_("Version"), max_length=80, required=False)
    source = text_field(_("What is new"), max_length=ENTRY_CHARACTERS)
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of changes"),
        choices=ChangeKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    ideas = forms.CharField(
        label=_("Ideas that it delivers"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One address or key per line. Their voters are told."),
    )

    def clean_ideas(self) -> list[str]:
        lines = [line.strip().rstrip("/").rpartition("/")[2] for line in self.cleaned_data["ideas"].split()]
        return list(dict.fromkeys(line for line in lines if line))


class PublishForm(forms.Form):
    at = forms.DateTimeField(label=_("Publish at"), required=False)


class ImportForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("CSV of Canny or Fider, or a board as CSV or JSON."))
