"""Who a request acts as: frozen values that accounts builds from credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Need(IntEnum):
    """The access an operation needs; a role in a namespace is the highest need it satisfies.

    SEE   existence, name, description and file names
    READ  contents
    """

    SEE = 0
    READ = 1
    CONTRIBUTE = 2
    WRITE = 3
    ADMIN = 4


class ActorKind(StrEnum):
    ANONYMOUS = "anonymous"
    PERSON = "person"
    TOKEN = "token"
    JOB = "job"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission of a fine-grained token.

    target  `namespace:owner`, `model:owner/name` or `organization:owner` (its members and profile, without
            its repositories), in lower case
    need    the highest need allowed there
    """

    target: str
    need: Need


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a person's permissions that a credential carries.

    limit   the highest need everywhere, or None if only the grants apply
    grants  permissions of a fine-grained token
    """

    limit: Need | None = None
    grants: frozenset[Grant] = frozenset()

    @classmethod
    def all(cls) -> Scope:
        return cls(limit=Need.ADMIN)

    def allows(self, need: Need, *targets: str) -> bool:
        """Return whether the need is allowed on any of the targets (lower case)."""
        return need <= self.limit if self.limit is not None else self.grants_on(need, *targets)

    def grants_on(self, need: Need, *targets: str) -> bool:
        """Return whether a grant names one of the targets (lower case)."""
        return any(grant.target in targets and need <= grant.need for grant in self.grants)


@dataclass(frozen=True, slots=True)
class Actor:
    """The person, token, job key or worker that a request acts as.

    roles         namespace id -> the person's role there; ADMIN in their own namespace
    oauth_scopes  scopes granted to an OAuth application; None for every other credential
    """

    kind: ActorKind = ActorKind.ANONYMOUS
    user_id: int | None = None
    name: str = ""
    email: str = ""
    namespace_id: int | None = None
    is_staff: bool = False
    roles: Mapping[int, Need] = field(default_factory=lambda: MappingProxyType({}))
    scope: Scope = field(default_factory=Scope)
    token_id: int | None = None
    job_id: str | None = None
    oauth_scopes: frozenset[str] | None = None

    @property
    def is_signed_in(self) -> bool:
        return self.kind in (ActorKind.PERSON, ActorKind.TOKEN, ActorKind.JOB)

    @property
    def is_application(self) -> bool:
        """Whether an OAuth application acts for the person."""
        return self.oauth_scopes is not None

    @property
    def unlimited(self) -> Actor:
        """The actor without the limits of their credential."""
        return replace(self, scope=Scope.all(), oauth_scopes=None)

    def is_granted(self, *scopes: str) -> bool:
        """Return whether an OAuth application has one of the scopes; other credentials need none."""
        return self.oauth_scopes is None or not self.oauth_scopes.isdisjoint(scopes)

    def can(self, need: Need, namespace_id: int, *targets: str) -> bool:
        """Return whether both role and scope satisfy the need in a namespace (targets as in Scope.allows)."""
        return self.roles.get(namespace_id, -1) >= need and self.scope.allows(need, *targets)

    def namespaces_with(self, need: Need) -> list[int]:
        return [namespace_id for namespace_id, role in self.roles.items() if role >= need]


ANONYMOUS = Actor()
