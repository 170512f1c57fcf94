"""Access to accounts: whose settings, whose organization."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Forbidden, Unauthenticated

from .errors import NamespaceNotFound, PeopleOnly
from .models import Namespace, NamespaceKind, NamespaceRedirect, User


def namespace_by_name(name: str) -> Namespace:
    """Return a namespace by its name or a name that it had before.

    raises  NamespaceNotFound
    """
    found = Namespace.objects.filter(key=name.casefold()).first()
    if found:
        return found
    redirect = NamespaceRedirect.objects.select_related("namespace").filter(key=name.casefold()).first()
    if redirect is None:
        raise NamespaceNotFound(_("There is nobody of this name."))
    return redirect.namespace


def person_of(actor: Actor) -> User:
    """Return the person who sits at the browser.

    raises  Unauthenticated, PeopleOnly to a token
    """
    if not actor.is_signed_in:
        raise Unauthenticated
    if actor.kind is not ActorKind.PERSON:
        raise PeopleOnly(_("This is done in a browser where you are signed in, not with a token."))
    return User.objects.select_related("namespace").get(pk=actor.user_id or 0)


def managed_namespace(actor: Actor, name: str) -> Namespace:
    """Return a namespace that a person at the browser may manage.

    raises  NamespaceNotFound, Forbidden if somebody else manages it, PeopleOnly
    """
    person_of(actor)
    namespace = namespace_by_name(name)
    if not actor.can(Need.ADMIN, namespace.pk, f"namespace:{namespace.key}"):
        raise Forbidden(_("Only admins of %(name)s may do this.") % {"name": namespace.name})
    return namespace


def managed_organization(actor: Actor, name: str) -> Namespace:
    """Return an organisation that a person at the browser may manage.

    raises  as managed_namespace; NamespaceNotFound if the name is a person's
    """
    namespace = managed_namespace(actor, name)
    if namespace.kind != NamespaceKind.ORGANIZATION:
        raise NamespaceNotFound(_("There is no organisation of this name."))
    return namespace
