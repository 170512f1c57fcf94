"""The idempotency app."""

from apps.core.declaration import HOUR, BanyanApp, Declaration, PeriodicTask


class IdempotencyConfig(BanyanApp):
    name = "apps.core.idempotency"

    def declaration(self) -> Declaration:
        from .services import sweep_responses

        return Declaration(
            periodic_tasks=[PeriodicTask(name="sweep_responses", task=sweep_responses, schedule=HOUR)],
        )
