"""Changing accounts: people, tokens. One function, one act, one transaction."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from .errors import NameNotAllowed, NameTaken
from .models import AccessToken, Namespace, NamespaceKind, NamespaceRedirect, TokenRole, User, token_hash
from .reserved import RESERVED

NAME_FORM = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-_.](?=[A-Za-z0-9])){1,95}")


def check_name(name: str) -> None:
    """Refuse a name that a namespace cannot have.

    raises  NameNotAllowed by its form or as a reserved word, NameTaken if somebody has it
    """
    if not NAME_FORM.fullmatch(name) or name.endswith(".git"):
        raise NameNotAllowed("A name has 2 to 96 letters, digits, and single - _ . between them.")
    if name.casefold() in RESERVED:
        raise NameNotAllowed(f"“{name}” is a word of the site itself.")
    if Namespace.objects.filter(key=name.casefold()).exists():
        raise NameTaken(f"The name {name} is taken.")


@transaction.atomic
def create_namespace(name: str, *, kind: NamespaceKind, full_name: str = "", is_checked: bool = True) -> Namespace:
    """Take a name.

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
        raise NameTaken(f"The name {name} is taken.") from None


@transaction.atomic
def create_person(
    name: str, *, email: str = "", password: str | None = None, full_name: str = "", is_staff: bool = False, is_checked: bool = True
) -> User:
    """Make a person with the namespace of the same name.

    raises  NameTaken, NameNotAllowed
    """
    namespace = create_namespace(name, kind=NamespaceKind.PERSON, full_name=full_name, is_checked=is_checked)
    user = User(username=name, email=email, namespace=namespace, is_staff=is_staff, is_superuser=is_staff)
    user.set_password(password)
    user.save()
    return user


def issue_token(
    user: User,
    *,
    name: str,
    role: TokenRole = TokenRole.READ,
    grants: list[dict] | None = None,
    expires_at: datetime | None = None,
    job_id: UUID | None = None,
) -> tuple[AccessToken, str]:
    """Make an access token; the raw text is returned this once and kept nowhere."""
    raw = f"hf_{secrets.token_urlsafe(32).replace('-', 'x').replace('_', 'y')}"
    token = AccessToken.objects.create(
        user=user,
        name=name,
        role=role,
        hash=token_hash(raw),
        hint=f"hf_…{raw[-4:]}",
        grants=grants or [],
        expires_at=expires_at,
        job_id=job_id,
    )
    return token, raw


def revoke_job_keys(job_id: UUID) -> None:
    """End the keys of a job that ended."""
    AccessToken.objects.filter(job_id=job_id, revoked_at=None).update(revoked_at=timezone.now())
