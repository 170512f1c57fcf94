"""The REST API of receipts, for users and workers."""

from .receipts import KeyList, ReceiptDetail, ReceiptList, well_known_keys
from .results import JobResults

__all__ = ["JobResults", "KeyList", "ReceiptDetail", "ReceiptList", "well_known_keys"]
