"""Refusals of the fleet."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, NotFound


class WorkerNotFound(NotFound):
    code = "WorkerNotFound"
    default = _("Worker not found.")


class WorkerOutdated(Conflict):
    """facts  protocol: the version that the site speaks"""

    code = "WorkerOutdated"
    default = _("This worker and this site are of different versions. Install the site's version.")


class WorkerBusy(Conflict):
    code = "WorkerBusy"
    default = _("This worker still has a job. Drain it first.")
