"""Invitations tell the person who is invited; people and organizations can be watched."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor
from apps.core.notifications.models import Event, MailMode, Reason
from apps.core.notifications.providers import NotificationKind, TargetKind, TargetPlace
from apps.core.notifications.services import announce, withdraw

from .models import Invitation, Namespace

INVITATION = "invitation"


class InvitationNotifications(NotificationKind):
    name = INVITATION
    label = gettext_lazy("Invitations")
    default_mail = MailMode.EACH

    def headline(self, event: Event) -> str:
        return _("Invitation to %(organization)s") % {"organization": event.title}

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        rows = Invitation.objects.filter(pk=_invitation_id(event), user_id__in=user_ids)
        return set(rows.values_list("user_id", flat=True))

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        rows = Invitation.objects.filter(user_id=actor.user_id or 0, pk__in=map(_invitation_id, events))
        ids = set(rows.values_list("pk", flat=True))
        return [event.pk for event in events if _invitation_id(event) in ids]


class NamespaceTargets(TargetKind):
    """People and organizations: who watches one hears of what it publishes."""

    name = "namespace"
    label = gettext_lazy("People and organizations")

    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        ids = [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 19]
        rows = Namespace.objects.filter(pk__in=ids)
        return {str(row.pk): TargetPlace(row.title, row.get_absolute_url()) for row in rows}


def announce_invitation(invitation: Invitation) -> None:
    announce(
        kind=INVITATION,
        source=source_of(invitation),
        title=invitation.namespace.title,
        path="/settings/organizations",
        actor=invitation.invited_by_id,
        direct={invitation.user_id: Reason.PERSONAL},
    )


def withdraw_announcement(invitation: Invitation) -> None:
    """Take an invitation that was answered or withdrawn out of the inbox."""
    withdraw(INVITATION, source_of(invitation))


def source_of(invitation: Invitation) -> str:
    return f"{INVITATION}:{invitation.pk}"


def _invitation_id(event: Event) -> int:
    return int(event.source.partition(":")[2])
