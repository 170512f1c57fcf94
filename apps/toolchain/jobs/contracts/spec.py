"""The specification of a job, and how a worker claims it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .errors import ContractError
from .shapes import Contract, mapping, take, texts


class JobKind(StrEnum):
    FINE_TUNE = "fine_tune"
    EVALUATE = "evaluate"


@dataclass(frozen=True, slots=True)
class PinnedRepo(Contract):
    """A repository at one commit.

    kind     "model" or "dataset"
    address  "owner/name"
    commit   full commit hash
    key      the repository's immutable id, which survives renames
    """

    kind: str
    address: str
    commit: str
    key: str = ""

    @classmethod
    def from_json(cls, body: object) -> PinnedRepo:
        fields = mapping(body, "repo")
        return cls(
            take(fields, "kind", str),
            take(fields, "address", str),
            take(fields, "commit", str),
            take(fields, "key", str, ""),
        )


@dataclass(frozen=True, slots=True)
class OutputRepo(Contract):
    """The repository that a job creates and publishes to."""

    kind: str
    address: str
    is_private: bool = False

    @classmethod
    def from_json(cls, body: object) -> OutputRepo:
        fields = mapping(body, "output")
        return cls(
            take(fields, "kind", str), take(fields, "address", str), take(fields, "is_private", bool, False)
        )


@dataclass(frozen=True, slots=True)
class JobSpec(Contract):
    """One job in plain values.

    inputs        name in the recipe -> pinned repository
    params        cleaned by `clean_params`
    submitted_by  username of the submitter
    hub_url       public URL of the site, for links in the card
    steps_limit   maximum number of training steps, 0 for no limit
    """

    id: str
    kind: JobKind
    recipe: str
    inputs: Mapping[str, PinnedRepo]
    output: OutputRepo | None
    params: Mapping[str, Any]
    seed: int
    submitted_by: str
    hub_url: str
    steps_limit: int = 0

    def config(self) -> dict[str, Any]:
        """Return everything that determines the result; its hash is the `config_hash` of a receipt."""
        repos = {name: {"kind": repo.kind, "commit": repo.commit} for name, repo in self.inputs.items()}
        return {
            "kind": str(self.kind),
            "recipe": self.recipe,
            "inputs": repos,
            "params": dict(self.params),
            "seed": self.seed,
        }

    @classmethod
    def from_json(cls, body: object) -> JobSpec:
        fields = mapping(body, "spec")
        output = fields.get("output")
        return cls(
            id=take(fields, "id", str),
            kind=_job_kind(take(fields, "kind", str)),
            recipe=take(fields, "recipe", str),
            inputs={name: PinnedRepo.from_json(repo) for name, repo in take(fields, "inputs", dict).items()},
            output=OutputRepo.from_json(output) if output else None,
            params=take(fields, "params", dict),
            seed=take(fields, "seed", int),
            submitted_by=take(fields, "submitted_by", str),
            hub_url=take(fields, "hub_url", str),
            steps_limit=take(fields, "steps_limit", int, 0),
        )


def _job_kind(value: str) -> JobKind:
    try:
        return JobKind(value)
    except ValueError:
        raise ContractError({"kind": f"There is no job kind {value[:40]!r}."}) from None


@dataclass(frozen=True, slots=True)
class Hardware(Contract):
    """The hardware of a worker. device: "cpu", "cuda" …"""

    device: str
    name: str
    cores: int
    memory_bytes: int
    devices: int = 0

    @classmethod
    def from_json(cls, body: object) -> Hardware:
        fields = mapping(body, "hardware")
        return cls(
            device=take(fields, "device", str),
            name=take(fields, "name", str),
            cores=take(fields, "cores", int),
            memory_bytes=take(fields, "memory_bytes", int),
            devices=take(fields, "devices", int, 0),
        )


@dataclass(frozen=True, slots=True)
class ClaimRequest(Contract):
    """Body of POST /api/v1/jobs/{id}/claim.

    takes_untrusted  whether the worker isolates jobs or its operator trusts all users; without it, as in
                     earlier versions, a worker gets jobs of administrators only
    """

    worker: str
    hardware: Hardware
    versions: Mapping[str, str] = field(default_factory=dict)
    takes_untrusted: bool = False

    @classmethod
    def from_json(cls, body: object) -> ClaimRequest:
        fields = mapping(body, "claim")
        hardware = Hardware.from_json(fields.get("hardware"))
        versions = texts(fields.get("versions") or {}, "versions")
        return cls(
            take(fields, "worker", str), hardware, versions, take(fields, "takes_untrusted", bool, False)
        )


@dataclass(frozen=True, slots=True)
class Claim(Contract):
    """Response to a claim: the spec, the job's key and the terms of the lease.

    is_trusted    whether the submitter is an administrator, whose jobs need no isolation
    seconds_left  remaining time of the job over all attempts; 0 for no limit
    """

    spec: JobSpec
    key: str
    attempt: int
    lease_seconds: float
    heartbeat_seconds: float
    is_trusted: bool = False
    seconds_left: float = 0

    @classmethod
    def from_json(cls, body: object) -> Claim:
        fields = mapping(body, "claim")
        return cls(
            spec=JobSpec.from_json(fields.get("spec")),
            key=take(fields, "key", str),
            attempt=take(fields, "attempt", int),
            lease_seconds=take(fields, "lease_seconds", float),
            heartbeat_seconds=take(fields, "heartbeat_seconds", float),
            is_trusted=take(fields, "is_trusted", bool, False),
            seconds_left=take(fields, "seconds_left", float, 0.0),
        )
