"""Forms of benchmarks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.toolchain.contracts import JobKind, recipes

NAME_LIMIT = 200
MOST_PER_DAY = 100


class SubmitForm(forms.Form):
    """A model to score."""

    model = forms.CharField(
        label=_("Model"),
        max_length=NAME_LIMIT,
        widget=forms.TextInput(attrs={"placeholder": "owner/name", "spellcheck": "false"}),
    )
    revision = forms.CharField(
        label=_("Revision"),
        max_length=NAME_LIMIT,
        required=False,
        help_text=_("A branch, tag or commit. Leave empty for the latest."),
    )


class BenchmarkForm(forms.Form):
    """What a benchmark scores on."""

    test_dataset = forms.CharField(
        label=_("Dataset with the test split"),
        max_length=NAME_LIMIT,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "owner/name", "spellcheck": "false"}),
        help_text=_("A private dataset keeps the split hidden. Leave empty for this dataset."),
    )
    recipe = forms.ChoiceField(label=_("Recipe"))
    metric = forms.ChoiceField(label=_("Metric"))
    split = forms.CharField(label=_("Split"), max_length=NAME_LIMIT, initial="test")
    text_column = forms.CharField(label=_("Text column"), max_length=NAME_LIMIT, initial="text")
    label_column = forms.CharField(label=_("Label column"), max_length=NAME_LIMIT, initial="label")
    daily_limit = forms.IntegerField(
        label=_("Submissions per person and day"), min_value=1, max_value=MOST_PER_DAY, initial=5
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        scored = [one for one in recipes(JobKind.EVALUATE) if one.signed_result]
        metrics = {metric.name: _(metric.label) for one in scored for metric in one.metrics}
        self._set("recipe", [(one.name, _(one.label)) for one in scored])
        self._set("metric", list(metrics.items()))

    def _set(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def order(self) -> dict[str, Any]:
        """Return the arguments of `set_benchmark`; columns that a recipe does not have are left out."""
        found = dict(self.cleaned_data)
        recipe = next(one for one in recipes(JobKind.EVALUATE) if one.name == found["recipe"])
        known = {param.name for param in recipe.params}
        columns = {name: found.pop(name) for name in ("split", "text_column", "label_column")}
        return {**found, "params": {name: value for name, value in columns.items() if name in known}}
