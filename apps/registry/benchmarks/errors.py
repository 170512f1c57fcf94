"""Refusals of benchmarks."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, NotFound


class NoBenchmark(NotFound):
    code = "NoBenchmark"
    default = _("This dataset is not a benchmark.")


class TooManySubmissions(Conflict):
    code = "TooManySubmissions"
    default = _("You have used today's submissions to this benchmark.")


class ModelNotPublic(Conflict):
    """Leaderboards show their models to everybody."""

    code = "ModelNotPublic"
    default = _("Only public models without gating can be submitted.")


class BenchmarkClosed(Conflict):
    code = "BenchmarkClosed"
    default = _("The benchmark's data can't be read at the moment. Ask its owner.")
