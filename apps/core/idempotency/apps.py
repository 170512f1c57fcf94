"""The idempotency app."""

from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "apps.core.idempotency"
