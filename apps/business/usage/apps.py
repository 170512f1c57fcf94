"""Usage: meters, limits and quota checks."""

from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "apps.business.usage"
    label = "usage"
