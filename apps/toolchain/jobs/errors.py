"""The jobs' refusals."""

from apps.core.errors import Conflict, Invalid, NotFound, Unauthenticated


class JobNotFound(NotFound):
    code = "JobNotFound"
    default = "There is no such job."


class JobHidden(Unauthenticated):
    """What nobody in particular hears of an absent or hidden job."""

    code = "JobNotFound"
    default = "There is no such job, or you are not signed in."


class ReceiptNotFound(NotFound):
    code = "ReceiptNotFound"
    default = "There is no such receipt."


class ReceiptHidden(Unauthenticated):
    code = "ReceiptNotFound"
    default = "There is no such receipt, or you are not signed in."


class InvalidOrder(Invalid):
    """facts  fields: name -> what is wrong with it"""

    code = "InvalidJob"
    default = "This job cannot be ordered as it is."


class IllegalMove(Conflict):
    code = "IllegalMove"
    default = "The job is not in a state for that."


class NotClaimable(Conflict):
    code = "NotClaimable"
    default = "This job is not to be had: it runs, is over, or was cancelled."


class StaleAttempt(Conflict):
    code = "StaleAttempt"
    default = "This attempt is over. Another one has the job."


class NotTheResult(Conflict):
    code = "NotTheResult"
    default = "This result does not belong to this job."
