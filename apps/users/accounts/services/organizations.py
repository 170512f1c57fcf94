"""Organizations, their members, roles and invitations."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import administered_organization, managed_organization, person_of
from ..audit import AccountAction
from ..errors import (
    AlreadyMember,
    InvitationNotFound,
    LastAdmin,
    MemberNotFound,
    NamespaceNotFound,
    StillOwns,
)
from ..hooks import notify_removal
from ..models import Invitation, Membership, Namespace, NamespaceKind, Role, User
from ..notifications import announce_invitation, withdraw_announcement
from .avatars import release_avatar
from .namespaces import create_namespace


@transaction.atomic
def create_organization(*, actor: Actor, name: str, full_name: str = "") -> Namespace:
    """Create an organization with the actor as its admin.

    raises  NameTaken, NameNotAllowed, PeopleOnly
    """
    user = person_of(actor)
    namespace = create_namespace(name, kind=NamespaceKind.ORGANIZATION, full_name=full_name)
    Membership.objects.create(namespace=namespace, user=user, role=Role.ADMIN)
    record(actor, AccountAction.ORGANIZATION_CREATED, namespace.name)
    return namespace


@transaction.atomic
def invite_person(*, actor: Actor, organization: str, name: str, role: Role) -> tuple[Invitation, bool]:
    """Invite a user to an organization. Inviting again changes the role.

    returns  the invitation, and whether it is new
    raises  NamespaceNotFound if there is no such user or organization, AlreadyMember, Forbidden
    """
    namespace = administered_organization(actor, organization)
    user = User.objects.filter(namespace__key=name.casefold(), is_active=True).first()
    if user is None:
        raise NamespaceNotFound(_("There's no user named %(name)s.") % {"name": name})
    if namespace.memberships.filter(user=user).exists():
        raise AlreadyMember(_("%(name)s is already a member.") % {"name": user.username})
    facts = {"role": role, "invited_by_id": actor.user_id}
    found = namespace.invitations.filter(user=user, role=role).first()
    if found is not None:
        return found, False
    invitation, is_new = Invitation.objects.update_or_create(namespace=namespace, user=user, defaults=facts)
    record(actor, AccountAction.ORGANIZATION_INVITED, namespace.name, person=user.username, role=role.name)
    if is_new:
        announce_invitation(invitation)
    return invitation, is_new


@transaction.atomic
def withdraw_invitation(*, actor: Actor, organization: str, invitation_id: UUID) -> None:
    """raises  InvitationNotFound, NamespaceNotFound, Forbidden"""
    namespace = administered_organization(actor, organization)
    found = namespace.invitations.filter(public_id=invitation_id).first()
    if found is None:
        raise InvitationNotFound
    withdraw_announcement(found)
    found.delete()


def _own_invitation(actor: Actor, invitation_id: UUID) -> Invitation:
    user = person_of(actor)
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("namespace", "user")
        .filter(public_id=invitation_id, user=user)
        .first()
    )
    if found is None:
        raise InvitationNotFound
    return found


@transaction.atomic
def accept_invitation(*, actor: Actor, invitation_id: UUID) -> Membership:
    """Join an organization with the offered role.

    raises  InvitationNotFound, AlreadyMember
    """
    invitation = _own_invitation(actor, invitation_id)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                namespace=invitation.namespace, user=invitation.user, role=invitation.role
            )
    except IntegrityError:
        raise AlreadyMember(_("You're already a member.")) from None
    withdraw_announcement(invitation)
    invitation.delete()
    record(
        actor,
        AccountAction.ORGANIZATION_JOINED,
        membership.namespace.name,
        role=membership.get_role_display(),
    )
    return membership


@transaction.atomic
def decline_invitation(*, actor: Actor, invitation_id: UUID) -> None:
    """raises  InvitationNotFound"""
    invitation = _own_invitation(actor, invitation_id)
    withdraw_announcement(invitation)
    invitation.delete()


def _locked_member(namespace: Namespace, name: str) -> Membership:
    """Return a membership and lock the organization's members until the transaction ends.

    raises  MemberNotFound
    """
    Namespace.objects.select_for_update().get(pk=namespace.pk)
    member = namespace.memberships.select_related("user").filter(user__namespace__key=name.casefold()).first()
    if member is None:
        raise MemberNotFound(_("%(name)s isn't a member.") % {"name": name})
    return member


def _check_another_admin(member: Membership) -> None:
    others = Membership.objects.filter(namespace_id=member.namespace_id, role=Role.ADMIN).exclude(
        pk=member.pk
    )
    if member.role == Role.ADMIN and not others.exists():
        raise LastAdmin(
            _("%(name)s is the only admin. Make another member an admin first.")
            % {"name": member.user.username}
        )


@transaction.atomic
def change_role(*, actor: Actor, organization: str, name: str, role: Role) -> Membership:
    """Change the role of a member.

    raises  MemberNotFound, LastAdmin, NamespaceNotFound, Forbidden
    """
    namespace = administered_organization(actor, organization)
    member = _locked_member(namespace, name)
    if role != Role.ADMIN:
        _check_another_admin(member)
    member.role = role
    member.save(update_fields=["role"])
    record(
        actor,
        AccountAction.ORGANIZATION_ROLE_CHANGED,
        namespace.name,
        person=member.user.username,
        role=role.name,
    )
    return member


@transaction.atomic
def remove_member(*, actor: Actor, organization: str, name: str) -> None:
    """Remove a member.

    raises  MemberNotFound, LastAdmin, NamespaceNotFound, Forbidden
    """
    namespace = administered_organization(actor, organization)
    member = _locked_member(namespace, name)
    _check_another_admin(member)
    member.delete()
    record(actor, AccountAction.ORGANIZATION_MEMBER_REMOVED, namespace.name, person=name)


@transaction.atomic
def leave_organization(*, actor: Actor, organization: str) -> None:
    """Leave an organization.

    raises  MemberNotFound, LastAdmin
    """
    user = person_of(actor)
    namespace = Namespace.objects.filter(key=organization.casefold(), kind=NamespaceKind.ORGANIZATION).first()
    if namespace is None:
        raise MemberNotFound(_("You're not a member."))
    member = _locked_member(namespace, user.namespace.key)
    _check_another_admin(member)
    member.delete()
    record(actor, AccountAction.ORGANIZATION_LEFT, namespace.name)


@transaction.atomic
def remove_organization(*, actor: Actor, organization: str) -> None:
    """Delete an organization and free its name.

    raises  StillOwns if it still owns anything, NamespaceNotFound, Forbidden
    """
    namespace = managed_organization(actor, organization)
    notify_removal(namespace)
    release_avatar(namespace)
    try:
        namespace.delete()
    except (ProtectedError, RestrictedError):
        raise StillOwns(
            _("There's still content under %(name)s. Move or delete it first.") % {"name": namespace.name}
        ) from None
    record(actor, AccountAction.ORGANIZATION_REMOVED, namespace.name)
