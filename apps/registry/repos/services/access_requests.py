"""Gated repositories: who is let in to the files, and who decides."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.users.accounts.access import person_of
from apps.users.accounts.errors import NamespaceNotFound
from apps.users.accounts.models import User

from ..access import may, repo_for
from ..addresses import Address
from ..errors import NotGated, RequestNotFound, RequestSettled
from ..models import AccessRequest, AccessState, Gating, Repo


@transaction.atomic
def set_gating(*, actor: Actor, address: Address, gating: Gating) -> Repo:
    """Open the files of a repository to whoever sees it, or to those only who ask and are let in.

    Requests stay as they are: a repository that is gated again lets in whom it let in before.

    raises  RepoNotFound, Forbidden
    """
    repo = repo_for(actor, address, Need.ADMIN, lock=True)
    if repo.gating != gating:
        record(
            actor,
            "repo.gated" if gating else "repo.ungated",
            repo.address,
            repo=str(repo.id),
            before=repo.gating,
            after=gating.value,
        )
        repo.gating = gating
        repo.save(update_fields=["gating"])
    return repo


@transaction.atomic
def request_access(*, actor: Actor, address: Address, reason: str = "") -> AccessRequest:
    """Ask for the files of a gated repository, as the person at the browser; where that is automatic, it is granted at once.

    raises  RepoNotFound, NotGated, PeopleOnly, RequestSettled if the files are open already or the request was rejected
    """
    repo, person = repo_for(actor, address, Need.SEE, lock=True), person_of(actor)
    if not repo.gating:
        raise NotGated
    if may(actor, Need.READ, repo):
        raise RequestSettled(
            _("The files of this repository are open to you already."), state=AccessState.ACCEPTED.value
        )
    found = AccessRequest.objects.filter(repo=repo, user=person).first() or AccessRequest(
        repo=repo, user=person
    )
    if found.state == AccessState.REJECTED:
        raise RequestSettled(
            _("Your request was rejected. Only the owner can change that."), state=found.state
        )
    found.is_asked, found.reason = True, reason
    if repo.gating == Gating.AUTO:
        found.state, found.decided_at = AccessState.ACCEPTED, timezone.now()
    found.save()
    record(actor, "access.asked", repo.address, repo=str(repo.id), state=str(found.state))
    return found


@transaction.atomic
def decide_access(
    *, actor: Actor, address: Address, name: str, state: AccessState, reply: str = ""
) -> AccessRequest:
    """Accept or reject a person's request, or make it pending again, which ends an access.

    reply   to a rejection
    raises  RepoNotFound, Forbidden, NotGated, NamespaceNotFound, RequestNotFound, RequestSettled if it is so already
    """
    repo, person = _gated(actor, address), _person(name)
    found = AccessRequest.objects.select_for_update().filter(repo=repo, user=person).first()
    if found is None:
        raise RequestNotFound(_("%(name)s has not asked for access.") % {"name": person.username})
    if found.state == state:
        words = _("The request of %(name)s is %(state)s already.")
        raise RequestSettled(words % {"name": person.username, "state": state.label}, state=state.value)
    return _decided(actor, found, state, reply)


@transaction.atomic
def grant_access(*, actor: Actor, address: Address, name: str) -> AccessRequest:
    """Let a person in who need not have asked.

    raises  RepoNotFound, Forbidden, NotGated, NamespaceNotFound, RequestSettled if the person is let in already
    """
    repo, person = _gated(actor, address), _person(name)
    found = AccessRequest.objects.select_for_update().filter(repo=repo, user=person).first()
    if found and found.state == AccessState.ACCEPTED:
        words = _("%(name)s has access already.")
        raise RequestSettled(words % {"name": person.username}, state=found.state)
    return _decided(
        actor, found or AccessRequest(repo=repo, user=person, is_asked=False), AccessState.ACCEPTED
    )


def _gated(actor: Actor, address: Address) -> Repo:
    repo = repo_for(actor, address, Need.ADMIN, lock=True)
    if not repo.gating:
        raise NotGated
    return repo


def _person(name: str) -> User:
    found = (
        User.objects.select_related("namespace")
        .filter(namespace__key=name.casefold(), is_active=True)
        .first()
    )
    if found is None:
        raise NamespaceNotFound(_("There is nobody of this name."))
    return found


def _decided(actor: Actor, request: AccessRequest, state: AccessState, reply: str = "") -> AccessRequest:
    is_settled = state is not AccessState.PENDING
    request.state, request.reply = state, reply if state is AccessState.REJECTED else ""
    request.decided_at, request.decided_by_id = (
        (timezone.now(), actor.user_id) if is_settled else (None, None)
    )
    request.save()
    record(
        actor,
        f"access.{state.value}",
        request.repo.address,
        repo=str(request.repo_id),
        person=request.user.username,
    )
    return request
