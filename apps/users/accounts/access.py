"""Access to namespaces and personal settings."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Forbidden, Unauthenticated

from .errors import NamespaceNotFound, PeopleOnly
from .models import Namespace, NamespaceKind, NamespaceRedirect, User


def namespace_by_name(name: str) -> Namespace:
    """Return a namespace by its current or a former name.

    raises  NamespaceNotFound
    """
    found = Namespace.objects.filter(key=name.casefold()).first()
    if found:
        return found
    redirect = NamespaceRedirect.objects.select_related("namespace").filter(key=name.casefold()).first()
    if redirect is None:
        raise NamespaceNotFound(_("User or organization not found."))
    return redirect.namespace


def check_person(actor: Actor) -> None:
    """Refuse everything but browser sessions.

    raises  Unauthenticated, PeopleOnly for tokens
    """
    if not actor.is_signed_in:
        raise Unauthenticated
    if actor.kind is not ActorKind.PERSON:
        raise PeopleOnly(_("Access tokens can't do this. Sign in with a browser instead."))


def organization_by_name(name: str) -> Namespace:
    """Return an organization by its current or a former name.

    raises  NamespaceNotFound, also if the name is a person's
    """
    namespace = namespace_by_name(name)
    if not namespace.is_organization:
        raise NamespaceNotFound
    return namespace


def person_by_name(name: str) -> Namespace:
    """Return the namespace of a user by their current or a former name.

    raises  NamespaceNotFound, also if the name is an organization's
    """
    namespace = namespace_by_name(name)
    if namespace.is_organization:
        raise NamespaceNotFound
    return namespace


def person_of(actor: Actor) -> User:
    """Return the user of a browser session.

    raises  Unauthenticated, PeopleOnly for tokens
    """
    check_person(actor)
    return User.objects.select_related("namespace").get(pk=actor.user_id or 0)


def managed_namespace(actor: Actor, name: str, *, lock: bool = False) -> Namespace:
    """Return a namespace that the user of a browser session can manage.

    lock    hold the row until the transaction ends
    raises  NamespaceNotFound, Forbidden if the user is not an admin of it, PeopleOnly
    """
    check_person(actor)
    namespace = namespace_by_name(name)
    if not actor.can(Need.ADMIN, namespace.pk, f"namespace:{namespace.key}"):
        raise Forbidden(_("Only admins of %(name)s can do this.") % {"name": namespace.name})
    return Namespace.objects.select_for_update().get(pk=namespace.pk) if lock else namespace


def managed_organization(actor: Actor, name: str, *, lock: bool = False) -> Namespace:
    """Return an organization that the user of a browser session can manage.

    raises  as managed_namespace; also NamespaceNotFound if the namespace is a person's
    """
    namespace = managed_namespace(actor, name, lock=lock)
    if namespace.kind != NamespaceKind.ORGANIZATION:
        raise NamespaceNotFound(_("Organization not found."))
    return namespace
