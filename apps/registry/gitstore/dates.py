"""Dates of commits, limited to what pages, feeds and archives can show."""

from __future__ import annotations

from datetime import UTC, datetime

# git stores 63 bits of seconds, Python ends in 9999; one day is left for time zones
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
LAST_SECONDS = int(LAST.timestamp())


def commit_date(seconds: int) -> datetime:
    """Return the date of a commit or tag, clamped to FIRST and LAST.

    seconds  since 1970, by the author's clock
    """
    return datetime.fromtimestamp(min(max(seconds, 0), LAST_SECONDS), UTC)
