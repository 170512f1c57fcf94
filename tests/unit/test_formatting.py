"""Numbers, sizes and dates in both languages."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.formats import date_format

from apps.core.conversations.presenters import ReactionView
from apps.core.conversations.templatetags.conversations import reaction_buttons
from apps.core.templatetags import banyan
from apps.core.text import formatting

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (1234, "1.2k", "1,234"),
        (12_000, "12k", "1.2 万"),
        (340_000_000, "340M", "3.4 亿"),
        (999_960, "1000k", "100 万"),
    ],
)
def test_a_short_count_follows_the_language(value, english, chinese):
    with translation.override("en"):
        assert formatting.short_count(value) == english
    with translation.override("zh-hans"):
        assert formatting.short_count(value) == chinese


@pytest.mark.parametrize(
    ("value", "shown"), [(22_713_216, "22.7M"), (7_000_000_000, "7B"), (36_992, "37K"), (512, "512")]
)
def test_parameters_are_spelled_alike_in_every_language(value, shown):
    with translation.override("zh-hans"):
        assert formatting.parameter_count(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (90_862_344, "86.7 MiB"),
        (5 << 40, "5.0 TiB"),
        (1 << 60, "1024 PiB"),
    ],
)
def test_sizes_are_binary(value, shown):
    assert formatting.size(value).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.4, "0.4 s"), (59, "59 s"), (3725, "1 h 2 min"), (200_000, "2 d 7 h"), (61, "1 min 1 s")],
)
def test_a_duration_has_two_units_at_most(seconds, shown):
    assert formatting.duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "numbers", "chinese"),
    [
        (3, [], "刚刚"),
        (61, ["1"], "1 分钟前"),
        (7200, ["2"], "2 小时前"),
        (200_000, ["2"], "2 天前"),
        (70_000_000, ["2"], "2 年前"),
    ],
)
def test_an_age_is_formatted_in_the_language_of_the_page(seconds, numbers, chinese):
    moment = NOW - timedelta(seconds=seconds)

    assert re.findall(r"\d+", formatting.age(moment, NOW)) == numbers
    with translation.override("zh-hans"):
        assert formatting.age(moment, NOW) == chinese


def test_a_moment_that_is_still_to_come_is_now():
    assert formatting.age(NOW + timedelta(days=1), NOW) == formatting.age(NOW, NOW)


@pytest.mark.parametrize(
    ("language", "date", "date_and_time"),
    [
        ("en", "29 Nov 2026", "29 Nov 2026, 19:37 UTC"),
        ("zh-hans", "2026年11月29日", "2026年11月29日 19:37 UTC"),
    ],
)
def test_dates_have_one_format_per_language(language, date, date_and_time):
    moment = datetime(2026, 11, 29, 19, 37, 52, tzinfo=UTC)

    with translation.override(language):
        assert formatting.date(moment) == date
        assert formatting.date_and_time(moment, with_zone=True) == date_and_time
        assert date_format(moment, "SHORT_DATE_FORMAT") == date


@pytest.mark.parametrize(("share", "shown"), [(0.824, "82.4%"), (1.0, "100.0%"), (0.0, "0.0%")])
def test_percentages_have_no_space(share, shown):
    assert formatting.percent(share) == shown


def test_a_moment_may_be_text_as_receipts_have_it():
    shown = banyan.moment("2026-11-29T19:37:52+00:00")

    assert ">29 Nov 2026, 19:37 UTC</time>" in shown


@pytest.mark.parametrize("text", ["yesterday", "2026-11-29", "<b>"])
def test_text_that_is_no_moment_stays_as_it_is(text):
    assert banyan.moment(text) == text
    assert not hasattr(banyan.moment(text), "__html__")


def test_an_age_is_in_the_language_and_time_zone_of_each_reader():
    moment = timezone.now() - timedelta(hours=3)

    shown = {}
    for language, zone in (("en", "UTC"), ("zh-hans", "UTC"), ("en", "Asia/Tokyo"), ("en", "UTC")):
        with translation.override(language), timezone.override(ZoneInfo(zone)):
            shown[language, zone] = banyan.age(moment)

    assert len(set(shown.values())) == 3
    assert "JST" in shown["en", "Asia/Tokyo"]
    assert "3 h ago" in shown["en", "UTC"]


@pytest.mark.parametrize("is_organization", [False, True])
def test_names_and_addresses_cannot_leave_an_avatar_or_an_icon(is_organization):
    hostile = '"><script>alert(1)</script>'

    drawn = [
        banyan.avatar(hostile, 24, "", is_organization),
        banyan.avatar("owner", 24, hostile, is_organization),
        banyan.icon(hostile, hostile, hostile),
        reaction_buttons([ReactionView(hostile, 2, True)], False),
    ]

    assert all("<script" not in one and '""' not in one.replace('alt=""', "") for one in drawn)
