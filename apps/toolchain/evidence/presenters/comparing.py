"""View model of a comparison: one plain sentence, a table, examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core.text.formatting import thousands
from apps.toolchain.contracts import Unit, find_recipe
from apps.toolchain.jobs.presenters import metric_label, number_text, unit_of
from apps.toolchain.receipts.models import Receipt

from ..selectors import Comparison, Difference, Outcome
from ..selectors.comparing import Basis
from .samples import SampleRow, sample_rows

TONES = {
    Outcome.BETTER: "good",
    Outcome.WORSE: "bad",
    Outcome.NOT_SHOWN: "info",
    Outcome.INCOMPARABLE: "warn",
}


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference as text. p_value: "" without one"""

    key: str
    name: str
    before: str
    after: str
    difference: str
    interval: str
    p_value: str
    gained: int | None
    lost: int | None


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """Everything that the page of a comparison shows.

    tone   of the alert with the sentence
    names  of the two models
    """

    names: tuple[str, str]
    tone: str
    sentence: str
    title: str
    method: str
    rows: list[DifferenceRow]
    gained: list[SampleRow]
    lost: list[SampleRow]


def comparison_page(pair: tuple[Receipt, Receipt], comparison: Comparison) -> ComparisonPage:
    names = model_names(pair[0].body, pair[1].body)
    titles = {
        Outcome.BETTER: _("Better"),
        Outcome.WORSE: _("Worse"),
        Outcome.NOT_SHOWN: _("No difference shown"),
        Outcome.INCOMPARABLE: _("Not comparable"),
    }
    recipe = pair[1].body["recipe"]
    return ComparisonPage(
        names=names,
        tone=TONES[comparison.outcome],
        sentence=outcome_sentence(comparison, names, recipe),
        title=titles[comparison.outcome],
        method=method_sentence(comparison),
        rows=[_row(one, recipe) for one in comparison.differences],
        gained=sample_rows(comparison.gained),
        lost=sample_rows(comparison.lost),
    )


def model_names(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, str]:
    """Return names that tell two models apart: with their commits if they are of one repository."""
    models = before["model"], after["model"]
    if models[0]["address"] != models[1]["address"]:
        return models[0]["address"], models[1]["address"]
    first, second = (f"{one['address']}@{one['commit'][:7]}" for one in models)
    return first, second


def outcome_sentence(comparison: Comparison, names: tuple[str, str], recipe: str) -> str:
    """Return what the comparison shows, in one sentence."""
    main = comparison.main
    if main is None:
        return _incomparable(comparison.basis)
    facts = {
        "before": names[0],
        "after": names[1],
        "metric": metric_label(find_recipe("evaluate", recipe), main.metric),
        "value_before": number_text(_unit(recipe, main), main.before),
        "value_after": number_text(_unit(recipe, main), main.after),
        "difference": _change(_unit(recipe, main), main.value),
        "interval": _interval(_unit(recipe, main), main),
        "n": thousands(main.n),
    }
    if main.low is None:
        words = _(
            "%(after)s has %(value_after)s and %(before)s %(value_before)s (%(metric)s) on %(n)s samples: "
            "too few to show a difference."
        )
    elif main.outcome is Outcome.BETTER:
        words = _(
            "%(after)s is better than %(before)s: %(value_after)s against %(value_before)s (%(metric)s), "
            "a difference of %(difference)s (95%% interval %(interval)s) on %(n)s samples."
        )
    elif main.outcome is Outcome.WORSE:
        words = _(
            "%(after)s is worse than %(before)s: %(value_after)s against %(value_before)s (%(metric)s), "
            "a difference of %(difference)s (95%% interval %(interval)s) on %(n)s samples."
        )
    else:
        words = _(
            "No difference is shown between %(after)s and %(before)s: %(value_after)s against "
            "%(value_before)s (%(metric)s) on %(n)s samples. The 95%% interval of the difference, "
            "%(interval)s, contains zero."
        )
    return words % facts


def _incomparable(basis: Basis) -> str:
    reasons = {
        Basis.OTHER_RECIPE: _("The two evaluations used different recipes."),
        Basis.OTHER_DATA: _(
            "The two evaluations scored different samples, so a difference says nothing about the models. "
            "Evaluate both on the same split."
        ),
    }
    return reasons.get(basis, _("The two evaluations have no score in common that can be compared."))


def method_sentence(comparison: Comparison) -> str:
    """Return how the intervals were computed."""
    words = {
        "bonett_price": _("paired shares (Bonett and Price)"),
        "bootstrap": _("paired bootstrap"),
        "normal": _("paired differences, normal"),
        "newcombe": _("unpaired shares (Newcombe)"),
    }
    used = dict.fromkeys(one.method for one in comparison.differences if one.method)
    if not used:
        return ""
    sentence = _("Intervals: %(methods)s.") % {"methods": ", ".join(words[one] for one in used)}
    if comparison.basis is Basis.SCORES:
        sentence += " " + _("The samples were not kept, so the comparison is more careful than it could be.")
    return sentence


def _row(one: Difference, recipe: str) -> DifferenceRow:
    unit = _unit(recipe, one)
    p_value = "" if one.p_value is None else f"{one.p_value:.2g}" if one.p_value >= 0.0001 else "< 0.0001"
    return DifferenceRow(
        key=one.metric,
        name=metric_label(find_recipe("evaluate", recipe), one.metric),
        before=number_text(unit, one.before),
        after=number_text(unit, one.after),
        difference=_change(unit, one.value),
        interval=_interval(unit, one),
        p_value=p_value,
        gained=one.gained,
        lost=one.lost,
    )


def _unit(recipe: str, one: Difference) -> Unit:
    return unit_of(find_recipe("evaluate", recipe), one.metric)


def _change(unit: Unit, value: float) -> str:
    """Return a signed difference; of percentages it is in points."""
    if unit is Unit.FRACTION:
        return _("%(points)s points") % {"points": _signed(value * 100, 1)}
    return _signed(value, 3)


def _interval(unit: Unit, one: Difference) -> str:
    if one.low is None or one.high is None:
        return ""
    scale, digits = (100, 1) if unit is Unit.FRACTION else (1, 3)
    low, high = (_signed(edge * scale, digits) for edge in (one.low, one.high))
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _signed(value: float, digits: int) -> str:
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return f"+{text}" if value > 0 else f"−{text}"
