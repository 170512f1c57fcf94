"""Access to namespaces and personal settings."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Forbidden, TokenScope, Unauthenticated
from apps.core.web.policies import insufficient_scope

from .errors import NamespaceNotFound, PeopleOnly, TokenNotFound
from .models import Namespace, NamespaceKind, NamespaceRedirect, User
from .roles import api_name, token_role_of
from .scopes import SCOPE_NEEDS

# word of the grants that cover what a namespace owns
NAMESPACE_TARGET = "namespace"
# word of the grants that cover the members, invitations and profile of an organization
ORGANIZATION_TARGET = "organization"


def token_refusal(
    actor: Actor, need: Need, target: str, *, reason: str = "", protocol_code: str = Forbidden.code
) -> Forbidden:
    """Return the refusal of a token that cannot do what its person may.

    target         of the grant that would suffice, as in Grant
    reason         sentence on why the need is that high
    protocol_code  of clients that do not know TokenScope
    """
    if actor.is_application:
        return insufficient_scope(*[scope for scope, most in SCOPE_NEEDS.items() if most >= need][:1])
    facts: dict[str, Any] = {"token_role": token_role_of(actor), "protocol_code": protocol_code}
    kind, _colon, name = target.partition(":")
    if actor.scope.limit is None or kind == ORGANIZATION_TARGET:
        grant = {"kind": kind, "target": name, "permission": api_name(need)}
        words = _("This access token does not have the required permission for %(target)s.")
        return TokenScope(f"{reason} {words % {'target': name}}".strip(), needs_grant=grant, **facts)
    words = _("This access token is read-only. Use one with the write role.")
    return TokenScope(f"{reason} {words}".strip(), needs="write", **facts)


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


def check_token(actor: Actor) -> None:
    """Refuse browser sessions, which have no token.

    raises  Unauthenticated, TokenNotFound for browser sessions
    """
    if not actor.is_signed_in:
        raise Unauthenticated
    if actor.kind is ActorKind.PERSON:
        raise TokenNotFound(_("This request has no access token."))


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
    return _led_namespace(actor, namespace_by_name(name), lock=lock)


def managed_organization(actor: Actor, name: str, *, lock: bool = False) -> Namespace:
    """Return an organization that the user of a browser session can manage.

    raises  as managed_namespace; also NamespaceNotFound if the namespace is a person's
    """
    return _checked_organization(managed_namespace(actor, name, lock=lock))


def administered_namespace(actor: Actor, name: str, *, lock: bool = False) -> Namespace:
    """Return a namespace whose profile and members the actor can manage.

    An admin's fine-grained token can manage an organization that one of its grants names as such.

    raises  as managed_namespace; TokenScope if only the grant is missing
    """
    if actor.kind is not ActorKind.TOKEN or actor.is_application:
        return managed_namespace(actor, name, lock=lock)
    namespace = namespace_by_name(name)
    if not namespace.is_organization:
        check_person(actor)
    led = _led_namespace(actor.unlimited, namespace, lock=lock)
    target = f"{ORGANIZATION_TARGET}:{led.key}"
    if not actor.scope.grants_on(Need.ADMIN, target):
        raise token_refusal(actor, Need.ADMIN, target)
    return led


def administered_organization(actor: Actor, name: str, *, lock: bool = False) -> Namespace:
    """Return an organization whose profile and members the actor can manage.

    raises  as administered_namespace; also NamespaceNotFound if the namespace is a person's
    """
    return _checked_organization(administered_namespace(actor, name, lock=lock))


def _led_namespace(actor: Actor, namespace: Namespace, *, lock: bool) -> Namespace:
    if not actor.can(Need.ADMIN, namespace.pk, f"namespace:{namespace.key}"):
        raise Forbidden(_("Only admins of %(name)s can do this.") % {"name": namespace.name})
    return Namespace.objects.select_for_update().get(pk=namespace.pk) if lock else namespace


def _checked_organization(namespace: Namespace) -> Namespace:
    if namespace.kind != NamespaceKind.ORGANIZATION:
        raise NamespaceNotFound(_("Organization not found."))
    return namespace
