"""Usage: counted once, limited by rows and settings."""

from contextlib import nullcontext
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.business.usage import selectors
from apps.business.usage.checks import warn_of_zero
from apps.business.usage.meters import Meter
from apps.business.usage.models import Limit, LimitSource, UsageEvent
from apps.business.usage.selectors import limit_for, usage_now, usage_of_events, usage_total
from apps.business.usage.services import check_limit, record_usage, remove_limit, set_limit
from apps.core.declaration import Declaration, Gauge
from apps.core.errors import OverQuota
from apps.users.accounts.models import Avatar


def count(cast, event_id: str, amount: int, **facts) -> bool:
    namespace = cast.owner.user.namespace_id
    return record_usage(
        source="jobs",
        event_id=event_id,
        namespace_id=namespace,
        meter=Meter.GPU_SECONDS,
        amount=amount,
        **facts,
    )


def test_a_usage_event_counts_once_however_often_it_is_reported(cast):
    assert count(cast, "a/1", 100) is True
    assert count(cast, "a/1", 100) is False

    assert usage_total(cast.owner.user.namespace_id, Meter.GPU_SECONDS) == 100


def test_usage_of_last_month_does_not_count_against_this_one(cast):
    count(cast, "a/1", 100, at=timezone.now() - timedelta(days=40))
    count(cast, "a/2", 30)

    assert usage_total(cast.owner.user.namespace_id, Meter.GPU_SECONDS) == 30
    assert usage_of_events("jobs", ["a/1", "a/2"]) == {Meter.GPU_SECONDS: 130}


def test_what_fits_the_limit_passes_and_one_more_does_not(cast, settings):
    settings.USAGE_LIMITS = {"gpu_seconds": 100}
    count(cast, "a/1", 90)
    namespace = cast.owner.user.namespace_id

    check_limit(namespace, Meter.GPU_SECONDS, 10)

    with pytest.raises(OverQuota) as refused:
        check_limit(namespace, Meter.GPU_SECONDS, 11)
    assert refused.value.facts == {
        "meter": "gpu_seconds",
        "unit": "seconds",
        "limit": 100,
        "used": 90,
        "requested": 11,
    }


@pytest.mark.parametrize(("limit", "fits"), [(None, True), (0, False)])
def test_no_limit_is_unlimited_and_zero_is_nothing(cast, settings, limit, fits):
    settings.USAGE_LIMITS = {"gpu_seconds": limit}
    namespace = cast.owner.user.namespace_id

    check_limit(namespace, Meter.GPU_SECONDS, 0)

    with nullcontext() if fits else pytest.raises(OverQuota):
        check_limit(namespace, Meter.GPU_SECONDS, 1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({}, 50),
        ({LimitSource.PLAN: 10}, 10),
        ({LimitSource.PLAN: 10, LimitSource.GRANT: 80}, 80),
        ({LimitSource.PLAN: 10, LimitSource.GRANT: None}, None),
        ({LimitSource.PLAN: None, LimitSource.OPERATOR: 0}, 0),
        ({LimitSource.PLAN: 10, LimitSource.OPERATOR: None}, None),
    ],
)
def test_the_operator_decides_then_the_most_generous_row_then_the_setting(cast, settings, rows, expected):
    settings.USAGE_LIMITS = {"gpu_seconds": 50}
    namespace = cast.owner.user.namespace_id

    for source, value in rows.items():
        set_limit(namespace, Meter.GPU_SECONDS, value, source=source)

    assert limit_for(namespace, Meter.GPU_SECONDS) == expected


def test_a_removed_limit_returns_to_the_setting(cast, settings):
    settings.USAGE_LIMITS = {"gpu_seconds": 50}
    namespace = cast.owner.user.namespace_id
    set_limit(namespace, Meter.GPU_SECONDS, 5)

    assert remove_limit(namespace, Meter.GPU_SECONDS) is True
    assert remove_limit(namespace, Meter.GPU_SECONDS) is False

    assert limit_for(namespace, Meter.GPU_SECONDS) == 50


def test_the_setting_for_people_does_not_limit_organizations(cast, settings):
    settings.USAGE_LIMITS = {"active_jobs": 2}

    assert limit_for(cast.owner.user.namespace_id, Meter.ACTIVE_JOBS) == 2
    assert limit_for(cast.organization.pk, Meter.ACTIVE_JOBS) is None


def test_gauges_of_a_meter_are_added_up(cast, monkeypatch):
    namespace = cast.owner.user.namespace_id
    gauges = [
        Gauge("storage_bytes", lambda ids: dict.fromkeys(ids, 70)),
        Gauge("storage_bytes", lambda ids: {namespace: 5}),
        Gauge("storage_bytes", lambda ids: {}),
        Gauge("active_jobs", lambda ids: dict.fromkeys(ids, 1000)),
    ]
    monkeypatch.setattr(selectors, "declared", lambda: Declaration(gauges=gauges))

    assert usage_now(namespace, Meter.STORAGE_BYTES) == 75


def test_an_avatar_counts_as_stored(cast):
    owner = cast.owner.user.namespace
    Avatar.objects.create(namespace=owner, digest="0" * 32, image=b"x" * 321)

    assert usage_now(owner.pk, Meter.STORAGE_BYTES) == 321


def test_a_site_limit_of_zero_is_warned_of(settings):
    settings.USAGE_LIMITS = {"storage_bytes": 0, "gpu_seconds": None}

    assert [warning.id for warning in warn_of_zero()] == ["usage.W001"]


def test_a_limit_is_never_negative(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        set_limit(cast.organization.pk, Meter.STORAGE_BYTES, -1)


def run(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("limit", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_sets_shows_and_removes_a_limit(cast):
    assert run("set", "Grove", "storage_bytes", "2GiB") == [f"grove: storage_bytes 0 of {2 << 30}"]
    assert run("set", "grove", "active_jobs", "unlimited") == ["grove: active_jobs 0 of unlimited"]
    run("set", "grove", "gpu_seconds", "0", "--note", "no GPU")

    assert run("show", "grove")[-3:] == [
        "operator: active_jobs unlimited",
        "operator: gpu_seconds 0 no GPU",
        f"operator: storage_bytes {2 << 30}",
    ]
    assert run("remove", "grove", "storage_bytes") == ["grove: storage_bytes 0 of unlimited"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "nobody-here", "storage_bytes", "1"),
        ("set", "grove", "storage_bytes", "-1"),
        ("set", "grove", "storage_bytes", "1h"),
        ("set", "grove", "storage_bytes", "9" * 30),
        ("set", "grove", "active_jobs", "1GiB"),
        ("remove", "grove", "storage_bytes"),
    ],
)
def test_the_command_refuses_what_it_cannot_read(cast, arguments):
    with pytest.raises(CommandError):
        run(*arguments)

    assert not Limit.objects.exists()


def test_usage_is_never_negative(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        count(cast, "a/1", -1)

    assert not UsageEvent.objects.exists()
