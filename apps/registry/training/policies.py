"""The policy of orders that start from a receipt."""

from __future__ import annotations

from dataclasses import replace

from apps.core.web.policies import SIGNED_IN, Policy
from apps.toolchain.receipts.policies import RECEIPT_READ

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
    RECEIPT_REPEAT, name="receipt-publish", words="readers of the receipt who may change its model"
)
POLICIES = [RECEIPT_REPEAT, RECEIPT_PUBLISH]
