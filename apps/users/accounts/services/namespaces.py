"""Taking, renaming and describing names."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import managed_namespace
from ..errors import NameNotAllowed, NameTaken
from ..hooks import notify_renamed
from ..models import AccessToken, Namespace, NamespaceKind, NamespaceRedirect, User
from ..reserved import RESERVED

NAME_FORM = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-_.](?=[A-Za-z0-9])){1,95}")
SUFFIXES = (".git", ".ipynb")


def check_form(name: str) -> None:
    """Refuse a name by its form or as a word of the site.

    raises  NameNotAllowed
    """
    if not NAME_FORM.fullmatch(name) or name.casefold().endswith(SUFFIXES):
        raise NameNotAllowed(_("A name has 2 to 96 letters, digits, and single - _ . between them."))
    if name.casefold() in RESERVED:
        raise NameNotAllowed(_("“%(name)s” is a word of the site itself.") % {"name": name})


def check_name(name: str) -> None:
    """Refuse a name that a namespace cannot have.

    raises  NameNotAllowed by its form or as a reserved word, NameTaken if somebody has it
    """
    check_form(name)
    if Namespace.objects.filter(key=name.casefold()).exists():
        raise NameTaken(_("The name %(name)s is taken.") % {"name": name})


@transaction.atomic
def create_namespace(
    name: str, *, kind: NamespaceKind, full_name: str = "", is_checked: bool = True
) -> Namespace:
    """Take a name; a redirect from it ends.

    is_checked  False lets an operator seed a name of any form
    raises      NameTaken, NameNotAllowed
    """
    if is_checked:
        check_name(name)
    NamespaceRedirect.objects.filter(key=name.casefold()).delete()
    try:
        with transaction.atomic():
            return Namespace.objects.create(name=name, kind=kind, full_name=full_name)
    except IntegrityError:
        raise NameTaken(_("The name %(name)s is taken.") % {"name": name}) from None


@transaction.atomic
def rename_namespace(*, actor: Actor, name: str, new_name: str) -> Namespace:
    """Give a person or an organisation another name; the old one leads to it until somebody takes it.

    raises  NamespaceNotFound, Forbidden, NameTaken, NameNotAllowed
    """
    found = managed_namespace(actor, name)
    namespace = Namespace.objects.select_for_update().get(pk=found.pk)
    key_before = namespace.key
    if new_name.casefold() == key_before:
        check_form(new_name)
    else:
        check_name(new_name)
    _move(namespace, new_name)
    if namespace.key != key_before:
        NamespaceRedirect.objects.update_or_create(key=key_before, defaults={"namespace": namespace})
        _move_grants(namespace, key_before)
        notify_renamed(namespace, key_before)
    record(actor, "namespace.renamed", namespace.name, before=name)
    return namespace


def _move(namespace: Namespace, new_name: str) -> None:
    NamespaceRedirect.objects.filter(key=new_name.casefold()).delete()
    namespace.name = new_name
    try:
        with transaction.atomic():
            namespace.save(update_fields=["name", "key"])
            User.objects.filter(namespace=namespace).update(username=new_name)
    except IntegrityError:
        raise NameTaken(_("The name %(name)s is taken.") % {"name": new_name}) from None


def _move_grants(namespace: Namespace, key_before: str) -> None:
    """Let fine-grained tokens of the namespace's people follow its name."""
    people = User.objects.filter(namespace=namespace) | User.objects.filter(memberships__namespace=namespace)
    tokens = (
        AccessToken.objects.select_for_update()
        .filter(user__in=people.values("pk"), revoked_at=None)
        .exclude(grants=[])
    )
    for token in tokens:
        token.grants = [
            {**line, "target": moved_target(line["target"], key_before, namespace.key)}
            for line in token.grants
        ]
        token.save(update_fields=["grants"])


def moved_target(target: str, key_before: str, key: str) -> str:
    """`model:old/x` -> `model:new/x`, `namespace:old` -> `namespace:new`, others as they are."""
    word, _colon, path = target.partition(":")
    first, slash, rest = path.partition("/")
    return f"{word}:{key}{slash}{rest}" if first == key_before else target


@transaction.atomic
def update_profile(
    *, actor: Actor, name: str, full_name: str, about: str, website: str, is_private_by_default: bool
) -> Namespace:
    """Change what a profile says.

    raises  NamespaceNotFound, Forbidden
    """
    namespace = managed_namespace(actor, name)
    namespace.full_name, namespace.about, namespace.website = full_name, about, website
    namespace.is_private_by_default = is_private_by_default
    namespace.save(update_fields=["full_name", "about", "website", "is_private_by_default"])
    return namespace
