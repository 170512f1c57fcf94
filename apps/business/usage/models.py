"""Usage events, limits, and counts of stored bytes."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .meters import Meter


class UsageEvent(models.Model):
    """One measurement, identified by `source` and `event_id` as in CloudEvents 1.0; duplicates are ignored.

    source    the part of the site that measured, such as "jobs"
    event_id  unique within the source, such as "{job}/{attempt}"
    amount    in the unit of the meter
    subject   path of the page of the resource that used it
    """

    source = models.CharField(max_length=40)
    event_id = models.CharField(max_length=120)
    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.PROTECT, related_name="usage_events")
    meter = models.CharField(max_length=32, choices=Meter)
    amount = models.BigIntegerField()
    subject = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "event_id"], name="one_usage_event_per_id"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="usage_is_not_negative"),
        ]
        indexes = [models.Index(fields=["namespace", "meter", "at"], name="usage_of_namespace")]

    def __str__(self) -> str:
        return f"{self.namespace}: {self.amount} {self.meter}"


class LimitSource(models.TextChoices):
    """Who set a limit."""

    OPERATOR = "operator", _("Operator")
    PLAN = "plan", _("Plan")
    GRANT = "grant", _("Grant")


class Limit(models.Model):
    """What a namespace may use of a meter; see `limit_for` for the one that counts.

    value  in the unit of the meter; None is unlimited, 0 is nothing
    note   why, for the operator
    """

    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="limits")
    meter = models.CharField(max_length=32, choices=Meter)
    source = models.CharField(max_length=16, choices=LimitSource)
    value = models.BigIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "meter", "source"], name="one_limit_per_source"),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="limit_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}: {'unlimited' if self.value is None else self.value} {self.meter}"


class StoredItem(models.Model):
    """The bytes that one thing stores, such as a repository. Lock it before anything it counts changes.

    source     the app's word for the kind of thing, such as "repositories"
    key        its id, unique within the source
    namespace  whom it counts for; None for a deleted thing that can be restored
    """

    source = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    namespace = models.ForeignKey(
        "accounts.Namespace", on_delete=models.SET_NULL, null=True, related_name="stored_items"
    )
    size_bytes = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="one_stored_item_per_key")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}: {self.size_bytes} bytes"


class StoredTotal(models.Model):
    """The sum of a namespace's stored items, updated in the same transaction as they are."""

    namespace = models.OneToOneField(
        "accounts.Namespace", on_delete=models.CASCADE, primary_key=True, related_name="stored_total"
    )
    size_bytes = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.namespace}: {self.size_bytes} bytes"
