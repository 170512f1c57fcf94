"""How a worker describes itself and asks for its next job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .canonical import canonical_json, sha256_hex
from .errors import ContractError
from .recipe import Recipe
from .recipes import recipes
from .shapes import Contract, read_field, read_object, read_strings
from .spec import Claim, Hardware

# raised when workers and sites of two versions cannot work together
PROTOCOL = 1
PROBLEMS_LIMIT, SENTENCE_LIMIT = 10, 300
RECIPES_LIMIT, IDS_LIMIT = 500, 500
FINGERPRINT_DIGITS = 16


def recipe_key(kind: str, name: str) -> str:
    return f"{kind}/{name}"


def fingerprint(recipe: Recipe) -> str:
    """Return a hash of what site and worker must agree on: inputs, params and output of a recipe."""
    params = [
        [one.name, str(one.kind), one.default, [value for value, _ in one.choices]] for one in recipe.params
    ]
    facts = {
        "inputs": [[one.name, one.kind, one.is_optional] for one in recipe.inputs],
        "params": params,
        "output": [recipe.output_kind, list(recipe.output_files)],
    }
    return sha256_hex(canonical_json(facts))[:FINGERPRINT_DIGITS]


def fingerprints() -> dict[str, str]:
    """Return the fingerprints of the recipes that are installed here, by their keys."""
    return {recipe_key(str(one.kind), one.name): fingerprint(one) for one in recipes()}


@dataclass(frozen=True, slots=True)
class WorkerHello(Contract):
    """Body of POST /api/v1/workers/hello: what a worker is.

    worker           its name, stable over restarts
    recipes          key -> fingerprint of each recipe that it has
    takes_untrusted  as in ClaimRequest
    memory_bytes     what a job may use: of its GPU, or of the machine; 0 if unknown
    """

    worker: str
    protocol: int
    hardware: Hardware
    versions: Mapping[str, str]
    recipes: Mapping[str, str]
    takes_untrusted: bool = False
    memory_bytes: int = 0

    @classmethod
    def from_json(cls, body: object) -> WorkerHello:
        fields = read_object(body, "hello")
        found = read_strings(read_field(fields, "recipes", dict), "recipes")
        if len(found) > RECIPES_LIMIT:
            raise ContractError({"recipes": f"At most {RECIPES_LIMIT}."})
        name = read_field(fields, "worker", str).strip()
        if not 0 < len(name) <= 200 or not name.isprintable():
            raise ContractError({"worker": "Must be one line of at most 200 characters."})
        return cls(
            worker=name,
            protocol=read_field(fields, "protocol", int),
            hardware=Hardware.from_json(fields.get("hardware")),
            versions=read_strings(fields.get("versions") or {}, "versions"),
            recipes=found,
            takes_untrusted=read_field(fields, "takes_untrusted", bool, False),
            memory_bytes=_size(fields, "memory_bytes"),
        )


@dataclass(frozen=True, slots=True)
class WorkerTerms(Contract):
    """Response to a hello.

    id             by which the worker asks for jobs
    poll_seconds   how often to ask while it has no work and nobody wakes it
    """

    id: str
    poll_seconds: float

    @classmethod
    def from_json(cls, body: object) -> WorkerTerms:
        fields = read_object(body, "terms")
        return cls(read_field(fields, "id", str), read_field(fields, "poll_seconds", float))


@dataclass(frozen=True, slots=True)
class NextRequest(Contract):
    """Body of POST /api/v1/workers/{id}/next: how a worker is now.

    problems        what its self-check has found; with any it gets no job
    disk_bytes      what a job may use on its disk; 0 if unknown
    held_jobs       ids of jobs whose checkpoints it has
    cached_commits  commits whose files it has downloaded lately
    """

    problems: tuple[str, ...] = ()
    disk_bytes: int = 0
    held_jobs: tuple[str, ...] = ()
    cached_commits: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, body: object) -> NextRequest:
        fields = read_object(body, "next")
        problems = _texts(fields, "problems", PROBLEMS_LIMIT, SENTENCE_LIMIT)
        return cls(
            tuple(problems),
            _size(fields, "disk_bytes"),
            tuple(_texts(fields, "held_jobs", IDS_LIMIT, 64)),
            tuple(_texts(fields, "cached_commits", IDS_LIMIT, 64)),
        )


@dataclass(frozen=True, slots=True)
class NextJob(Contract):
    """Response to a request for a job.

    claim   None if there is none that the worker can run
    state   ready, resting, draining or quarantined
    reason  why it gets none, in a sentence; "" if there is none
    """

    claim: Claim | None
    state: str
    reason: str = ""

    @classmethod
    def from_json(cls, body: object) -> NextJob:
        fields = read_object(body, "answer")
        claim: Any = fields.get("claim")
        return cls(
            Claim.from_json(claim) if claim else None,
            read_field(fields, "state", str),
            read_field(fields, "reason", str, ""),
        )


def _size(fields: Mapping[str, Any], name: str) -> int:
    value: int = read_field(fields, name, int, 0)
    if not 0 <= value < 2**62:
        raise ContractError({name: "Must be 0 or more."})
    return value


def _texts(fields: Mapping[str, Any], name: str, count: int, length: int) -> list[str]:
    values: list[Any] = read_field(fields, name, list, [])
    if len(values) > count or not all(isinstance(one, str) and len(one) <= length for one in values):
        raise ContractError({name: f"At most {count} texts of at most {length} characters."})
    return values
