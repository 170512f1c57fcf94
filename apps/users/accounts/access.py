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


def person_of(actor: Actor) -> User:
    """Return the user of a browser session.

    raises  Unauthenticated, PeopleOnly for tokens
    """
    if not actor.is_signed_in:
        raise Unauthenticated
    if actor.kind is not ActorKind.PERSON:
        raise PeopleOnly(_("Access tokens can't do this. Sign in with a browser instead."))
    return User.objects.select_related("namespace").get(pk=actor.user_id or 0)


def managed_namespace(actor: Actor, name: str) -> Namespace:
    """Return a namespace that the user of a browser session can manage.

    raises  NamespaceNotFound, Forbidden if the user is not an admin of it, PeopleOnly
    """
    person_of(actor)
    namespace = namespace_by_name(name)
    if not actor.can(Need.ADMIN, namespace.pk, f"namespace:{namespace.key}"):
        raise Forbidden(_("Only admins of %(name)s can do this.") % {"name": namespace.name})
    return namespace


def managed_organization(actor: Actor, name: str) -> Namespace:
    """Return an organization that the user of a browser session can manage.

    raises  as managed_namespace; also NamespaceNotFound if the namespace is a person's
    """
    namespace = managed_namespace(actor, name)
    if namespace.kind != NamespaceKind.ORGANIZATION:
        raise NamespaceNotFound(_("Organization not found."))
    return namespace
