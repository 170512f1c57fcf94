"""The idempotency app."""

from apps.core.declaration import BanyanApp


class IdempotencyConfig(BanyanApp):
    name = "apps.core.idempotency"
