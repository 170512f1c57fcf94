"""Access to the files of gated repositories."""

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
from ..audit import RepoAction
from ..errors import AccessRequestDecided, NotGated, RequestNotFound
from ..models import AccessRequest, AccessState, Gating, Repo
from ..notifications import announce_decision, announce_request


@transaction.atomic
def set_gating(*, actor: Actor, address: Address, gating: Gating) -> Repo:
    """Change how people get access to the files.

    Requests are kept, so access granted earlier applies again if the repository is gated again.

    raises  RepoNotFound, Forbidden
    """
    repo = repo_for(actor, address, Need.ADMIN, lock=True)
    if repo.gating != gating:
        record(
            actor,
            RepoAction.REPO_GATED if gating else RepoAction.REPO_UNGATED,
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
    """Request access to a gated repository; with automatic approval it is granted at once.

    raises  RepoNotFound, NotGated, PeopleOnly, AccessRequestDecided if the actor has access or was rejected
    """
    repo, person = repo_for(actor, address, Need.SEE, lock=True), person_of(actor)
    if not repo.gating:
        raise NotGated
    if may(actor, Need.READ, repo):
        raise AccessRequestDecided(
            _("You already have access to this repository."), state=AccessState.ACCEPTED.value
        )
    found = AccessRequest.objects.filter(repo=repo, user=person).first() or AccessRequest(
        repo=repo, user=person
    )
    if found.state == AccessState.REJECTED:
        raise AccessRequestDecided(
            _("Your request was rejected. Only the owner can change this."), state=found.state
        )
    found.is_requested, found.reason = True, reason
    if repo.gating == Gating.AUTO:
        found.state, found.decided_at = AccessState.ACCEPTED, timezone.now()
    found.save()
    if found.state == AccessState.PENDING:
        announce_request(found)
    record(actor, RepoAction.ACCESS_REQUESTED, repo.address, repo=str(repo.id), state=str(found.state))
    return found


@transaction.atomic
def decide_access(
    *, actor: Actor, address: Address, name: str, state: AccessState, reply: str = ""
) -> AccessRequest:
    """Accept or reject a person's request, or reset it to pending, which revokes access.

    reply   shown to the person; kept for rejections only
    raises  RepoNotFound, Forbidden, NotGated, NamespaceNotFound, RequestNotFound, AccessRequestDecided if the
            request already has this state
    """
    repo, person = _gated_repo(actor, address), _active_user(name)
    found = AccessRequest.objects.select_for_update().filter(repo=repo, user=person).first()
    if found is None:
        raise RequestNotFound(_("%(name)s hasn't requested access.") % {"name": person.username})
    if found.state == state:
        message = _("The request from %(name)s already has this state: %(state)s.")
        raise AccessRequestDecided(
            message % {"name": person.username, "state": state.label}, state=state.value
        )
    return _decide(actor, found, state, reply)


@transaction.atomic
def grant_access(*, actor: Actor, address: Address, name: str) -> AccessRequest:
    """Grant access to a person, with or without a request.

    raises  RepoNotFound, Forbidden, NotGated, NamespaceNotFound,
            AccessRequestDecided if the person has access
    """
    repo, person = _gated_repo(actor, address), _active_user(name)
    found = AccessRequest.objects.select_for_update().filter(repo=repo, user=person).first()
    if found and found.state == AccessState.ACCEPTED:
        message = _("%(name)s already has access.")
        raise AccessRequestDecided(message % {"name": person.username}, state=found.state)
    return _decide(
        actor, found or AccessRequest(repo=repo, user=person, is_requested=False), AccessState.ACCEPTED
    )


def _gated_repo(actor: Actor, address: Address) -> Repo:
    repo = repo_for(actor, address, Need.ADMIN, lock=True)
    if not repo.gating:
        raise NotGated
    return repo


def _active_user(name: str) -> User:
    found = (
        User.objects.select_related("namespace")
        .filter(namespace__key=name.casefold(), is_active=True)
        .first()
    )
    if found is None:
        raise NamespaceNotFound(_("User not found."))
    return found


def _decide(actor: Actor, request: AccessRequest, state: AccessState, reply: str = "") -> AccessRequest:
    is_settled = state is not AccessState.PENDING
    request.state, request.reply = state, reply if state is AccessState.REJECTED else ""
    request.decided_at, request.decided_by_id = (
        (timezone.now(), actor.user_id) if is_settled else (None, None)
    )
    request.save()
    if is_settled:
        announce_decision(request)
    record(
        actor,
        RepoAction(f"access.{state.value}"),
        request.repo.address,
        repo=str(request.repo_id),
        person=request.user.username,
    )
    return request
