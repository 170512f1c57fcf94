"""The policy of receipts: it opens the receipt of the URL."""

from __future__ import annotations

from uuid import UUID

from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy
from apps.toolchain.jobs.policies import VISIBLE

from .access import receipt_for
from .models import Receipt


def _open_receipt(request: HubRequest, *, receipt_id: UUID) -> Receipt:
    return receipt_for(request.actor, receipt_id)


RECEIPT_READ = Policy(
    "receipt-read",
    "readers of the receipt",
    open=_open_receipt,
    takes=("receipt_id",),
    gives="receipt",
    **VISIBLE,
)
POLICIES = [RECEIPT_READ]
