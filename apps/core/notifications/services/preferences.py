"""What a person wants by mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.core.actor import Actor
from apps.core.errors import Unauthenticated, ValidationFailed

from ..models import DigestPeriod, MailChoice, MailMode, Notification, Preferences
from ..providers import kinds


@transaction.atomic
def update_preferences(
    *,
    actor: Actor,
    mail: Mapping[str, MailMode] | None = None,
    digest: DigestPeriod | None = None,
    watches_own: bool | None = None,
) -> None:
    """Change the actor's choices; what is None stays.

    mail    modes by kind
    raises  Unauthenticated, ValidationFailed for an unknown kind
    """
    if actor.user_id is None:
        raise Unauthenticated
    for kind, mode in (mail or {}).items():
        set_mail_mode(actor.user_id, kind, mode)
    fields: dict[str, Any] = {"digest": digest, "watches_own": watches_own}
    chosen = {name: value for name, value in fields.items() if value is not None}
    if chosen:
        Preferences.objects.update_or_create(pk=actor.user_id, defaults=chosen)


def set_mail_mode(user_id: int, kind: str, mode: MailMode) -> None:
    """Set how a person wants a kind by mail; what waits to be mailed follows.

    raises  ValidationFailed for an unknown kind
    """
    if kind not in kinds():
        raise ValidationFailed(fields={"kind": "There is no such kind of notifications."})
    MailChoice.objects.update_or_create(user_id=user_id, kind=kind, defaults={"mode": mode})
    waiting = Notification.objects.filter(user_id=user_id, kind=kind, mailed_at=None, claimed_at=None)
    waiting.exclude(mail=MailMode.NONE).update(mail=mode)


def forget_bounce(*, actor: Actor) -> None:
    """Send mail to the actor's address again, which has refused some."""
    Preferences.objects.filter(pk=actor.user_id or 0).update(bounced_at=None, bounced_email="")
