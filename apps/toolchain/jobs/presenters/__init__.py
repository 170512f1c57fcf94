"""View models of the pages of jobs and receipts."""

from .jobs import badge_tone, job_page, job_title
from .receipts import ScoreRow, receipt_page, score_rows

__all__ = ["ScoreRow", "badge_tone", "job_page", "job_title", "receipt_page", "score_rows"]
