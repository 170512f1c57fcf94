"""The emergency switch: for a time, only trusted people or the staff may post."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import check_staff
from ..audit import Action
from ..models import EmergencySwitch, SwitchMode
from ..selectors import emergency
from .decisions import needs_reason

LONGEST = timedelta(days=14)


@transaction.atomic
def turn_on(
    *, actor: Actor, mode: SwitchMode, reason: str, lasts: timedelta, is_sign_up_off: bool = False
) -> EmergencySwitch:
    """Turn the switch on; it ends by itself, after two weeks at most.

    raises  Forbidden, ReasonRequired
    """
    check_staff(actor)
    reason = needs_reason(reason)
    _end_all()
    switch = EmergencySwitch.objects.create(
        mode=mode,
        reason=reason,
        is_sign_up_off=is_sign_up_off,
        moderator_id=actor.user_id,
        ends_at=timezone.now() + min(lasts, LONGEST),
    )
    record(actor, Action.SWITCH_ON, mode, until=switch.ends_at.isoformat(), sign_up=not is_sign_up_off)
    return switch


@transaction.atomic
def turn_off(*, actor: Actor) -> None:
    """raises  Forbidden"""
    check_staff(actor)
    switch = emergency()
    if switch is not None:
        _end_all()
        record(actor, Action.SWITCH_OFF, switch.mode)


def _end_all() -> None:
    now = timezone.now()
    EmergencySwitch.objects.filter(ends_at__gt=now).update(ends_at=now)
