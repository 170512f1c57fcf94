"""The specification of a job, and how a worker claims it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .shapes import Contract, read_field, read_object, read_strings


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
        fields = read_object(body, "repo")
        return cls(
            read_field(fields, "kind", str),
            read_field(fields, "address", str),
            read_field(fields, "commit", str),
            read_field(fields, "key", str, ""),
        )


@dataclass(frozen=True, slots=True)
class OutputRepo(Contract):
    """The repository that a job creates and publishes to."""

    kind: str
    address: str
    is_private: bool = False

    @classmethod
    def from_json(cls, body: object) -> OutputRepo:
        fields = read_object(body, "output")
        return cls(
            read_field(fields, "kind", str),
            read_field(fields, "address", str),
            read_field(fields, "is_private", bool, False),
        )


@dataclass(frozen=True, slots=True)
class JobSpec(Contract):
    """One job in plain values.

    inputs        name in the recipe -> pinned repository
    params        cleaned by `clean_params`
    submitted_by  username of the submitter
    hub_url       public URL of the site, for links in the card
    steps_limit   maximum number of training steps, 0 for no limit
    max_seconds   time that the person allows over all attempts, 0 for no cap of theirs
    """

    id: str
    kind: str
    recipe: str
    inputs: Mapping[str, PinnedRepo]
    output: OutputRepo | None
    params: Mapping[str, Any]
    seed: int
    submitted_by: str
    hub_url: str
    steps_limit: int = 0
    max_seconds: int = 0

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
        fields = read_object(body, "spec")
        output = fields.get("output")
        return cls(
            id=read_field(fields, "id", str),
            kind=read_field(fields, "kind", str),
            recipe=read_field(fields, "recipe", str),
            inputs={
                name: PinnedRepo.from_json(repo) for name, repo in read_field(fields, "inputs", dict).items()
            },
            output=OutputRepo.from_json(output) if output else None,
            params=read_field(fields, "params", dict),
            seed=read_field(fields, "seed", int),
            submitted_by=read_field(fields, "submitted_by", str),
            hub_url=read_field(fields, "hub_url", str),
            steps_limit=read_field(fields, "steps_limit", int, 0),
            max_seconds=read_field(fields, "max_seconds", int, 0),
        )


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
        fields = read_object(body, "hardware")
        return cls(
            device=read_field(fields, "device", str),
            name=read_field(fields, "name", str),
            cores=read_field(fields, "cores", int),
            memory_bytes=read_field(fields, "memory_bytes", int),
            devices=read_field(fields, "devices", int, 0),
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
        fields = read_object(body, "claim")
        hardware = Hardware.from_json(fields.get("hardware"))
        versions = read_strings(fields.get("versions") or {}, "versions")
        return cls(
            read_field(fields, "worker", str),
            hardware,
            versions,
            read_field(fields, "takes_untrusted", bool, False),
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
        fields = read_object(body, "claim")
        return cls(
            spec=JobSpec.from_json(fields.get("spec")),
            key=read_field(fields, "key", str),
            attempt=read_field(fields, "attempt", int),
            lease_seconds=read_field(fields, "lease_seconds", float),
            heartbeat_seconds=read_field(fields, "heartbeat_seconds", float),
            is_trusted=read_field(fields, "is_trusted", bool, False),
            seconds_left=read_field(fields, "seconds_left", float, 0.0),
        )
