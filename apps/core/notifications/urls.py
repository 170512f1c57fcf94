"""URLs of notifications."""

from django.urls import path

from .views import hooks, unsubscribe

urlpatterns = [
    path("hooks/mail/<slug:provider>/<slug:event>", hooks.mail_hook, name="mail_hook"),
    path(
        "notifications/unsubscribe/<str:token>",
        unsubscribe.unsubscribe_by_link,
        name="notifications_unsubscribe",
    ),
]
