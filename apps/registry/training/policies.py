"""The policy of orders that start from a receipt."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from apps.core.web.http import HubRequest
from apps.core.web.policies import SIGNED_IN, Policy
from apps.toolchain.receipts.access import receipt_for
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.policies import RECEIPT_READ


def _open_to_publish(request: HubRequest, *, receipt_id: UUID, lock: bool = False) -> Receipt:
    """Return the receipt. It never changes, so that there is nothing to lock."""
    return receipt_for(request.actor, receipt_id)


RECEIPT_REPEAT = Policy(
    "receipt-repeat",
    "signed-in readers of the receipt",
    check=SIGNED_IN.check,
    open=RECEIPT_READ.open,
    takes=("receipt_id",),
    gives="receipt",
    need=RECEIPT_READ.need,
)
# The service opens the model, which the actor must be able to change.
RECEIPT_PUBLISH = replace(
    RECEIPT_REPEAT,
    name="receipt-publish",
    words="readers of the receipt who may change its model",
    open=_open_to_publish,
)
POLICIES = [RECEIPT_REPEAT, RECEIPT_PUBLISH]
