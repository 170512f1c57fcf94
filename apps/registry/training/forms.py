"""The form for ordering a job, built from the recipe's declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor
from apps.registry.repos.forms.repos import NAME_HINT, owners_for
from apps.toolchain.contracts import (
    ContractError,
    Param,
    ParamKind,
    Recipe,
    RecipeInput,
    clean_params,
    translate_message,
)
from apps.toolchain.contracts.params import LONG_TEXT_LIMIT
from apps.toolchain.jobs.models import Device, RunsOn
from apps.toolchain.jobs.selectors import has_own_workers

from .services.launch import default_place

PREFIX = "param_"
LONG_ROWS, LONG_TEXTS_SEPARATOR = 5, "\n---\n"
# of several long texts together
LONG_TEXTS_CHARACTERS = 200_000
DEVICES = [
    ("", gettext_lazy("Automatic")),
    (Device.CPU.value, gettext_lazy("CPU")),
    (Device.GPU.value, gettext_lazy("GPU")),
]


KIND_LABELS = {
    "model": gettext_lazy("Model"),
    "dataset": gettext_lazy("Dataset"),
}
REVISION_LABELS = {
    "model": gettext_lazy("Model revision"),
    "dataset": gettext_lazy("Dataset revision"),
}
NAME_LABELS = {
    "model": gettext_lazy("New model name"),
    "dataset": gettext_lazy("New dataset name"),
}
PRIVATE_LABELS = {
    "model": gettext_lazy("Make the new model private"),
    "dataset": gettext_lazy("Make the new dataset private"),
}


class OrderForm(forms.Form):
    """The fields of a job; those named `param_…` are validated by the recipe's contract.

    The recipe's inputs add fields: `<name>_revision` for the page's repository, which comes from the address,
    and `<name>` and `<name>_revision` for the others, hidden for those that were chosen before.
    """

    recipe = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)
    owner = forms.ChoiceField(label=gettext_lazy("Owner"))
    name = forms.CharField(max_length=96, help_text=NAME_HINT)
    is_private = forms.BooleanField(required=False)
    is_public = forms.BooleanField(
        label=gettext_lazy("Make this job public"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Jobs that use private repositories stay private."),
    )
    device = forms.ChoiceField(label=gettext_lazy("Hardware"), choices=DEVICES, required=False)
    max_minutes = forms.IntegerField(
        label=gettext_lazy("Time limit in minutes"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text=gettext_lazy("A training then publishes the best weights so far. Leave empty for none."),
    )

    def __init__(
        self, *args: Any, recipe: Recipe, actor: Actor, suggestions: Mapping[str, Any], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.order = recipe
        self.params: dict[str, Any] = {}
        self._add_inputs(recipe)
        self._set_output(recipe, actor)
        if has_own_workers(actor):
            self._add_workers(recipe)
        for param in recipe.params:
            field = self.fields[PREFIX + param.name] = field_of(
                param, suggestions.get(param.name, param.default)
            )
            if param.source is not None:
                field.widget.attrs["list"] = param.source.value

    def _add_workers(self, recipe: Recipe) -> None:
        """Ask whose workers may run the job, of those who have some."""
        self.fields["runs_on"] = forms.ChoiceField(
            label=_("Workers"),
            choices=RunsOn.choices,
            required=False,
            initial=default_place(recipe),
            help_text=_("What an own worker measures is self-reported."),
        )

    def _add_inputs(self, recipe: Recipe) -> None:
        main = recipe.main_input
        self.fields[f"{main.name}_revision"] = forms.CharField(
            label=REVISION_LABELS[main.kind], required=False, max_length=255
        )
        for place in recipe.other_inputs:
            self._add_input(place)

    def _add_input(self, place: RecipeInput) -> None:
        hidden: dict[str, Any] = {} if place.is_optional else {"widget": forms.HiddenInput}
        label = _(place.label) if place.label else KIND_LABELS[place.kind]
        self.fields[place.name] = forms.CharField(
            label=label, max_length=200, required=not place.is_optional, **hidden
        )
        self.fields[f"{place.name}_revision"] = forms.CharField(
            label=REVISION_LABELS[place.kind], max_length=255, required=False, **hidden
        )
        if place.is_optional:
            facts = {"list": f"{place.kind}s", "placeholder": "owner/name", "spellcheck": "false"}
            self.fields[place.name].widget.attrs.update(facts)

    def _set_output(self, recipe: Recipe, actor: Actor) -> None:
        if not recipe.output_kind:
            for name in ("owner", "name", "is_private"):
                del self.fields[name]
            return
        self.fields["owner"].choices = owners_for(actor)  # type: ignore[attr-defined]
        self.fields["name"].label = NAME_LABELS[recipe.output_kind]
        self.fields["is_private"].label = PRIVATE_LABELS[recipe.output_kind]

    @property
    def revision_field(self) -> forms.BoundField:
        return self[f"{self.order.main_input.name}_revision"]

    @property
    def optional_inputs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Address and revision of each repository that the job may do without."""
        names = [place.name for place in self.order.other_inputs if place.is_optional]
        return [(self[name], self[f"{name}_revision"]) for name in names]

    def groups(self, *, advanced: bool) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the labels and fields of the groups, in the order of the declaration."""
        found: dict[str, list[forms.BoundField]] = {}
        for param in self.order.params:
            if param.advanced is advanced:
                found.setdefault(_(param.group.label), []).append(self[PREFIX + param.name])
        return list(found.items())

    @property
    def main_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return self.groups(advanced=False)

    @property
    def advanced_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return self.groups(advanced=True)

    @property
    def has_advanced_errors(self) -> bool:
        fields = [field for _label, fields in self.advanced_groups for field in fields]
        return any(field.errors for field in fields) or bool(self.revision_field.errors)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        raw = {param.name: cleaned.get(PREFIX + param.name) for param in self.order.params}
        try:
            self.params = clean_params(
                self.order, {name: value for name, value in raw.items() if value not in (None, "")}
            )
        except ContractError as error:
            self.add_errors(error.errors)
        return cleaned

    def add_errors(self, errors: Mapping[str, str]) -> None:
        """Attach errors to their fields; the others are shown above the form."""
        main = self.order.main_input.name
        places = {
            **{param.name: PREFIX + param.name for param in self.order.params},
            "output": "name",
            "max_seconds": "max_minutes",
            main: f"{main}_revision",
        }
        for name, sentence in errors.items():
            place = places.get(name, name)
            is_shown = place in self.fields and not self[place].is_hidden
            self.add_error(place if is_shown else None, translate_message(_, sentence))


def field_of(param: Param, initial: Any) -> forms.Field:
    """Return the form field of a parameter; the contract validates its value, as in the API."""
    facts: dict[str, Any] = {
        "label": _(param.label),
        "help_text": _(param.help) if param.help else "",
        "required": param.required,
    }
    if param.kind is ParamKind.CHOICE:
        return forms.ChoiceField(
            choices=[(value, _(words)) for value, words in param.choices],
            initial=initial,
            **{**facts, "required": True},
        )
    if param.kind is ParamKind.BOOLEAN:
        return forms.BooleanField(initial=initial, **{**facts, "required": False})
    area = forms.Textarea({"rows": LONG_ROWS})
    if param.kind is ParamKind.LONG_TEXTS:
        shown = LONG_TEXTS_SEPARATOR.join(initial)
        return forms.CharField(initial=shown, max_length=LONG_TEXTS_CHARACTERS, widget=area, **facts)
    shown = _as_text(initial)
    if param.kind is ParamKind.LONG_TEXT:
        limit = int(param.maximum or LONG_TEXT_LIMIT)
        return forms.CharField(initial=shown, max_length=limit, widget=area, **facts)
    widget = forms.TextInput(
        attrs={"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off", **_input_attrs(param)}
    )
    return forms.CharField(initial=shown, max_length=2000, widget=widget, **facts)


def _as_text(value: Any) -> Any:
    """Return a value as a form sends it: lists and mappings are text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={item}" for name, item in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else value


def _input_attrs(param: Param) -> dict[str, str]:
    if param.kind is ParamKind.INTEGER:
        return {"inputmode": "numeric"}
    return {"inputmode": "decimal"} if param.kind is ParamKind.NUMBER else {}
