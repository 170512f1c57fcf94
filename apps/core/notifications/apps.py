"""The notifications app."""

from django.utils.translation import gettext_noop as _

from apps.core.declaration import HOUR, ApiTag, BanyanApp, Declaration, PeriodicTask

MINUTE = 60.0


class NotificationsConfig(BanyanApp):
    name = "apps.core.notifications"
    label = "notifications"

    def declaration(self) -> Declaration:
        from .navigation import entries
        from .policies import POLICIES
        from .selectors import unread_count
        from .services.delivery import resume_events, sweep_events
        from .services.mail import send_due_digests, send_due_mail

        return Declaration(
            policies=POLICIES,
            api_tags=[ApiTag("notifications", _("Notifications"))],
            navigation=entries(unread_count),
            periodic_tasks=[
                PeriodicTask(name="resume_events", task=resume_events, schedule=MINUTE),
                PeriodicTask(name="send_due_mail", task=send_due_mail, schedule=MINUTE),
                PeriodicTask(name="send_due_digests", task=send_due_digests, schedule=10 * MINUTE),
                PeriodicTask(name="sweep_events", task=sweep_events, schedule=HOUR),
            ],
        )

    def ready(self) -> None:
        from anymail.signals import inbound, tracking

        from .views.hooks import on_inbound, on_tracking

        inbound.connect(on_inbound, dispatch_uid="notifications.inbound")
        tracking.connect(on_tracking, dispatch_uid="notifications.tracking")
