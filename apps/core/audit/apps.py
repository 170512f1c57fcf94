"""The audit app."""

from apps.core.declaration import BanyanApp


class AuditConfig(BanyanApp):
    name = "apps.core.audit"
