"""People: creation, one-time passwords, preferences, deletion."""

from __future__ import annotations

import secrets

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import person_of
from ..audit import AccountAction
from ..errors import LastAdmin, NameTaken, StillOwns
from ..hooks import notify_removal
from ..models import NamespaceKind, Role, User
from .avatars import release_avatar
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
    """Create a user with a namespace of the same name. The email address is trusted as confirmed.

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
    """Return three groups of five unambiguous letters and digits (75 bits)."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _i in range(5)) for _group in range(3))


@transaction.atomic
def set_one_time_password(user: User) -> str:
    """Set and return a password that must be changed at the next sign-in. All sessions end."""
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    end_sessions(user)
    return password


@transaction.atomic
def create_first_admin() -> tuple[str, str] | None:
    """Create the administrator of an empty site.

    returns  (name, one-time password), or None if the site has users
    """
    if User.objects.exists():
        return None
    try:
        user = create_person(FIRST_ADMIN, is_staff=True, is_checked=False)
    except NameTaken:
        return None
    return user.username, set_one_time_password(user)


@transaction.atomic
def set_staff(user: User, *, is_staff: bool) -> None:
    """Grant or revoke administrator rights.

    raises  LastAdmin if no administrator would be left
    """
    if not is_staff:
        _check_another_staff(user)
    user.is_staff = user.is_superuser = is_staff
    user.save(update_fields=["is_staff", "is_superuser"])


@transaction.atomic
def set_active(user: User, *, is_active: bool) -> None:
    """Enable or disable an account. A disabled account cannot sign in or use its tokens.

    raises  LastAdmin if no administrator would be left
    """
    if not is_active:
        _check_another_staff(user)
    user.is_active = is_active
    user.save(update_fields=["is_active"])


def _check_another_staff(user: User) -> None:
    if user.is_staff and not User.objects.filter(is_staff=True, is_active=True).exclude(pk=user.pk).exists():
        raise LastAdmin(
            _("%(name)s is the only administrator of this site. Make someone else an administrator first.")
            % {"name": user.username}
        )


def set_preferences(user: User, *, language: str, time_zone: str) -> None:
    """Store the language and time zone of pages; empty values mean the defaults."""
    user.language, user.time_zone = language, time_zone
    user.save(update_fields=["language", "time_zone"])


@transaction.atomic
def remove_person(*, actor: Actor) -> None:
    """Delete the actor's own account and free its name.

    raises  StillOwns if it still owns anything, LastAdmin of an organization or the site, PeopleOnly
    """
    user = person_of(actor)
    for membership in user.memberships.select_related("namespace").filter(role=Role.ADMIN):
        if not membership.namespace.memberships.filter(role=Role.ADMIN).exclude(pk=membership.pk).exists():
            raise LastAdmin(
                _("You're the only admin of %(name)s. Make another member an admin first.")
                % {"name": membership.namespace.name}
            )
    _check_another_staff(user)
    namespace = user.namespace
    notify_removal(namespace)
    release_avatar(namespace)
    try:
        user.delete()
        namespace.delete()
    except (ProtectedError, RestrictedError):
        raise StillOwns(
            _("There's still content under %(name)s. Move or delete it first.") % {"name": namespace.name}
        ) from None
    record(actor, AccountAction.ACCOUNT_REMOVED, namespace.name)
