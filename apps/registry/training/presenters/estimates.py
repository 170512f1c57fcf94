"""What an order will take, and what "auto" will become, before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core.text.formatting import duration, size, thousands
from apps.toolchain.contracts import FLAVORS, DatasetFacts, Estimate, ModelFacts, Recipe, estimate
from apps.toolchain.jobs.models import Device


@dataclass(frozen=True, slots=True)
class Forecast:
    """resolved: values of parameters that are auto; estimates: by flavor, those that the order may run on"""

    resolved: dict[str, Any]
    estimates: dict[str, Estimate]


def forecast(
    recipe: Recipe,
    values: Mapping[str, Any],
    model: ModelFacts | None,
    dataset: DatasetFacts | None,
    device: str = Device.ANY,
) -> Forecast:
    """Return what a recipe will take with these values of all its parameters."""
    work = recipe.work(values, model, dataset)
    flavors = [device] if device else list(FLAVORS)
    data_bytes = dataset.bytes if dataset else 0
    return Forecast(
        dict(recipe.resolve(values, model, dataset)),
        {flavor: estimate(work, model, flavor, dataset_bytes=data_bytes) for flavor in flavors},
    )


def forecast_rows(recipe: Recipe, found: Forecast) -> list[tuple[str, str]]:
    """Return a forecast as labels and texts; what is not known is left out."""
    first = next(iter(found.estimates.values()))
    counts = [(_("Steps"), first.steps), (_("Tokens"), first.tokens)]
    sizes = [(_("Memory"), first.memory_bytes), (_("Disk space"), first.disk_bytes)]
    times = {"cpu": _("Processor time"), "gpu": _("GPU time")}
    return [
        *((_(recipe.param(name).label), f"{value:g}") for name, value in found.resolved.items()),
        *((label, thousands(count)) for label, count in counts if count),
        *((label, size(count)) for label, count in sizes if count),
        *(
            (times[flavor], f"{duration(one.device_seconds_low)} – {duration(one.device_seconds_high)}")
            for flavor, one in found.estimates.items()
            if one.device_seconds_low is not None and one.device_seconds_high is not None
        ),
    ]
