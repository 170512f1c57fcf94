"""Metered usage and its limits."""

from apps.core.declaration import BanyanApp, Declaration, Gauge, NamespaceHooks, PeriodicTask


class UsageConfig(BanyanApp):
    name = "apps.business.usage"
    label = "usage"

    def declaration(self) -> Declaration:
        from celery.schedules import crontab

        from .meters import Meter
        from .selectors import avatar_bytes, stored_totals
        from .services import check_storage, correct_stored, forget_namespace

        return Declaration(
            gauges=[
                Gauge(Meter.STORAGE_BYTES, stored_totals),
                Gauge(Meter.STORAGE_BYTES, avatar_bytes),
            ],
            periodic_tasks=[
                PeriodicTask(
                    name="recount_storage", task=correct_stored, schedule=crontab(hour="4", minute="17")
                )
            ],
            namespace_hooks=[NamespaceHooks(removed=forget_namespace)],
            storage_checks=[check_storage],
        )

    def ready(self) -> None:
        from django.core import checks

        from .checks import warn_of_zero

        checks.register(warn_of_zero)
