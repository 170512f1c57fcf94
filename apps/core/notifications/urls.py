"""URLs of notifications."""

from django.urls import path

from .views import unsubscribe

urlpatterns = [
    path(
        "notifications/unsubscribe/<str:token>",
        unsubscribe.unsubscribe_by_link,
        name="notifications_unsubscribe",
    ),
]
