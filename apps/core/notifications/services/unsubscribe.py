"""What a link in a mail turns off, without signing in."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import transaction

from ..letters import DIGEST
from ..links import Unsubscription
from ..models import Level, MailMode, Subscription
from ..providers import kinds
from ..selectors import mail_modes
from .preferences import set_mail_mode


@transaction.atomic
def unsubscribe(what: Unsubscription) -> None:
    """Mute a target, or send no more mail of a kind; doing it twice changes nothing."""
    user_id = what.user_id
    if not get_user_model().objects.filter(pk=user_id).exists():
        return
    if what.target:
        Subscription.objects.update_or_create(
            user_id=user_id, target=what.target, defaults={"level": Level.MUTE}
        )
        return
    for name, kind in kinds().items():
        is_in_digest = what.kind == DIGEST and mail_modes(kind, [user_id])[user_id] == MailMode.DIGEST
        if name == what.kind or is_in_digest:
            set_mail_mode(user_id, name, MailMode.NONE)
