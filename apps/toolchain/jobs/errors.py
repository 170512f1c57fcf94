"""The jobs' refusals."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class JobNotFound(NotFound):
    code = "JobNotFound"
    default = _("There is no such job.")


class JobHidden(Unauthenticated):
    """What nobody in particular hears of an absent or hidden job."""

    code = "JobNotFound"
    default = _("There is no such job, or you are not signed in.")


class ReceiptNotFound(NotFound):
    code = "ReceiptNotFound"
    default = _("There is no such receipt.")


class ReceiptHidden(Unauthenticated):
    code = "ReceiptNotFound"
    default = _("There is no such receipt, or you are not signed in.")


class InvalidOrder(Invalid):
    """facts  fields: name -> what is wrong with it"""

    code = "InvalidJob"
    default = _("This job cannot be ordered as it is.")


class IllegalMove(Conflict):
    code = "IllegalMove"
    default = _("The job is not in a state for that.")


class NotClaimable(Conflict):
    code = "NotClaimable"
    default = _("This job is not to be had: it runs, is over, or was cancelled.")


class NotIsolated(Conflict):
    code = "NotIsolated"
    default = _("This worker cannot isolate jobs, so it gets only those of the site's administrators.")


class UntrustedJobs(Forbidden):
    code = "UntrustedJobs"
    default = _("Jobs cannot be isolated on this site, so only its administrators may run them.")


class UnfitWorker(Conflict):
    """again_at  when the job is offered again, if another worker is to have it"""

    code = "UnfitWorker"
    default = _("This job is not for this worker.")

    def __init__(self, message: str = "", *, again_at: datetime | None = None) -> None:
        super().__init__(message)
        self.again_at = again_at


class StaleAttempt(Conflict):
    code = "StaleAttempt"
    default = _("This attempt is over. Another one has the job.")


class ResultMismatch(Conflict):
    code = "NotTheResult"
    default = _("This result does not belong to this job.")
