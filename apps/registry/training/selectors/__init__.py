"""Reading the scores that a model's repository reports."""

from .reported import Mark, ReportedScore, reported_scores

__all__ = ["Mark", "ReportedScore", "reported_scores"]
