"""Refusals of reused idempotency keys."""

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, ValidationFailed


class KeyInUse(Conflict):
    code = "IdempotencyKeyInUse"
    default = _("A request with this Idempotency-Key is still being processed. Retry in a moment.")
    remedy = _("Wait for the seconds in Retry-After, then repeat the request.")


class KeyReused(ValidationFailed):
    code = "IdempotencyKeyReused"
    default = _("This Idempotency-Key was used for a different request. Use a new one.")
    remedy = _("Use a new key for each operation.")


class ResponseNotStored(Conflict):
    """facts  response_status, location (None if nothing was created): of the first response"""

    code = "ResponseNotStored"
    default = _(
        "This request was already processed. "
        "Its response was not stored because it is too large or contains a secret."
    )
    remedy = _("Read what `location` names instead of repeating the request.")
