"""The policies of evidence: a receipt, or two to compare."""

from __future__ import annotations

from uuid import UUID

from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy
from apps.toolchain.artifacts.models import JobArtifact
from apps.toolchain.jobs.policies import VISIBLE
from apps.toolchain.receipts.access import receipt_for
from apps.toolchain.receipts.models import Receipt

from .access import sample_log_for


def _open_pair(request: HubRequest, *, receipt_id: UUID, other_id: UUID) -> tuple[Receipt, Receipt]:
    return receipt_for(request.actor, receipt_id), receipt_for(request.actor, other_id)


def _open_log(request: HubRequest, *, receipt_id: UUID) -> JobArtifact:
    return sample_log_for(request.actor, receipt_id)


RECEIPTS_COMPARE = Policy(
    "receipts-compare",
    "readers of both receipts",
    open=_open_pair,
    takes=("receipt_id", "other_id"),
    gives="pair",
    **VISIBLE,
)
SAMPLES_READ = Policy(
    "samples-read",
    "readers of the receipt and of its dataset",
    open=_open_log,
    takes=("receipt_id",),
    gives="log",
    **VISIBLE,
)
POLICIES = [RECEIPTS_COMPARE, SAMPLES_READ]
