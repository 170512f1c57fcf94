"""Times as git counts them, as dates that every page, feed and archive can show."""

from __future__ import annotations

from datetime import UTC, datetime

# git keeps 63 bits of seconds, Python ends with the year 9999; a day is left, so that no zone leads beyond it
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
LAST_SECONDS = int(LAST.timestamp())


def commit_date(seconds: int) -> datetime:
    """Return the moment that a commit or tag names, or the first or last date that there is.

    seconds  since 1970, by whatever clock the author had
    """
    return datetime.fromtimestamp(min(max(seconds, 0), LAST_SECONDS), UTC)
