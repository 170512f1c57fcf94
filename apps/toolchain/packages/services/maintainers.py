"""People who may publish a project of somebody else: invited, and told so."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from apps.core.actor import Actor, ActorKind, Need
from apps.core.audit.services import record
from apps.users.accounts.access import check_person, person_by_name
from apps.users.accounts.models import User

from ..access import project_for
from ..audit import Action
from ..errors import AlreadyMaintainer, InvitationNotFound, MaintainerNotFound
from ..models import Maintainer, MaintainerInvitation, Project
from ..notifications import announce_invitation, announce_maintainer, publishers_of


@transaction.atomic
def invite_maintainer(*, actor: Actor, name: str, person: str) -> MaintainerInvitation:
    """Invite a person to publish a project.

    raises  ProjectNotFound, NamespaceNotFound, AlreadyMaintainer, Forbidden, TokenScope
    """
    project = project_for(actor, name, Need.ADMIN, lock=True)
    user = User.objects.get(namespace=person_by_name(person))
    is_invited = project.invitations.filter(user=user).exists()
    if is_invited or user.pk in publishers_of(project):
        raise AlreadyMaintainer
    invitation = MaintainerInvitation.objects.create(project=project, user=user, invited_by_id=actor.user_id)
    announce_invitation(invitation, actor.name)
    record(actor, Action.MAINTAINER_INVITED, project.key, person=user.username)
    return invitation


@transaction.atomic
def withdraw_invitation(*, actor: Actor, name: str, invitation_id: UUID) -> None:
    """raises  ProjectNotFound, InvitationNotFound, Forbidden, TokenScope"""
    project = project_for(actor, name, Need.ADMIN, lock=True)
    if not project.invitations.filter(public_id=invitation_id).delete()[0]:
        raise InvitationNotFound


@transaction.atomic
def answer_invitation(*, actor: Actor, invitation_id: UUID, is_accepted: bool) -> Project:
    """Accept or decline an invitation, in a browser session.

    raises  InvitationNotFound, PeopleOnly, Unauthenticated
    """
    check_person(actor)
    rows = MaintainerInvitation.objects.select_for_update().select_related("project__namespace")
    invitation = rows.filter(public_id=invitation_id, user_id=actor.user_id or 0).first()
    if invitation is None:
        raise InvitationNotFound
    project = invitation.project
    invitation.delete()
    if is_accepted:
        Maintainer.objects.get_or_create(project=project, user_id=actor.user_id or 0)
        announce_maintainer(project, user_id=actor.user_id or 0, person=actor.name)
        record(actor, Action.MAINTAINER_ADDED, project.key, person=actor.name)
    return project


@transaction.atomic
def remove_maintainer(*, actor: Actor, name: str, person: str) -> None:
    """Remove a maintainer; everybody may remove themselves.

    raises  ProjectNotFound, MaintainerNotFound, Forbidden, TokenScope
    """
    is_own = actor.kind is ActorKind.PERSON and actor.name.casefold() == person.casefold()
    project = project_for(actor, name, Need.WRITE if is_own else Need.ADMIN, lock=True)
    if not project.maintainers.filter(user__namespace__key=person.casefold()).delete()[0]:
        raise MaintainerNotFound
    record(actor, Action.MAINTAINER_REMOVED, project.key, person=person)
