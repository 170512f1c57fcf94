"""Numbers for people: counts, percentages, sizes, durations, dates and ages in the page's language."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

MINUTE, HOUR, DAY, MONTH, YEAR = 60, 3600, 86_400, 2_629_800, 31_557_600


def thousands(value: float) -> str:
    """12408 -> 12,408, in every language."""
    return f"{value:,}"


def percent(share: float, digits: int = 1) -> str:
    """0.824 -> 82.4%, in every language."""
    return f"{share * 100:.{digits}f}%"


def date(moment: datetime) -> str:
    """A date in the reader's time zone: 29 Nov 2026."""
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


def date_and_time(moment: datetime, *, with_zone: bool = False) -> str:
    """A date and time in the reader's time zone: 29 Nov 2026, 19:37."""
    local = timezone.localtime(moment)
    text = date_format(local, "DATETIME_FORMAT")
    return f"{text} {local:%Z}" if with_zone else text


def _scaled(value: float, steps: list[tuple[float, str]]) -> str:
    for size, unit in steps:
        if abs(value) >= size:
            share = value / size
            digits = f"{share:.0f}" if abs(share) >= 99.95 else f"{share:.1f}".removesuffix(".0")
            return f"{digits}{unit}"
    return thousands(int(value) if value == int(value) else value)


def short_count(value: float) -> str:
    """1234 -> 1.2k; in Chinese with 万 and 亿."""
    if (get_language() or "en").startswith("zh"):
        return _scaled(value, [(1e8, " 亿"), (1e4, " 万")])
    return _scaled(value, [(1e9, "B"), (1e6, "M"), (1e3, "k")])


def parameter_count(value: float) -> str:
    """22713216 -> 22.7M, in every language, as in model names."""
    return _scaled(value, [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")])


def size(value: float) -> str:
    """Bytes in binary units: 1536 -> 1.5 KiB."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB", "PiB"):
        if abs(value) < 1023.95 or unit == "PiB":
            break
        value /= 1024
    digits = 0 if unit == "B" or abs(value) >= 99.95 else 1
    return f"{value:.{digits}f}\u00a0{unit}"


def duration(seconds: float) -> str:
    """Seconds in the two largest units: 3725 -> 1 h 2 min."""
    whole = int(seconds)
    if seconds < 10:
        return _("%(count)s s") % {"count": f"{seconds:.1f}".removesuffix(".0")}
    if whole < MINUTE:
        return _("%(count)s s") % {"count": whole}
    if whole < HOUR:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": whole // MINUTE, "seconds": whole % MINUTE}
    if whole < DAY:
        return _("%(hours)s h %(minutes)s min") % {"hours": whole // HOUR, "minutes": whole % HOUR // MINUTE}
    return _("%(days)s d %(hours)s h") % {"days": whole // DAY, "hours": whole % DAY // HOUR}


# the server and static/js/ages.js both use them
AGES = {
    "now": gettext_noop("just now"),
    "minute": gettext_noop("{n} min ago"),
    "hour": gettext_noop("{n} h ago"),
    "day": gettext_noop("{n} d ago"),
    "month": gettext_noop("{n} mo ago"),
    "year": gettext_noop("{n} y ago"),
}


def age_words() -> dict[str, str]:
    """Phrases for ages, with {n} for the count."""
    return {name: _(words) for name, words in AGES.items()}


def is_future(moment: datetime, now: datetime | None = None) -> bool:
    """Return whether a moment is in the future, allowing for clock skew."""
    return (moment - (now or timezone.now())).total_seconds() > HOUR


def age(moment: datetime, now: datetime | None = None) -> str:
    """The age of a moment: 2 d ago."""
    seconds = ((now or timezone.now()) - moment).total_seconds()
    for name, length in (("year", YEAR), ("month", MONTH), ("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
        if seconds >= length:
            return _(AGES[name]).replace("{n}", str(int(seconds // length)))
    return _(AGES["now"])
