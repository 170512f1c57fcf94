"""Times in a browser: one format per language, in the person's time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.browser.looks import Look

pytestmark = pytest.mark.slow


def written(moment: datetime, language: str) -> str:
    if language == "zh-hans":
        return f"{moment:%Y}年{moment.month}月{moment.day}日 {moment:%H:%M}"
    return f"{moment.day} {moment:%b %Y, %H:%M}"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(("zone", "expected"), [("Asia/Tokyo", "Asia/Tokyo"), ("", "UTC")])
def test_times_have_the_languages_format_in_the_persons_zone(live_cast, open_page, language, zone, expected):
    type(live_cast.owner.user).objects.filter(pk=live_cast.owner.user.pk).update(time_zone=zone)
    page = open_page(live_cast.owner, Look(language=language))

    page.goto("/styleguide")
    times = page.locator("time[data-age]").evaluate_all("all => all.map(one => [one.dateTime, one.title])")

    local = [datetime.fromisoformat(iso).astimezone(ZoneInfo(expected)) for iso, _title in times]
    assert [title for _iso, title in times] == [written(moment, language) for moment in local]
    assert len(times) >= 6
