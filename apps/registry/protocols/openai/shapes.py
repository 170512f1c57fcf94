"""Objects of the API as its clients read them.

source  openai-python `types/`: file_object, upload, fine_tuning_job, fine_tuning_job_event, model
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from apps.registry.fine_tuning.models import FineTune
from apps.registry.fine_tuning.selectors.events import Checkpoint, TuningEvent, name_of_checkpoint
from apps.registry.fine_tuning.selectors.state import (
    OVER,
    Status,
    TunedModel,
    error_of,
    estimated_finish,
    finished_at,
    is_paused,
    output_of,
    status_of,
    trained_tokens,
)
from apps.registry.repos.models import Repo
from apps.toolchain.files.models import File, FilePart, FileUpload

AUTO = "auto"
EVENT, CHECKPOINT = "ftevent-", "ftckpt_"
NUMBER_DIGITS = 10


def seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


def file_json(file: File) -> dict[str, Any]:
    return {
        "id": file.public_id,
        "object": "file",
        "bytes": file.size,
        "created_at": seconds(file.created_at),
        "expires_at": seconds(file.expires_at),
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "error" if file.problem else "processed",
        "status_details": file.fault or None,
    }


def upload_json(upload: FileUpload) -> dict[str, Any]:
    return {
        "id": upload.public_id,
        "object": "upload",
        "bytes": upload.size,
        "created_at": seconds(upload.created_at),
        "expires_at": seconds(upload.expires_at),
        "filename": upload.filename,
        "purpose": upload.purpose,
        "status": "expired" if upload.is_expired else upload.state,
        "file": file_json(upload.file) if upload.file else None,
    }


def part_json(part: FilePart) -> dict[str, Any]:
    return {
        "id": part.public_id,
        "object": "upload.part",
        "created_at": seconds(part.created_at),
        "upload_id": part.upload.public_id,
    }


def fine_tune_json(found: FineTune) -> dict[str, Any]:
    """Return a fine-tuning job; the fields after `integrations` are ours."""
    status, job = status_of(found), found.job
    made = output_of(job) if status == Status.SUCCEEDED else None
    hyperparameters = shown_hyperparameters(found)
    return {
        "id": found.public_id,
        "object": "fine_tuning.job",
        "created_at": seconds(found.created_at),
        "model": found.model,
        "organization_id": found.namespace.name,
        "status": status.value,
        "error": error_of(found) if status == Status.FAILED else None,
        "fine_tuned_model": found.name if made else None,
        "finished_at": seconds(finished_at(found)) if status in OVER else None,
        "estimated_finish": seconds(estimated_finish(found)),
        "training_file": found.training_file,
        "validation_file": found.validation_file or None,
        "result_files": [found.result_file.public_id] if found.result_file else [],
        "trained_tokens": trained_tokens(job) if job and status == Status.SUCCEEDED else None,
        "seed": found.seed,
        "hyperparameters": {name: hyperparameters.get(name, AUTO) for name in STANDARD},
        "method": {"type": found.method, found.method: {"hyperparameters": hyperparameters}},
        "metadata": found.metadata,
        "integrations": [],
        "user_provided_suffix": found.suffix or None,
        "paused": is_paused(found),
        "base_model": found.base,
        "base_revision": job.inputs["model"]["commit"] if job else None,
        "dataset": job.inputs["dataset"]["address"] if job else None,
        "output_repo": made.address if made else job.output["address"] if job and job.output else None,
        "output_revision": made.commit if made else None,
        "job_url": f"{settings.PUBLIC_URL}{job.get_absolute_url()}" if job else None,
    }


STANDARD = ("n_epochs", "batch_size", "learning_rate_multiplier")


def shown_hyperparameters(found: FineTune) -> dict[str, Any]:
    """Return the hyperparameters as they were asked for, those that the recipe chose filled in."""
    used = found.job.params if found.job else {}
    epochs, batch = used.get("epochs"), used.get("batch_size")
    chosen: dict[str, Any] = dict.fromkeys(STANDARD, AUTO)
    if isinstance(epochs, int | float) and float(epochs).is_integer():
        chosen["n_epochs"] = int(epochs)
    if isinstance(batch, int):
        chosen["batch_size"] = batch
    requested = {name: value for name, value in found.hyperparameters.items() if value not in (None, AUTO)}
    return {**chosen, **requested}


def event_json(found: FineTune, event: TuningEvent) -> dict[str, Any]:
    return {
        "id": item_id(EVENT, found, event.number),
        "object": "fine_tuning.job.event",
        "created_at": seconds(event.at),
        "level": event.level,
        "message": event.message,
        "type": "metrics" if event.is_metrics else "message",
        "data": event.data,
    }


def checkpoint_json(found: FineTune, checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "id": item_id(CHECKPOINT, found, checkpoint.number),
        "object": "fine_tuning.job.checkpoint",
        "created_at": seconds(checkpoint.at),
        "fine_tuning_job_id": found.public_id,
        "fine_tuned_model_checkpoint": name_of_checkpoint(found, checkpoint),
        "step_number": checkpoint.step,
        "metrics": checkpoint.metrics,
    }


def item_id(prefix: str, found: FineTune, number: int) -> str:
    """Return the id of an event or a checkpoint: that of its job with the number."""
    return f"{prefix}{found.public_id.removeprefix('ftjob-')}{number:0{NUMBER_DIGITS}d}"


def number_of_item(prefix: str, found: FineTune, item: str) -> int | None:
    """Return the number in an id, None if it is not one of this job."""
    digits = item.removeprefix(f"{prefix}{found.public_id.removeprefix('ftjob-')}")
    is_one = len(digits) == NUMBER_DIGITS and digits.isascii() and digits.isdigit()
    return int(digits) if is_one and len(digits) < len(item) else None


def tuned_model_json(
    found: FineTune, name: str, made: TunedModel | None, repo: Repo | None
) -> dict[str, Any]:
    """made, repo: what the name means, None if it is not published or gone"""
    return {
        "id": name,
        "object": "model",
        "created": seconds(found.created_at),
        "owned_by": found.namespace.name,
        "repo": repo.address.id if repo else None,
        "revision": made.commit if made and repo else None,
        "task": repo.task or None if repo else None,
        "status": status_of(found).value,
    }


def repo_model_json(repo: Repo) -> dict[str, Any]:
    return {
        "id": repo.address.id,
        "object": "model",
        "created": seconds(repo.created_at),
        "owned_by": repo.namespace.name,
        "repo": repo.address.id,
        "revision": repo.head or None,
        "task": repo.task or None,
        "status": "available",
    }
