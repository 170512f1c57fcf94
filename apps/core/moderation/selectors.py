"""Reading: the review queue, trust, sanctions in force, bans, blocks, the emergency switch."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address, ip_network

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.core.actor import Actor

from .access import check_staff
from .models import (
    Act,
    Ban,
    BanKind,
    Block,
    Decision,
    EmergencySwitch,
    Removal,
    Report,
    ReviewItem,
    Sanction,
    SanctionKind,
    SavedReply,
    Trust,
)


def reviews_for(actor: Actor) -> QuerySet[ReviewItem]:
    """Return all reviews for the staff.

    raises  Unauthenticated, Forbidden
    """
    check_staff(actor)
    return ReviewItem.objects.select_related("author", "claimed_by")


def reports_of(actor: Actor) -> QuerySet[Report]:
    """Return the actor's own reports."""
    rows = Report.objects.select_related("review", "reporter")
    return rows.filter(reporter_id=actor.user_id) if actor.user_id else rows.none()


def trust_of(user_id: int | None) -> Trust:
    """Return how much a person is trusted; a row that is not stored for somebody without one."""
    if user_id is None:
        return Trust()
    return Trust.objects.filter(user_id=user_id).first() or Trust(user_id=user_id)


def sanctions_in_force(user_id: int) -> QuerySet[Sanction]:
    ends_later = Q(until=None) | Q(until__gt=timezone.now())
    return Sanction.objects.filter(ends_later, user_id=user_id, lifted_at=None)


def suspension_of(user_id: int) -> Sanction | None:
    """Return the suspension of a person that ends last."""
    rows = list(sanctions_in_force(user_id).filter(kind=SanctionKind.SUSPEND))
    return max(rows, key=_end) if rows else None


def _end(sanction: Sanction) -> float:
    return sanction.until.timestamp() if sanction.until else float("inf")


def ban_of(*, email: str = "", ip: str = "") -> Ban | None:
    """Return a ban in force of the address's domain, or one above it, or of a network with the IP address."""
    wanted = Q(kind=BanKind.MAIL_DOMAIN, value__in=domains_of(email))
    wanted |= Q(kind=BanKind.NETWORK, value__in=networks_of(ip))
    ends_later = Q(until=None) | Q(until__gt=timezone.now())
    return Ban.objects.filter(wanted, ends_later, lifted_at=None).first()


def domains_of(email: str) -> list[str]:
    """Return the domain of a mail address and the domains above it."""
    labels = email.rpartition("@")[2].lower().strip(".").split(".") if "@" in email else []
    return [".".join(labels[start:]) for start in range(len(labels))][:20]


def networks_of(ip: str) -> list[str]:
    """Return all networks that contain an IP address, so that one indexed query finds a ban."""
    try:
        address = ip_address(ip)
    except ValueError:
        return []
    return [str(ip_network((address, bits), strict=False)) for bits in range(address.max_prefixlen + 1)]


def emergency() -> EmergencySwitch | None:
    """Return the emergency switch if it is on."""
    now = timezone.now()
    return EmergencySwitch.objects.filter(ends_at__gt=now).order_by("-created_at").first()


def is_sign_up_paused() -> bool:
    switch = emergency()
    return switch is not None and switch.is_sign_up_off


def blocked_by(user_ids: Collection[int]) -> dict[int, set[int]]:
    """Return whom people block, by the id of who blocks."""
    found: dict[int, set[int]] = {}
    rows = Block.objects.filter(person_id__in=user_ids).values_list("person_id", "blocked_id")
    for person, blocked in rows:
        found.setdefault(person, set()).add(blocked)
    return found


def people_blocking(author_id: int, user_ids: Collection[int]) -> set[int]:
    """Return those people who block an author."""
    rows = Block.objects.filter(blocked_id=author_id, person_id__in=user_ids)
    return set(rows.values_list("person_id", flat=True))


def blocks_of(actor: Actor) -> QuerySet[Block]:
    """Return whom the actor blocks, newest first."""
    rows = Block.objects.filter(person_id=actor.user_id) if actor.user_id else Block.objects.none()
    return rows.select_related("blocked").order_by("-pk")


def decisions_about(user_id: int) -> QuerySet[Decision]:
    return Decision.objects.filter(person_id=user_id).order_by("-pk")


def own_decisions(actor: Actor) -> QuerySet[Decision]:
    """Return the decisions about the actor and their content, with the reasons."""
    if actor.user_id is None:
        return Decision.objects.none()
    return decisions_about(actor.user_id).exclude(act=Act.HIDE_REPORTED)


def decisions_on(content: str) -> QuerySet[Decision]:
    return Decision.objects.filter(content=content).order_by("-pk")


def sanctions_of(user_id: int) -> QuerySet[Sanction]:
    return Sanction.objects.filter(user_id=user_id).order_by("-created_at")


def removals_of(user_id: int) -> QuerySet[Removal]:
    return Removal.objects.filter(person_id=user_id).order_by("-pk")


def bans_in_force() -> QuerySet[Ban]:
    ends_later = Q(until=None) | Q(until__gt=timezone.now())
    return Ban.objects.filter(ends_later, lifted_at=None).order_by("kind", "value")


def saved_replies() -> QuerySet[SavedReply]:
    return SavedReply.objects.all()
