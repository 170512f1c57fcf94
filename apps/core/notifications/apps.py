"""The notifications app."""

from apps.core.declaration import HOUR, BanyanApp, Declaration, PeriodicTask

MINUTE = 60.0


class NotificationsConfig(BanyanApp):
    name = "apps.core.notifications"
    label = "notifications"

    def declaration(self) -> Declaration:
        from .services.delivery import resume_events, sweep_events

        return Declaration(
            periodic_tasks=[
                PeriodicTask(name="resume_events", task=resume_events, schedule=MINUTE),
                PeriodicTask(name="sweep_events", task=sweep_events, schedule=HOUR),
            ],
        )
