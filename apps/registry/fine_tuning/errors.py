"""Refusals of fine-tunes; `param` is the field of the client's request, `reason` its code there."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, NotFound, Unauthenticated, ValidationFailed


class FineTuneRefused(ValidationFailed):
    """An order that cannot be taken as it is."""

    code = "InvalidFineTune"
    default = _("This fine-tune can't be ordered.")

    def __init__(self, message: str = "", *, param: str | None = None, reason: str = "invalid_value") -> None:
        super().__init__(message, param=param, reason=reason)


class FineTuneNotFound(NotFound):
    code = "FineTuneNotFound"
    default = _("There is no such fine-tuning job.")


class FineTuneHidden(Unauthenticated):
    """An absent or hidden fine-tune, for anonymous users."""

    code = "FineTuneNotFound"
    default = _("There is no such fine-tuning job. Sign in or send an access token.")


class ModelNameNotFound(NotFound):
    code = "ModelNameNotFound"
    default = _("There is no such model, or you have no access to it.")


class ModelNameHidden(Unauthenticated):
    """An absent or hidden model, for anonymous users."""

    code = "ModelNameNotFound"
    default = _("There is no such model. If it is private, sign in or send an access token.")


class FineTuneOver(FineTuneRefused):
    code = "FineTuneOver"
    default = _("The state of the fine-tuning job does not allow this.")


class StillStopping(Conflict):
    code = "StillStopping"
    default = _("The job is still saving its checkpoint. Try again in a few seconds.")
