"""Searches the samples of an evaluation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.cache import CachedValue
from apps.toolchain.artifacts.models import JobArtifact

from .logs import ask_logs

QUERY_LIMIT = 200
PLACES_LIMIT = 10**7


class SampleOutcome(models.TextChoices):
    """Which samples are listed, by what the model made of them."""

    ALL = "", _("All")
    WRONG = "wrong", _("Wrong")
    RIGHT = "right", _("Right")


class SampleSort(models.TextChoices):
    """Order of samples."""

    CONFIDENT = "confident", _("Most confident first")
    UNSURE = "unsure", _("Least confident first")
    ROW = "row", _("As in the dataset")


@dataclass(frozen=True, slots=True)
class SampleFilter:
    """Which samples of a log, in which order.

    label, predicted  names of classes, "" for any
    q                 part of a text, in any case
    """

    outcome: str = SampleOutcome.WRONG
    label: str = ""
    predicted: str = ""
    q: str = ""
    sort: str = SampleSort.CONFIDENT


@dataclass(frozen=True, slots=True)
class SamplePage:
    """Some samples of a log.

    rows                 samples by the names of the log's columns, long texts truncated
    total, matching      numbers of samples, and of those that match
    labels, predictions  classes with their numbers of samples
    """

    rows: list[dict[str, Any]]
    total: int
    matching: int
    labels: list[tuple[str, int]] = field(default_factory=list)
    predictions: list[tuple[str, int]] = field(default_factory=list)


CACHED_PAGES = CachedValue("samples", SamplePage, seconds=3600)


def search_samples(log: JobArtifact, wanted: SampleFilter, *, first: int = 0, count: int = 25) -> SamplePage:
    """Return the samples that match, from number `first` on (raises SamplesUnreadable)."""
    request = {"action": "search", **asdict(wanted), "first": first, "count": count}
    name = (log.sha256, *asdict(wanted).values(), first, count)
    known = CACHED_PAGES.get(*name) if not wanted.q else None
    if known is None:
        known = CACHED_PAGES.from_plain(ask_logs(request, log))
        if not wanted.q:
            CACHED_PAGES.set(known, *name)
    return known
