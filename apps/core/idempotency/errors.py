"""What a reused key is refused with."""

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, Invalid


class KeyInUse(Conflict):
    code = "KeyInUse"
    default = _("A request with this Idempotency-Key is being answered. Send it again in a moment.")


class KeyReused(Invalid):
    code = "KeyReused"
    default = _("This Idempotency-Key was used for another request. Take a new one.")


class ResponseNotStored(Conflict):
    """facts  status: how the request was answered; location: what it made, if that has an address"""

    code = "AnswerNotKept"
    default = _(
        "This request was answered already, and its answer is not kept because it is too long or holds a secret."
    )
