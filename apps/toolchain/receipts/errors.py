"""Refusals of the receipts app."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, NotFound, Unauthenticated


class ReceiptNotFound(NotFound):
    code = "ReceiptNotFound"
    default = _("Receipt not found.")


class ReceiptHidden(Unauthenticated):
    """An absent or hidden receipt, for anonymous users."""

    code = "ReceiptNotFound"
    default = _("Receipt not found. If it is private, sign in first.")


class ResultMismatch(Conflict):
    code = "ResultMismatch"
    default = _("This result does not belong to this job.")
