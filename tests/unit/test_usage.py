"""Usage: counted once, limited by settings."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.business.usage.models import Meter, UsageEvent
from apps.business.usage.selectors import usage_of_events, usage_total
from apps.business.usage.services import check_quota, record_usage
from apps.core.errors import OverQuota


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

    check_quota(namespace, Meter.GPU_SECONDS, 10)

    with pytest.raises(OverQuota) as refused:
        check_quota(namespace, Meter.GPU_SECONDS, 11)
    assert refused.value.facts == {"meter": "gpu_seconds", "limit": 100, "used": 90, "asked": 11}


def test_no_limit_is_no_limit(cast, settings):
    settings.USAGE_LIMITS = {"gpu_seconds": 0}

    check_quota(cast.owner.user.namespace_id, Meter.GPU_SECONDS, 10**15)


def test_current_usage_comes_from_the_registered_counter(cast, settings):
    settings.USAGE_LIMITS = {"storage_bytes": 1000}

    check_quota(cast.owner.user.namespace_id, Meter.STORAGE_BYTES, 400, in_use=600)

    with pytest.raises(OverQuota):
        check_quota(cast.owner.user.namespace_id, Meter.STORAGE_BYTES, 401, in_use=600)


def test_usage_is_never_negative(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        count(cast, "a/1", -1)

    assert not UsageEvent.objects.exists()
