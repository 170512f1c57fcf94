"""What is measured and limited."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Meter(models.TextChoices):
    """What is measured, with its unit.

    A gauge is what is held now; every other meter counts what is used in a month.
    """

    CPU_SECONDS = "cpu_seconds", _("CPU time")
    GPU_SECONDS = "gpu_seconds", _("GPU time")
    STORAGE_BYTES = "storage_bytes", _("Storage")
    UNCOMMITTED_BYTES = "uncommitted_bytes", _("Uncommitted uploads")
    ACTIVE_JOBS = "active_jobs", _("Concurrent jobs")

    @property
    def unit(self) -> str:
        """bytes, seconds or jobs: the last word of the meter's name."""
        return self.value.rpartition("_")[2]

    @property
    def is_gauge(self) -> bool:
        return self in (Meter.STORAGE_BYTES, Meter.UNCOMMITTED_BYTES, Meter.ACTIVE_JOBS)

    @property
    def is_personal(self) -> bool:
        """Whether the site's setting is for people; organizations then have only the limits of their own."""
        return self is Meter.ACTIVE_JOBS
