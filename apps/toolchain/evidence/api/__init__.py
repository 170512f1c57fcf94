"""REST API of evidence."""

from .receipts import ReceiptComparison, ReceiptRepetitions, ReceiptSamples

__all__ = ["ReceiptComparison", "ReceiptRepetitions", "ReceiptSamples"]
