"""Readers of other people's files, without models."""

from django.apps import AppConfig


class FormatsConfig(AppConfig):
    name = "apps.registry.formats"
    label = "formats"
