"""URLs of notifications."""

from django.urls import path

from . import api
from .views import hooks, inbox, settings, unsubscribe

urlpatterns = [
    path("notifications", inbox.inbox, name="notifications"),
    path("notifications/mark", inbox.mark_some, name="notifications_mark"),
    path("notifications/read", inbox.mark_all, name="notifications_read"),
    path("notifications/levels", inbox.choose_level, name="notifications_level"),
    path("notifications/<uuid:notification_id>", inbox.open_one, name="notification"),
    path(
        "notifications/unsubscribe/<str:token>",
        unsubscribe.unsubscribe_by_link,
        name="notifications_unsubscribe",
    ),
    path("settings/notifications", settings.settings, name="notification_settings"),
    path("settings/notifications/send-again", settings.send_again, name="notification_send_again"),
    path("hooks/mail/<slug:provider>/<slug:event>", hooks.mail_hook, name="mail_hook"),
    path("api/v1/notifications", api.Notifications.as_view(), name="api_notifications"),
    path("api/v1/notifications/read", api.ReadNotifications.as_view(), name="api_notifications_read"),
    path(
        "api/v1/notifications/preferences",
        api.OwnPreferences.as_view(),
        name="api_notification_preferences",
    ),
    path(
        "api/v1/notifications/<uuid:notification_id>",
        api.OneNotification.as_view(),
        name="api_notification",
    ),
    path("api/v1/subscriptions", api.Subscriptions.as_view(), name="api_subscriptions"),
    path("api/v1/subscriptions/<str:target>", api.OneSubscription.as_view(), name="api_subscription"),
]
