"""Requests for access tell the admins of a repository, and decisions tell the person who asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor, Need
from apps.core.notifications.models import Event, MailMode, Reason
from apps.core.notifications.providers import NotificationKind
from apps.core.notifications.services import announce
from apps.users.accounts.models import Membership, Role, User

from .models import AccessRequest, AccessState

ACCESS = "access"
ADMINS_LIMIT = 100


class AccessNotifications(NotificationKind):
    """The admins read requests; a decision is read by the person who asked."""

    name = ACCESS
    label = gettext_lazy("Access requests")
    default_mail = MailMode.EACH

    def headline(self, event: Event) -> str:
        sentences = {
            AccessState.PENDING: _("%(person)s asks for access to %(repo)s"),
            AccessState.ACCEPTED: _("You have access to %(repo)s"),
            AccessState.REJECTED: _("Your request for access to %(repo)s was rejected"),
        }
        facts = {"repo": event.title, "person": event.facts.get("person", "")}
        return sentences[AccessState(event.facts["state"])] % facts

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        found = AccessRequest.objects.select_related("repo").filter(pk=_request_id(event)).first()
        if found is None:
            return []
        is_request = event.facts["state"] == AccessState.PENDING
        people = admins_of(found.repo.namespace_id) if is_request else [found.user_id]
        return set(people) & set(user_ids)

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        rows = AccessRequest.objects.filter(pk__in=map(_request_id, events), repo__deleted_at=None)
        own = dict(rows.values_list("pk", "user_id"))
        managed = rows.filter(repo__namespace_id__in=actor.namespaces_with(Need.ADMIN))
        administered = set(managed.values_list("pk", flat=True))
        return [
            event.pk
            for event in events
            if (
                _request_id(event) in administered
                if event.facts["state"] == AccessState.PENDING
                else own.get(_request_id(event)) == actor.user_id
            )
        ]


def announce_request(request: AccessRequest) -> None:
    """Tell the admins of a request that waits for them."""
    admins = dict.fromkeys(admins_of(request.repo.namespace_id), Reason.PERSONAL)
    _announce(
        request, direct=admins, path=f"{request.repo.get_absolute_url()}/settings", actor=request.user_id
    )


def announce_decision(request: AccessRequest) -> None:
    """Tell the person who asked."""
    person = {request.user_id: Reason.PERSONAL}
    path = request.repo.get_absolute_url()
    _announce(request, direct=person, path=path, actor=request.decided_by_id)


def _announce(request: AccessRequest, *, direct: dict[int, Reason], path: str, actor: int | None) -> None:
    state = AccessState(request.state)
    at = request.decided_at or request.created_at
    announce(
        kind=ACCESS,
        source=f"{ACCESS}:{request.pk}:{state}:{int(at.timestamp())}",
        title=str(request.repo.address),
        path=path,
        actor=actor,
        excerpt=request.reason if state is AccessState.PENDING else request.reply,
        direct=direct,
        facts={"state": state.value, "person": request.user.username},
    )


def admins_of(namespace_id: int) -> list[int]:
    """Return the ids of the people who decide for a namespace."""
    own = User.objects.filter(namespace_id=namespace_id).values_list("pk", flat=True)
    members = Membership.objects.filter(namespace_id=namespace_id, role=Role.ADMIN)
    return [*own, *members.order_by("pk").values_list("user_id", flat=True)[:ADMINS_LIMIT]]


def _request_id(event: Event) -> int:
    return int(event.source.split(":")[1])
