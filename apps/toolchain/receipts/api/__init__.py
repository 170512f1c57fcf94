"""The REST API of receipts, for users and workers."""

from .keys import SigningKeyList, well_known_keys
from .receipts import ReceiptDetail, ReceiptList, ReceiptPayload
from .results import JobResultsView

__all__ = [
    "JobResultsView",
    "ReceiptDetail",
    "ReceiptList",
    "ReceiptPayload",
    "SigningKeyList",
    "well_known_keys",
]
