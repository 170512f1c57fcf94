"""Organisations: making them, who belongs to them, and in which role."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import managed_organization, person_of
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
from .namespaces import create_namespace


@transaction.atomic
def create_organization(*, actor: Actor, name: str, full_name: str = "") -> Namespace:
    """Make an organisation; whoever makes it is its admin.

    raises  NameTaken, NameNotAllowed, PeopleOnly
    """
    user = person_of(actor)
    namespace = create_namespace(name, kind=NamespaceKind.ORGANIZATION, full_name=full_name)
    Membership.objects.create(namespace=namespace, user=user, role=Role.ADMIN)
    record(actor, "organisation.created", namespace.name)
    return namespace


@transaction.atomic
def invite_person(*, actor: Actor, organization: str, name: str, role: Role) -> Invitation:
    """Offer somebody a role; it counts once they accept. A second invitation changes the role offered.

    raises  NamespaceNotFound if there is nobody of the name, AlreadyMember, Forbidden
    """
    namespace = managed_organization(actor, organization)
    user = User.objects.filter(namespace__key=name.casefold(), is_active=True).first()
    if user is None:
        raise NamespaceNotFound(_("There is nobody of the name %(name)s.") % {"name": name})
    if namespace.memberships.filter(user=user).exists():
        raise AlreadyMember(_("%(name)s is a member already.") % {"name": user.username})
    facts = {"role": role, "invited_by_id": actor.user_id}
    invitation, _is_new = Invitation.objects.update_or_create(namespace=namespace, user=user, defaults=facts)
    record(actor, "organisation.invited", namespace.name, person=user.username, role=role.name)
    return invitation


def withdraw_invitation(*, actor: Actor, organization: str, invitation_id: int) -> None:
    """raises  InvitationNotFound, NamespaceNotFound, Forbidden"""
    namespace = managed_organization(actor, organization)
    if not namespace.invitations.filter(pk=invitation_id).delete()[0]:
        raise InvitationNotFound


def _own_invitation(actor: Actor, invitation_id: int) -> Invitation:
    user = person_of(actor)
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("namespace", "user")
        .filter(pk=invitation_id, user=user)
        .first()
    )
    if found is None:
        raise InvitationNotFound
    return found


@transaction.atomic
def accept_invitation(*, actor: Actor, invitation_id: int) -> Membership:
    """Take the role that was offered.

    raises  InvitationNotFound, AlreadyMember
    """
    invitation = _own_invitation(actor, invitation_id)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                namespace=invitation.namespace, user=invitation.user, role=invitation.role
            )
    except IntegrityError:
        raise AlreadyMember(_("You are a member already.")) from None
    invitation.delete()
    record(actor, "organisation.joined", membership.namespace.name, role=membership.get_role_display())
    return membership


@transaction.atomic
def decline_invitation(*, actor: Actor, invitation_id: int) -> None:
    """raises  InvitationNotFound"""
    _own_invitation(actor, invitation_id).delete()


def _locked_member(namespace: Namespace, name: str) -> Membership:
    """Return a membership while nobody else changes the organisation's members.

    raises  MemberNotFound
    """
    Namespace.objects.select_for_update().get(pk=namespace.pk)
    member = namespace.memberships.select_related("user").filter(user__namespace__key=name.casefold()).first()
    if member is None:
        raise MemberNotFound(_("%(name)s is not a member.") % {"name": name})
    return member


def _check_another_admin(member: Membership) -> None:
    others = Membership.objects.filter(namespace_id=member.namespace_id, role=Role.ADMIN).exclude(
        pk=member.pk
    )
    if member.role == Role.ADMIN and not others.exists():
        raise LastAdmin(
            _("%(name)s is the only admin. Make another member admin first.") % {"name": member.user.username}
        )


@transaction.atomic
def change_role(*, actor: Actor, organization: str, name: str, role: Role) -> Membership:
    """Give a member another role.

    raises  MemberNotFound, LastAdmin, NamespaceNotFound, Forbidden
    """
    namespace = managed_organization(actor, organization)
    member = _locked_member(namespace, name)
    if role != Role.ADMIN:
        _check_another_admin(member)
    member.role = role
    member.save(update_fields=["role"])
    record(actor, "organisation.role_changed", namespace.name, person=member.user.username, role=role.name)
    return member


@transaction.atomic
def remove_member(*, actor: Actor, organization: str, name: str) -> None:
    """Take a member out.

    raises  MemberNotFound, LastAdmin, NamespaceNotFound, Forbidden
    """
    namespace = managed_organization(actor, organization)
    member = _locked_member(namespace, name)
    _check_another_admin(member)
    member.delete()
    record(actor, "organisation.member_removed", namespace.name, person=name)


@transaction.atomic
def leave_organization(*, actor: Actor, organization: str) -> None:
    """Give up one's own membership.

    raises  MemberNotFound, LastAdmin
    """
    user = person_of(actor)
    namespace = Namespace.objects.filter(key=organization.casefold(), kind=NamespaceKind.ORGANIZATION).first()
    if namespace is None:
        raise MemberNotFound(_("You are not a member."))
    member = _locked_member(namespace, user.namespace.key)
    _check_another_admin(member)
    member.delete()
    record(actor, "organisation.left", namespace.name)


@transaction.atomic
def remove_organization(*, actor: Actor, organization: str) -> None:
    """Remove an organisation with its name.

    raises  StillOwns while there are things under the name, NamespaceNotFound, Forbidden
    """
    namespace = managed_organization(actor, organization)
    notify_removal(namespace)
    try:
        namespace.delete()
    except (ProtectedError, RestrictedError):
        raise StillOwns(
            _("There are still things under the name %(name)s.") % {"name": namespace.name}
        ) from None
    record(actor, "organisation.removed", namespace.name)
