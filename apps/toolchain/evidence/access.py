"""Who may read the samples of an evaluation: readers of the receipt who may also read its dataset."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.errors import Forbidden, Unauthenticated
from apps.toolchain.artifacts.models import JobArtifact
from apps.toolchain.contracts import SAMPLES_FILE
from apps.toolchain.jobs.access import may_read_data
from apps.toolchain.receipts.access import receipt_for
from apps.toolchain.receipts.models import Receipt

from .errors import SamplesNotKept


def sample_log_for(actor: Actor, receipt_id: UUID) -> JobArtifact:
    """Return the log of an evaluation whose dataset the actor may read, with its job and receipt.

    raises  ReceiptNotFound (ReceiptHidden for anonymous users), SamplesNotKept, Forbidden, Unauthenticated
    """
    receipt = receipt_for(actor, receipt_id)
    log = log_of(receipt)
    if log is None:
        raise SamplesNotKept
    if not may_read_data(actor, receipt.job):
        words = _("You don't have access to the dataset of this evaluation.")
        raise Forbidden(words) if actor.is_signed_in else Unauthenticated(words)
    return log


def readable_log(actor: Actor, receipt: Receipt) -> JobArtifact | None:
    """Return the log of a receipt, None if there is none or the actor may not read it."""
    return log_of(receipt) if may_read_data(actor, receipt.job) else None


def log_of(receipt: Receipt) -> JobArtifact | None:
    """Return the log whose hash was signed, None if it was not kept."""
    files = receipt.body["result"].get("artifacts", ())
    sha256 = next((str(one["sha256"]) for one in files if one["name"] == SAMPLES_FILE), "")
    rows = JobArtifact.objects.filter(job=receipt.job_id, name=SAMPLES_FILE, sha256=sha256)
    return rows.select_related("job__receipt").first()
