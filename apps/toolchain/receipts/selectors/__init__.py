"""Reading receipts: lists and verified scores."""

from .receipts import ORDER, VerifiedScores, receipts_for, verified_scores

__all__ = ["ORDER", "VerifiedScores", "receipts_for", "verified_scores"]
