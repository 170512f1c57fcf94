"""Makers of workers: of the site, and of people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.core.actor import Actor
from apps.toolchain.contracts import (
    PROTOCOL,
    Hardware,
    NextJob,
    NextRequest,
    WorkerHello,
    WorkerTerms,
    fingerprints,
)
from apps.toolchain.fleet.services import create_worker_token, greet_worker, next_job
from apps.users.accounts.actors import actor_for_token
from tests.job_makers import HARDWARE, a_worker
from tests.makers import Cast, Person


def a_greeting(name: str, *, hardware: Hardware = HARDWARE, **facts: Any) -> WorkerHello:
    known = {
        "protocol": PROTOCOL,
        "versions": {"torch": "2.13.0"},
        "recipes": fingerprints(),
        "takes_untrusted": True,
        "memory_bytes": 8 << 30,
    }
    return WorkerHello(name, hardware=hardware, **{**known, **facts})


@dataclass
class WorkerStandIn:
    """A worker that asks as a real one does, and runs nothing."""

    token: str
    hello: WorkerHello
    id: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.id = UUID(self.greet().id)

    @property
    def actor(self) -> Actor:
        return actor_for_token(self.token)

    def greet(self) -> WorkerTerms:
        return greet_worker(actor=self.actor, hello=self.hello)

    def next(self, **facts: Any) -> NextJob:
        return next_job(actor=self.actor, worker_id=self.id, request=NextRequest(**facts))


def a_site_worker(cast: Cast, name: str = "worker-1", **facts: Any) -> WorkerStandIn:
    """Return a worker that the site's operator runs."""
    return WorkerStandIn(a_worker(cast.staff), a_greeting(name, **facts))


def an_own_worker(person: Person, owner: str = "", name: str = "worker-1", **facts: Any) -> WorkerStandIn:
    """Return a worker that a person runs, for their own jobs or those of an organization."""
    token = create_worker_token(actor=person.actor, name="desk", owner=owner or person.name)[1]
    return WorkerStandIn(token, a_greeting(name, **facts))
