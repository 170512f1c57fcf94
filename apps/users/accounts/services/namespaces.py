"""Creates, renames and describes namespaces."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind
from apps.core.audit.services import record

from ..access import (
    NAMESPACE_TARGET,
    ORGANIZATION_TARGET,
    administered_namespace,
    managed_namespace,
    namespace_by_name,
)
from ..audit import AccountAction
from ..errors import NameNotAllowed, NameTaken
from ..hooks import notify_renamed
from ..models import AccessToken, Namespace, NamespaceKind, NamespaceRedirect, User
from ..reserved import is_reserved

NAME_PATTERN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-_.](?=[A-Za-z0-9])){1,95}")
NAME_CHARACTERS = re.compile(r"[A-Za-z0-9._-]+")
RESERVED_SUFFIXES = (".git", ".ipynb")
OPERATOR = Actor(kind=ActorKind.PERSON, name="operator", is_staff=True)


def check_syntax(name: str) -> None:
    """Check that a name is well-formed and not reserved.

    raises  NameNotAllowed
    """
    if not NAME_PATTERN.fullmatch(name) or name.casefold().endswith(RESERVED_SUFFIXES):
        raise NameNotAllowed(_syntax_error(name))
    if is_reserved(name):
        raise NameNotAllowed(_("“%(name)s” is a reserved name.") % {"name": name})


def _syntax_error(name: str) -> str:
    """Return the rule that a malformed name breaks."""
    if not NAME_CHARACTERS.fullmatch(name):
        return _("Use only letters A–Z, digits, -, _ and .")
    if not 2 <= len(name) <= 96:
        return _("Use 2 to 96 characters.")
    if name.casefold().endswith(RESERVED_SUFFIXES):
        return _("Names can't end with %(suffixes)s.") % {"suffixes": ", ".join(RESERVED_SUFFIXES)}
    return _("Start and end with a letter or digit, and don't repeat -, _ or . in a row.")


def check_name(name: str) -> None:
    """Check that a new namespace can have a name.

    raises  NameNotAllowed if it is malformed or reserved, NameTaken
    """
    check_syntax(name)
    if Namespace.objects.filter(key=name.casefold()).exists():
        raise NameTaken(_("“%(name)s” is already taken.") % {"name": name})


@transaction.atomic
def create_namespace(
    name: str, *, kind: NamespaceKind, full_name: str = "", is_checked: bool = True
) -> Namespace:
    """Create a namespace. A redirect from its name is deleted.

    is_checked  False allows names that are malformed or reserved, for seeding
    raises      NameTaken, NameNotAllowed
    """
    if is_checked:
        check_name(name)
    NamespaceRedirect.objects.filter(key=name.casefold()).delete()
    try:
        with transaction.atomic():
            return Namespace.objects.create(name=name, kind=kind, full_name=full_name)
    except IntegrityError:
        raise NameTaken(_("“%(name)s” is already taken.") % {"name": name}) from None


@transaction.atomic
def rename_namespace(*, actor: Actor, name: str, new_name: str) -> Namespace:
    """Rename a person or organization; the old name redirects until someone else takes it.

    raises  NamespaceNotFound, Forbidden, NameTaken, NameNotAllowed
    """
    return _rename(managed_namespace(actor, name), new_name, actor)


@transaction.atomic
def rename_as_operator(*, name: str, new_name: str) -> Namespace:
    """Rename a person or organization for the operator, who needs no account.

    raises  NamespaceNotFound, NameTaken, NameNotAllowed
    """
    return _rename(namespace_by_name(name), new_name, OPERATOR)


def _rename(found: Namespace, new_name: str, actor: Actor) -> Namespace:
    namespace = Namespace.objects.select_for_update().get(pk=found.pk)
    name, key_before = namespace.name, namespace.key
    if new_name.casefold() == key_before:
        check_syntax(new_name)
    else:
        check_name(new_name)
    _move(namespace, new_name)
    if namespace.key != key_before:
        NamespaceRedirect.objects.update_or_create(key=key_before, defaults={"namespace": namespace})
        _move_grants(namespace, key_before)
        notify_renamed(namespace, key_before)
    record(actor, AccountAction.NAMESPACE_RENAMED, namespace.name, before=name)
    return namespace


def _move(namespace: Namespace, new_name: str) -> None:
    NamespaceRedirect.objects.filter(key=new_name.casefold()).delete()
    namespace.name = new_name
    try:
        with transaction.atomic():
            namespace.save(update_fields=["name", "key"])
            User.objects.filter(namespace=namespace).update(username=new_name)
    except IntegrityError:
        raise NameTaken(_("“%(name)s” is already taken.") % {"name": new_name}) from None


def _move_grants(namespace: Namespace, key_before: str) -> None:
    """Update the grants of fine-grained tokens of the namespace's people."""
    people = User.objects.filter(namespace=namespace) | User.objects.filter(memberships__namespace=namespace)
    tokens = (
        AccessToken.objects.select_for_update()
        .filter(user__in=people.values("pk"), revoked_at=None)
        .exclude(grants=[])
    )
    for token in tokens:
        token.grants = [
            {**line, "target": renamed_target(line["target"], key_before, namespace.key)}
            for line in token.grants
        ]
        token.save(update_fields=["grants"])


def renamed_target(target: str, key_before: str, key: str) -> str:
    """`model:old/x` -> `model:new/x`, `namespace:old` -> `namespace:new`; others are unchanged.

    A package is not named by its owner: `package:old` stays.
    """
    word, _colon, path = target.partition(":")
    first, slash, rest = path.partition("/")
    is_theirs = first == key_before and (slash or word in (NAMESPACE_TARGET, ORGANIZATION_TARGET))
    return f"{word}:{key}{slash}{rest}" if is_theirs else target


@transaction.atomic
def update_profile(
    *, actor: Actor, name: str, full_name: str, about: str, website: str, is_private_by_default: bool
) -> Namespace:
    """Update a profile.

    raises  NamespaceNotFound, Forbidden
    """
    namespace = administered_namespace(actor, name)
    namespace.full_name, namespace.about, namespace.website = full_name, about, website
    namespace.is_private_by_default = is_private_by_default
    namespace.save(update_fields=["full_name", "about", "website", "is_private_by_default"])
    return namespace
