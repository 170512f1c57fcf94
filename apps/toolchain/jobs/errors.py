"""Refusals of the jobs app."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, ValidationFailed


class JobNotFound(NotFound):
    code = "JobNotFound"
    default = _("Job not found.")


class JobHidden(Unauthenticated):
    """An absent or hidden job, for anonymous users."""

    code = "JobNotFound"
    default = _("Job not found. If it is private, sign in first.")


class InvalidOrder(ValidationFailed):
    """facts  fields: name -> error message"""

    code = "InvalidJob"
    default = _("This job is not valid.")


class JobAlreadyFinished(Conflict):
    code = "JobAlreadyFinished"
    default = _("The job's state does not allow this.")


class OutputTaken(Conflict):
    code = "OutputTaken"
    default = _("Another job is about to create this repository.")


class NotClaimable(Conflict):
    code = "NotClaimable"
    default = _("This job is not available: it is running, finished or cancelled.")


class NotIsolated(Conflict):
    code = "NotIsolated"
    default = _("This worker cannot isolate jobs, so it may only run jobs of administrators.")


class UntrustedJobs(Forbidden):
    code = "UntrustedJobs"
    default = _("This site cannot isolate jobs, so only administrators may run them.")


class UnfitWorker(Conflict):
    code = "UnfitWorker"
    default = _("This worker cannot run this job.")


class TooManyWorkers(Conflict):
    code = "TooManyWorkers"
    default = _("There are too many workers.")


class StaleAttempt(Conflict):
    code = "StaleAttempt"
    default = _("This attempt has ended. Another attempt may be running.")
