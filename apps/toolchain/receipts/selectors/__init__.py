"""Reading receipts: lists and verified scores."""

from .receipts import KEY_ORDER, ORDER, VerifiedScores, listed_receipts, receipts_for, verified_scores

__all__ = ["KEY_ORDER", "ORDER", "VerifiedScores", "listed_receipts", "receipts_for", "verified_scores"]
