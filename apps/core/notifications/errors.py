"""Refusals about notifications and subscriptions."""

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, NotFound


class NotificationNotFound(NotFound):
    code = "NotificationNotFound"
    default = _("Notification not found.")


class TargetNotFound(NotFound):
    code = "TargetNotFound"
    default = _("What you want to subscribe to was not found.")


class TooManySubscriptions(Conflict):
    code = "TooManySubscriptions"
    default = _("You have too many subscriptions. Remove some of them first.")
