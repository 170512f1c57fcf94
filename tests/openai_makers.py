"""Rows, files and finished fine-tunes for the tests of the OpenAI API."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

from apps.registry.contents.services.commit import commit_changes
from apps.registry.contents.services.create import create_repo_with_files
from apps.registry.fine_tuning.models import FineTune, Method
from apps.registry.fine_tuning.services import FineTuneOrder, order_fine_tune
from apps.registry.gitstore import AddFile
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.services.create import create_repo
from apps.toolchain.contracts import Claim, EventKind, TrainingResult
from apps.toolchain.files.models import File, FileUpload, Purpose
from apps.toolchain.files.services import NewFile, begin_upload, store_file
from apps.toolchain.jobs.models import Job
from apps.toolchain.results.services import record_report
from apps.users.accounts.models import Namespace
from tests.job_makers import a_claim, an_event, key_actor, report
from tests.makers import Cast, Person

LABELS = ("good", "bad")


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def class_rows(count: int = 12) -> list[dict[str, Any]]:
    return [
        {"text": f"a {LABELS[place % 2]} film {place}", "label": LABELS[place % 2]} for place in range(count)
    ]


def chat_rows(count: int = 12) -> list[dict[str, Any]]:
    return [
        {
            "messages": [
                {"role": "user", "content": f"What is {place} + 1?"},
                {"role": "assistant", "content": str(place + 1)},
            ]
        }
        for place in range(count)
    ]


def preference_rows(count: int = 12) -> list[dict[str, Any]]:
    return [
        {
            "input": {"messages": [{"role": "user", "content": f"What is {place} + 1?"}]},
            "preferred_output": [{"role": "assistant", "content": str(place + 1)}],
            "non_preferred_output": [{"role": "assistant", "content": "Who knows?"}],
        }
        for place in range(count)
    ]


def a_file(person: Person, data: bytes | None = None, *, namespace: str = "", **facts: Any) -> File:
    """Store a file of rows as a person."""
    data = jsonl(class_rows()) if data is None else data
    owner = Namespace.objects.get(key=namespace or person.name)
    return store_file(
        actor=person.actor,
        namespace=owner,
        new=NewFile(facts.pop("filename", "rows.jsonl"), facts.pop("purpose", Purpose.FINE_TUNE), **facts),
        file=io.BytesIO(data),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def an_upload(person: Person, *, namespace: str = "") -> FileUpload:
    """Begin an upload in parts as a person."""
    owner = Namespace.objects.get(key=namespace or person.name)
    new = NewFile("rows.jsonl", Purpose.FINE_TUNE)
    return begin_upload(actor=person.actor, namespace=owner, new=new, size=4, limit_bytes=1000)


def a_fine_tune(
    person: Person, file: File, *, base: str = "owner/base", namespace: str = "", **facts: Any
) -> FineTune:
    """Order a fine-tune as a person."""
    order = FineTuneOrder(
        model=base, training_file=file.public_id, method=Method.SUPERVISED, **{"suffix": "films", **facts}
    )
    owner = Namespace.objects.get(key=namespace or person.name)
    return order_fine_tune(actor=person.actor, namespace=owner, order=order)


HEADER = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
WEIGHTS = AddFile("model.safetensors", len(HEADER).to_bytes(8, "little") + HEADER + b"\0\0\0\0")
MODEL_FILES = [AddFile("config.json", b'{"model_type": "bert"}'), WEIGHTS]
WRITER = b'{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}'


def a_base(owner: Person, name: str = "base", *, namespace: str = "") -> Repo:
    """Create a model with weights."""
    address = Address(RepoKind.MODEL, namespace or owner.name, name)
    return create_repo_with_files(actor=owner.actor, address=address, files=MODEL_FILES).repo


def a_writer(owner: Person, name: str = "writer") -> Repo:
    """Create a language model with weights."""
    address = Address(RepoKind.MODEL, owner.name, name)
    files = [AddFile("config.json", WRITER), WEIGHTS]
    return create_repo_with_files(actor=owner.actor, address=address, files=files).repo


def start(job: Job, cast: Cast) -> Claim:
    """Claim and start a job, with some steps, as a worker would."""
    claim = a_claim(job, cast.staff)
    report(
        claim,
        an_event(1, EventKind.STATE, state="running"),
        an_event(2, EventKind.PROGRESS, step=10, total=20, phase="training"),
        *(
            an_event(2 + step, EventKind.METRIC, step=step, values={"loss": 2.0 - step / 10})
            for step in range(1, 11)
        ),
        an_event(13, EventKind.METRIC, step=10, values={"validation_loss": 0.9}),
        an_event(14, EventKind.CHECKPOINT, step=5),
        an_event(15, EventKind.CHECKPOINT, step=10),
    )
    return claim


def finish(job: Job, claim: Claim, *, after: int = 15) -> str:
    """Publish a model and end the job, as a worker would; return the commit.

    after  number of the last event
    """
    actor, made = key_actor(claim), job.output_repo
    address = Address.of_kind(RepoKind.MODEL, made.address)
    create_repo(actor=actor, address=address, is_private=made.is_private)
    commit = commit_changes(
        actor=actor, address=address, branch="main", changes=MODEL_FILES, message="Publish"
    ).sha
    result = TrainingResult(attempt=claim.attempt, scores=(), steps=20, best_step=10, duration_seconds=3.0)
    record_report(actor=actor, job_id=job.pk, result=result)
    report(
        claim,
        an_event(after + 1, EventKind.OUTPUT, kind="model", address=made.address, commit=commit),
        an_event(after + 2, EventKind.STATE, state="succeeded"),
    )
    return commit
