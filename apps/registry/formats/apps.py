"""Readers of other people's files, without models."""

from apps.core.declaration import BanyanApp


class FormatsConfig(BanyanApp):
    name = "apps.registry.formats"
    label = "formats"
