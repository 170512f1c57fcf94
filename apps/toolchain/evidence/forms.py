"""The filter of samples."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from .selectors import SampleFilter, SampleOutcome, SampleSort
from .selectors.samples import PLACES_LIMIT, QUERY_LIMIT


class SampleForm(forms.Form):
    """Which samples are listed; what is invalid counts as absent."""

    outcome = forms.ChoiceField(label=_("Predictions"), choices=SampleOutcome.choices, required=False)
    label = forms.CharField(label=_("True class"), max_length=QUERY_LIMIT, required=False)
    predicted = forms.CharField(label=_("Predicted class"), max_length=QUERY_LIMIT, required=False)
    q = forms.CharField(label=_("Text contains"), max_length=QUERY_LIMIT, required=False)
    sort = forms.ChoiceField(label=_("Order"), choices=SampleSort.choices, required=False)
    first = forms.IntegerField(min_value=0, max_value=PLACES_LIMIT, required=False)

    def wanted(self) -> tuple[SampleFilter, int]:
        """Return the filter and the number of the first sample."""
        self.is_valid()
        found = self.cleaned_data
        outcome = found.get("outcome", "") if "outcome" in self.data else SampleOutcome.WRONG.value
        wanted = SampleFilter(
            outcome=outcome,
            label=found.get("label", ""),
            predicted=found.get("predicted", ""),
            q=found.get("q", ""),
            sort=found.get("sort") or SampleSort.CONFIDENT.value,
        )
        return wanted, found.get("first") or 0
