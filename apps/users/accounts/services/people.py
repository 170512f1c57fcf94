"""People: making, first password, preferences, removal."""

from __future__ import annotations

import secrets

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import person_of
from ..errors import LastAdmin, NameTaken, StillOwns
from ..hooks import notify_removal
from ..models import NamespaceKind, Role, User
from .namespaces import create_namespace
from .recovery import release_address
from .sessions import end_sessions

FIRST_ADMIN = "admin"


@transaction.atomic
def create_person(
    name: str,
    *,
    email: str = "",
    password: str | None = None,
    full_name: str = "",
    is_staff: bool = False,
    is_checked: bool = True,
) -> User:
    """Make a person with the namespace of the same name; whoever calls vouches for the e-mail address.

    raises  NameTaken, NameNotAllowed
    """
    namespace = create_namespace(name, kind=NamespaceKind.PERSON, full_name=full_name, is_checked=is_checked)
    user = User(
        username=name, email=email.lower(), namespace=namespace, is_staff=is_staff, is_superuser=is_staff
    )
    user.set_password(password)
    user.save()
    if email:
        release_address(
            EmailAddress.objects.create(user=user, email=email.lower(), verified=True, primary=True)
        )
    return user


def one_time_password() -> str:
    """Three groups of five letters and digits that nobody mixes up: 75 bits."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _i in range(5)) for _group in range(3))


@transaction.atomic
def give_one_time_password(user: User) -> str:
    """Return a new password that has to be changed on the first sign-in."""
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    end_sessions(user)
    return password


@transaction.atomic
def first_admin() -> tuple[str, str] | None:
    """Make the administrator of an empty site; return (name, one-time password), or None where somebody is."""
    if User.objects.exists():
        return None
    try:
        user = create_person(FIRST_ADMIN, is_staff=True, is_checked=False)
    except NameTaken:
        return None
    return user.username, give_one_time_password(user)


@transaction.atomic
def set_staff(user: User, *, is_staff: bool) -> None:
    """Make somebody an administrator of the site, or an ordinary person again.

    raises  LastAdmin if nobody would be left
    """
    if not is_staff:
        _check_another_staff(user)
    user.is_staff = user.is_superuser = is_staff
    user.save(update_fields=["is_staff", "is_superuser"])


@transaction.atomic
def set_active(user: User, *, is_active: bool) -> None:
    """Switch an account off, so that neither sign-in nor tokens work, or on again.

    raises  LastAdmin if nobody would be left to administer the site
    """
    if not is_active:
        _check_another_staff(user)
    user.is_active = is_active
    user.save(update_fields=["is_active"])


def _check_another_staff(user: User) -> None:
    if user.is_staff and not User.objects.filter(is_staff=True, is_active=True).exclude(pk=user.pk).exists():
        raise LastAdmin(
            _("%(name)s is the only administrator of this site. Make somebody else one first.")
            % {"name": user.username}
        )


def set_preferences(user: User, *, language: str, time_zone: str) -> None:
    """Keep the language and the time zone that pages are shown in; empty means: as the browser says."""
    user.language, user.time_zone = language, time_zone
    user.save(update_fields=["language", "time_zone"])


@transaction.atomic
def remove_person(*, actor: Actor) -> None:
    """Remove the actor's own account with its name.

    raises  StillOwns while there are things under the name, LastAdmin of an organisation or of the site, PeopleOnly
    """
    user = person_of(actor)
    for membership in user.memberships.select_related("namespace").filter(role=Role.ADMIN):
        if not membership.namespace.memberships.filter(role=Role.ADMIN).exclude(pk=membership.pk).exists():
            raise LastAdmin(
                _("You are the only admin of %(name)s. Make another member admin first.")
                % {"name": membership.namespace.name}
            )
    _check_another_staff(user)
    namespace = user.namespace
    notify_removal(namespace)
    try:
        user.delete()
        namespace.delete()
    except (ProtectedError, RestrictedError):
        raise StillOwns(
            _("There are still things under the name %(name)s.") % {"name": namespace.name}
        ) from None
    record(actor, "account.removed", namespace.name)
