"""Forms of the forum."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.public_ids import ID_CHARACTERS
from apps.users.accounts.models import Namespace, NamespaceKind

from .models import COLORS, Category, PinnedTo, ResultsShown, TopicKind
from .services.pacing import CLOSING_DAYS, KEEP, SLOWEST_SECONDS
from .services.polls import PollPlan

# what a draft of a topic keeps besides its text
DRAFT_FIELDS = ("title", "category", "kind", "tags", "options")
CLOSING_CHOICES = [(KEEP, KEEP), ("", ""), *((str(days), str(days)) for days in CLOSING_DAYS)]


class TagsField(forms.CharField):
    """Names of tags between commas or spaces, at most 300 characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 300, "required": False, **options})

    def clean(self, value: Any) -> list[str]:
        return str(super().clean(value)).replace(",", " ").replace("，", " ").split()


class TopicForm(forms.Form):
    """A new topic but for its text, which the composer sends.

    kinds  those that the writer may choose
    """

    title = forms.CharField(label=_("Title"), max_length=200)
    category = forms.ChoiceField(label=_("Category"))
    kind = forms.ChoiceField(label=_("Kind"), choices=TopicKind.choices, initial=TopicKind.DISCUSSION)
    tags = TagsField(label=_("Tags"), help_text=_("At most five, separated by spaces"))
    options = forms.CharField(
        label=_("Options of the poll"),
        help_text=_("One per line"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    max_choices = forms.IntegerField(
        label=_("Choices per person"), min_value=1, max_value=20, initial=1, required=False
    )
    results_shown = forms.ChoiceField(
        label=_("Show results"),
        choices=ResultsShown.choices,
        initial=ResultsShown.ALWAYS,
        required=False,
    )
    is_secret = forms.BooleanField(label=_("Don't show who chose what"), initial=True, required=False)
    closes_at = forms.DateTimeField(
        label=_("Closes at (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(
        self, *args: Any, categories: list[tuple[str, str]], kinds: list[tuple[str, Any]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        for name, choices in (("category", categories), ("kind", kinds)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        for name in DRAFT_FIELDS:
            self.fields[name].widget.attrs["data-draft"] = ""

    @property
    def poll(self) -> PollPlan | None:
        data = self.cleaned_data
        if data["kind"] != TopicKind.POLL:
            return None
        return PollPlan(
            options=[line for line in data["options"].splitlines() if line.strip()],
            max_choices=data["max_choices"] or 1,
            is_secret=data["is_secret"],
            results_shown=ResultsShown(data["results_shown"] or ResultsShown.ALWAYS),
            closes_at=data["closes_at"],
        )


class TopicEditForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    tags = TagsField(label=_("Tags"), help_text=_("At most five, separated by spaces"))

    def __init__(self, *args: Any, kind: str, **options: Any) -> None:
        super().__init__(*args, **options)
        if kind == TopicKind.POLL:
            del self.fields["kind"]
            return
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [choice for choice in TopicKind.choices if choice[0] != TopicKind.POLL]


class PostForm(forms.Form):
    """A post of the topic by its id."""

    post = forms.CharField(max_length=ID_CHARACTERS)


class PinForm(forms.Form):
    """days  after which the topic is unpinned by itself; none without them"""

    pinned_to = forms.ChoiceField(choices=PinnedTo.choices, required=False)
    days = forms.IntegerField(min_value=1, max_value=3650, required=False)


class PaceForm(forms.Form):
    """How fast a topic goes on.

    slow_mode_seconds  between two posts of one person
    closes             days until it locks; `keep` leaves the time as it is, and nothing means never
    """

    slow_mode_seconds = forms.IntegerField(min_value=0, max_value=SLOWEST_SECONDS, required=False)
    closes = forms.ChoiceField(choices=CLOSING_CHOICES, required=False)

    def clean_slow_mode_seconds(self) -> int:
        return self.cleaned_data["slow_mode_seconds"] or 0


class MoveForm(forms.Form):
    category = forms.CharField(max_length=80)


class SplitForm(forms.Form):
    posts = forms.CharField(max_length=10_000)
    title = forms.CharField(max_length=200)
    category = forms.CharField(max_length=80, required=False)

    def clean_posts(self) -> list[int]:
        """Return the numbers of the posts."""
        words = self.cleaned_data["posts"].replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
            raise forms.ValidationError(_("Write numbers of posts, separated by spaces."))
        return [int(word) for word in words]


class MergeForm(forms.Form):
    into = forms.CharField(max_length=500)

    def clean_into(self) -> int:
        """Return the id at the end of the address of a topic."""
        last = self.cleaned_data["into"].partition("?")[0].rstrip("/").rpartition("/")[2]
        if not (last.isascii() and last.isdigit() and len(last) < 19):
            raise forms.ValidationError(_("Paste the address of a topic."))
        return int(last)


class SwitchForm(forms.Form):
    """Whether something is on: the button of the form says it."""

    is_on = forms.BooleanField(required=False)


class CategoryForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A category and its rights."""

    organization = forms.CharField(
        label=_("Organization"),
        max_length=96,
        required=False,
        help_text=_("Whose members “an organization” means; its admins moderate"),
    )

    class Meta:
        model = Category
        fields = (
            "name",
            "slug",
            "about",
            "parent",
            "color",
            "position",
            "organization",
            "read_audience",
            "read_role",
            "reply_audience",
            "reply_role",
            "create_audience",
            "create_role",
            "template",
            "slow_mode_seconds",
            "closes_after_days",
        )
        labels = {
            "name": _("Name"),
            "slug": _("Address"),
            "about": _("Description"),
            "parent": _("Below"),
            "color": _("Color"),
            "position": _("Position"),
            "read_audience": _("Who may read"),
            "read_role": _("From the role"),
            "reply_audience": _("Who may reply"),
            "reply_role": _("From the role"),
            "create_audience": _("Who may start topics"),
            "create_role": _("From the role"),
            "template": _("Template of new topics"),
            "slow_mode_seconds": _("Seconds between posts of one person"),
            "closes_after_days": _("Days until a topic locks"),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["slug"].required = False
        self.fields["parent"].required = False
        self.fields["closes_after_days"].required = False
        self.fields["color"] = forms.IntegerField(label=_("Color"), min_value=1, max_value=COLORS)
        owner = self.instance.organization
        self.initial["organization"] = owner.name if owner else ""

    def clean_organization(self) -> Namespace | None:
        name = self.cleaned_data["organization"]
        if not name:
            return None
        rows = Namespace.objects.filter(key=name.casefold(), kind=NamespaceKind.ORGANIZATION)
        found = rows.first()
        if found is None:
            raise forms.ValidationError(_("There is no such organization."))
        return found
