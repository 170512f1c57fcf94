"""Who may see receipts: those who may read the job, but not staff as such."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.toolchain.jobs.access import has_own_access, visible_by_own_access
from apps.toolchain.jobs.models import Job

from .errors import ReceiptHidden, ReceiptNotFound
from .models import Receipt


def visible_to(actor: Actor) -> QuerySet[Receipt]:
    """Return the receipts of the jobs that an actor may read."""
    return Receipt.objects.filter(job__in=visible_by_own_access(actor, Job.objects.all()).values("pk"))


def receipt_for(actor: Actor, receipt_id: UUID) -> Receipt:
    """Return the receipt if the actor may read its job.

    raises  ReceiptNotFound if it is absent or hidden (ReceiptHidden for anonymous users)
    """
    rows = Receipt.objects.select_related("job__namespace", "job__submitted_by", "signing_key")
    receipt = rows.filter(pk=receipt_id).first()
    if receipt is None or not has_own_access(actor, Need.READ, receipt.job):
        raise ReceiptNotFound(_("Receipt not found.")) if actor.is_signed_in else ReceiptHidden
    return receipt
