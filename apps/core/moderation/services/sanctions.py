"""Sanctions of people, and bans of mail domains and networks."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.cache import CachedValue
from apps.core.text.storable import clean_text

from ..access import check_staff, person_for
from ..audit import Action
from ..errors import AccountSuspended, InvalidBan, SanctionNotFound
from ..models import Act, Ban, BanKind, Sanction, SanctionKind, TrustLevel
from ..selectors import suspension_of
from .decisions import add_decision, needs_reason
from .trust import set_level

# when the suspension of a person ends, as a timestamp; 0 if there is none
SUSPENDED_TILL = CachedValue("suspended-until", float, seconds=60)
ENDLESS = 32503680000.0
DOMAIN_LIMIT_CHARACTERS = 253


@transaction.atomic
def sanction(
    *, actor: Actor, user_id: int, kind: SanctionKind, reason: str, until: datetime | None = None
) -> Sanction:
    """Silence or suspend a person; None is without end.

    raises  Forbidden, PersonNotFound, StaffProtected, ReasonRequired
    """
    made = impose(actor, user_id, kind, needs_reason(reason), until=until)
    facts = {"kind": kind, "until": until.isoformat() if until else None}
    add_decision(actor, Act.SANCTION, person_id=user_id, statement=reason, facts=facts)
    return made


def impose(
    actor: Actor, user_id: int, kind: SanctionKind, reason: str, *, until: datetime | None = None
) -> Sanction:
    """Store a sanction, which resets the person's trust."""
    person_for(actor.unlimited, user_id, is_for_sanction=True)
    made = Sanction.objects.create(
        user_id=user_id, kind=kind, until=until, reason=reason, moderator_id=actor.user_id
    )
    set_level(actor, user_id, TrustLevel.NEW)
    record(actor, Action.SANCTIONED, user_id, kind=kind, until=until.isoformat() if until else None)
    transaction.on_commit(lambda: SUSPENDED_TILL.delete(user_id), robust=True)
    return made


@transaction.atomic
def lift_sanction(*, actor: Actor, public_id: UUID | str, reason: str = "") -> Sanction:
    """raises  Forbidden, SanctionNotFound"""
    check_staff(actor)
    found = Sanction.objects.select_for_update().filter(public_id=public_id, lifted_at=None).first()
    if found is None:
        raise SanctionNotFound
    end_sanction(actor, found)
    add_decision(actor, Act.LIFT_SANCTION, person_id=found.user_id, statement=reason.strip())
    return found


def end_sanction(actor: Actor, found: Sanction) -> None:
    found.lifted_at = timezone.now()
    found.save(update_fields=["lifted_at"])
    record(actor, Action.SANCTION_LIFTED, found.user_id, kind=found.kind)
    transaction.on_commit(lambda: SUSPENDED_TILL.delete(found.user_id), robust=True)


def check_account(user_id: int) -> None:
    """Refuse a suspended person.

    raises  AccountSuspended
    """
    try:
        till = SUSPENDED_TILL.get(user_id)
        if till is None:
            till = _suspended_till(user_id)
            SUSPENDED_TILL.set(till, user_id)
    except RedisError:
        till = ENDLESS
    if till <= timezone.now().timestamp():
        return
    found = suspension_of(user_id)
    if found is not None:
        raise AccountSuspended(until=found.until.isoformat() if found.until else None, reason=found.reason)


def _suspended_till(user_id: int) -> float:
    found = suspension_of(user_id)
    if found is None:
        return 0.0
    return found.until.timestamp() if found.until else ENDLESS


@transaction.atomic
def ban(*, actor: Actor, kind: BanKind, value: str, reason: str, until: datetime | None = None) -> Ban:
    """Ban a mail domain with its subdomains, or a network such as 192.0.2.0/24.

    raises  Forbidden, InvalidBan, ReasonRequired
    """
    check_staff(actor)
    value = _network(value) if kind == BanKind.NETWORK else _domain(value)
    facts = {"reason": needs_reason(reason), "until": until}
    found, is_new = Ban.objects.update_or_create(kind=kind, value=value, lifted_at=None, defaults=facts)
    if is_new:
        record(actor, Action.BAN_ADDED, value, kind=kind)
    return found


def _network(value: str) -> str:
    try:
        return str(ip_network(value.strip(), strict=False))
    except ValueError:
        raise InvalidBan from None


def _domain(value: str) -> str:
    domain = clean_text(value).strip().lower().removeprefix("@").strip(".")
    if "." not in domain or len(domain) > DOMAIN_LIMIT_CHARACTERS or any(map(str.isspace, domain)):
        raise InvalidBan
    return domain


@transaction.atomic
def lift_ban(*, actor: Actor, public_id: UUID | str) -> Ban:
    """raises  Forbidden, SanctionNotFound"""
    check_staff(actor)
    found = Ban.objects.select_for_update().filter(public_id=public_id, lifted_at=None).first()
    if found is None:
        raise SanctionNotFound
    found.lifted_at = timezone.now()
    found.save(update_fields=["lifted_at"])
    record(actor, Action.BAN_LIFTED, found.value, kind=found.kind)
    return found
