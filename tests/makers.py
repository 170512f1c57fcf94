"""Factories of people and repositories."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import Model

from apps.core.actor import ANONYMOUS, Actor
from apps.users.accounts.actors import actor_for_user
from apps.users.accounts.models import Membership, Namespace, NamespaceKind, Role, TokenRole, User
from apps.users.accounts.services import create_namespace, create_person, issue_token

PASSWORD = "a-long-test-passphrase"
CAST = ("owner", "member", "stranger", "warden")
_rows: dict[type[Model], list[Model]] = {}


@dataclass
class Person:
    """A member of the cast; `anonymous` has neither user nor token."""

    user: User | None

    @property
    def name(self) -> str:
        return self.user.username if self.user else ""

    @property
    def actor(self) -> Actor:
        return actor_for_user(User.objects.get(pk=self.user.pk)) if self.user else ANONYMOUS

    @property
    def token(self) -> str:
        return a_token(self.user)

    @property
    def headers(self) -> dict:
        """Keyword `headers=` of Django's test client."""
        return {"authorization": f"Bearer {self.token}"} if self.user else {}


@dataclass
class Cast:
    owner: Person
    member: Person
    stranger: Person
    anonymous: Person
    staff: Person
    organization: Namespace


def a_person(name: str, **facts) -> Person:
    return Person(create_person(name, email=f"{name}@example.com", password=PASSWORD, **facts))


def a_token(user: User, role: TokenRole = TokenRole.WRITE, **facts) -> str:
    return issue_token(user, name="test", role=role, **facts)[1]


def the_cast() -> Cast:
    """The five actors of every test; `grove` is the owner's organization, where `member` may write.

    Services create them once per process; later tests insert copies of the rows.
    """
    if not _rows:
        owner, member, _stranger, _warden = (a_person(name, is_staff=name == "warden") for name in CAST)
        grove = create_namespace("grove", kind=NamespaceKind.ORGANIZATION, full_name="The Grove")
        Membership.objects.create(namespace=grove, user=owner.user, role=Role.ADMIN)
        Membership.objects.create(namespace=grove, user=member.user, role=Role.WRITE)
        _rows[Namespace] = list(Namespace.objects.filter(key__in=[*CAST, "grove"]))
        _rows[User] = list(User.objects.filter(username__in=CAST))
        _rows[EmailAddress] = list(EmailAddress.objects.filter(user__username__in=CAST))
        _rows[Membership] = list(Membership.objects.filter(namespace=grove))
    else:
        for model, rows in _rows.items():
            model.objects.bulk_create(copy.deepcopy(rows))
    people = {
        user.username: Person(user)
        for user in User.objects.filter(username__in=CAST).select_related("namespace")
    }
    owner, member, stranger, warden = (people[name] for name in CAST)
    return Cast(owner, member, stranger, Person(None), warden, Namespace.objects.get(key="grove"))


def a_repo(owner: Person, name: str = "tiny", *, kind: str = "model", namespace: str = "", **facts):
    """Create a repository as its owner."""
    from apps.registry.repos.addresses import Address, RepoKind
    from apps.registry.repos.services.create import create_repo

    address = Address(RepoKind(kind), namespace or owner.name, name)
    return create_repo(actor=owner.actor, address=address, **facts)
