"""Who may read the samples of an evaluation: readers of the receipt who may also read its dataset."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.errors import Forbidden
from apps.toolchain.artifacts.models import JobArtifact
from apps.toolchain.contracts import SAMPLES_FILE
from apps.toolchain.jobs.access import may_read_data
from apps.toolchain.receipts.models import Receipt

from .errors import SamplesNotKept


def sample_log_of(actor: Actor, receipt: Receipt) -> JobArtifact:
    """Return the log of an evaluation that the actor may read the receipt of.

    raises  SamplesNotKept, Forbidden if its dataset is not the actor's to read
    """
    log = sample_logs([receipt]).get(receipt.job_id)
    if log is None:
        raise SamplesNotKept
    if not may_read_data(actor, receipt.job):
        raise Forbidden(_("You don't have access to the dataset of this evaluation."))
    return log


def sample_logs(receipts: list[Receipt]) -> dict[object, JobArtifact]:
    """Return the logs of receipts in one query, by job; only files whose hash was signed count."""
    rows = JobArtifact.objects.filter(job__in=[one.job_id for one in receipts], name=SAMPLES_FILE)
    signed = {one.job_id: signed_hash(one) for one in receipts}
    return {row.job_id: row for row in rows if row.sha256 == signed[row.job_id]}


def signed_hash(receipt: Receipt) -> str:
    """Return the hash of the log of samples that was signed, "" if there is none."""
    files = receipt.body["result"].get("artifacts", ())
    return next((str(one["sha256"]) for one in files if one["name"] == SAMPLES_FILE), "")
