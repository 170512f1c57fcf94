"""Checkpoints: stored with the job's key, resumed by any worker, published as models of their own."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.business.usage.meters import Meter
from apps.business.usage.models import StoredTotal
from apps.business.usage.services import set_limit
from apps.toolchain.checkpoints.folders import CHECKPOINTS
from apps.toolchain.checkpoints.models import Checkpoint, CheckpointObject
from apps.toolchain.checkpoints.services import (
    KEPT,
    delete_namespace_checkpoints,
    record_checkpoint,
    sweep_checkpoints,
)
from apps.toolchain.contracts import CheckpointFile, EventKind, StoredCheckpoint
from apps.toolchain.jobs.models import Job
from tests.job_makers import a_claim, a_running_job, an_event, key_actor, report
from tests.makers import a_token

WEIGHTS, MOMENTS, CONFIG = b"weights", b"moments", b"{}"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def running(cast):
    return a_running_job(cast.owner, cast.staff)


def put(client, job, key, content, sha256=""):
    return client.put(
        f"/api/v1/jobs/{job.id}/checkpoint-files/{sha256 or digest(content)}",
        content,
        content_type="application/octet-stream",
        headers={"authorization": f"Bearer {key}"},
    )


def manifest(step: int, attempt: int = 1, **files: bytes) -> dict:
    paths = {"model": "model.safetensors", "optimizer": "optimizer.pt", "config": "config.json"}
    listed = [
        {"path": paths.get(name, name), "sha256": digest(content), "size_bytes": len(content)}
        for name, content in files.items()
    ]
    return {"attempt": attempt, "step": step, "files": listed}


def record(client, job, key, body):
    return client.post(
        f"/api/v1/jobs/{job.id}/checkpoints",
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Bearer {key}"},
    )


def stored(client, job, key, step: int, *, weights: bytes = WEIGHTS, attempt: int = 1):
    for content in (weights, MOMENTS, CONFIG):
        assert put(client, job, key, content).status_code == 201
    body = manifest(step, attempt, model=weights, optimizer=MOMENTS, config=CONFIG)
    assert record(client, job, key, body).status_code == 201


def test_the_site_says_what_it_lacks_and_keeps_the_checkpoint_once_it_is_there(client, running):
    job, claim = running
    body = manifest(10, model=WEIGHTS, optimizer=MOMENTS)
    put(client, job, claim.key, WEIGHTS)

    refused = record(client, job, claim.key, body)
    put(client, job, claim.key, MOMENTS)
    answer = record(client, job, claim.key, body)

    assert (refused.status_code, refused.json()["code"]) == (409, "CheckpointFilesMissing")
    assert refused.json()["missing"] == [digest(MOMENTS)]
    assert answer.headers["location"] == f"/api/v1/jobs/{job.id}/checkpoints/10"
    shown = client.get(answer.headers["location"]).json()
    assert [file["path"] for file in shown["files"]] == ["model.safetensors", "optimizer.pt"]
    assert (shown["size_bytes"], shown["is_resumable"], shown["expires_at"]) == (14, True, None)


def test_only_the_jobs_key_reads_the_bytes(client, running, cast):
    job, claim = running
    stored(client, job, claim.key, 10)
    path = f"/jobs/{job.id}/checkpoint-files/{digest(MOMENTS)}"
    other, other_claim = a_running_job(
        cast.owner, cast.staff, params={"seed": 2}, output=None, kind="evaluate"
    )

    answer = client.get(path, headers={"authorization": f"Bearer {claim.key}"})

    assert b"".join(answer.streaming_content) == MOMENTS
    assert client.get(path).headers["location"].startswith("/login?")
    assert client.get(path, headers=cast.owner.headers).status_code == 403
    assert client.get(path, headers={"authorization": f"Bearer {other_claim.key}"}).status_code == 403
    assert other.pk != job.pk


def test_a_hash_does_not_open_what_another_job_has_stored(client, running, cast):
    job, claim = running
    stored(client, job, claim.key, 10)
    other, other_claim = a_running_job(
        cast.owner, cast.staff, params={"seed": 2}, output=None, kind="evaluate"
    )

    refused = record(client, other, other_claim.key, manifest(10, model=WEIGHTS))
    read = client.get(
        f"/api/v1/jobs/{other.id}/checkpoint-files/{digest(WEIGHTS)}",
        headers={"authorization": f"Bearer {other_claim.key}"},
    )

    assert refused.json()["missing"] == [digest(WEIGHTS)]
    assert read.status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"path": "../model.safetensors"},
        {"path": "/etc/passwd"},
        {"path": "a/b/c"},
        {"path": ".hidden"},
        {"sha256": "x" * 64},
        {"size_bytes": -1},
    ],
)
def test_a_file_that_is_none_is_refused(client, running, change):
    job, claim = running
    put(client, job, claim.key, WEIGHTS)
    body = manifest(10, model=WEIGHTS)
    body["files"][0] |= change

    assert record(client, job, claim.key, body).status_code == 422
    assert not Checkpoint.objects.exists()


def test_bytes_that_are_others_than_they_say_are_not_kept(client, running, settings):
    job, claim = running

    assert put(client, job, claim.key, WEIGHTS, digest(MOMENTS)).status_code == 422
    assert put(client, job, claim.key, WEIGHTS, "short").status_code == 422
    settings.JOB_CHECKPOINT_LIMIT_BYTES = 3
    assert put(client, job, claim.key, WEIGHTS).status_code == 413
    assert not CheckpointObject.objects.exists()


def test_older_checkpoints_keep_their_weights_alone_and_only_so_many(
    client, running, django_capture_on_commit_callbacks
):
    job, claim = running
    with django_capture_on_commit_callbacks(execute=True):
        for step in range(1, KEPT + 3):
            stored(client, job, claim.key, step, weights=str(step).encode())

    rows = {row.step: row for row in job.checkpoints.all()}
    assert sorted(rows) == list(range(3, KEPT + 3))
    assert [step for step, row in rows.items() if row.is_resumable] == [KEPT + 2]
    assert [file["path"] for file in rows[3].files] == ["config.json", "model.safetensors"]
    assert not CHECKPOINTS.exists(digest(b"1"))
    assert CHECKPOINTS.exists(digest(b"3"))
    assert StoredTotal.objects.get(pk=job.namespace_id).size_bytes == sum(
        row.size for row in job.checkpoint_objects.all()
    )


def test_checkpoints_count_towards_the_storage_of_the_owner(client, running):
    job, claim = running
    set_limit(job.namespace_id, Meter.STORAGE_BYTES, 3)

    answer = put(client, job, claim.key, WEIGHTS)

    assert (answer.status_code, answer.json()["code"]) == (403, "OverQuota")


def test_an_attempt_that_has_ended_stores_nothing(client, running, cast):
    job, claim = running
    stored(client, job, claim.key, 10)
    body = StoredCheckpoint.from_json(manifest(20, attempt=7, model=WEIGHTS))

    with pytest.raises(Exception, match="ended"):
        record_checkpoint(actor=key_actor(claim), job_id=job.id, checkpoint=body)
    report(claim, an_event(2, EventKind.STATE, state="failed", fault="yours", code="column_missing"))

    assert put(client, job, claim.key, WEIGHTS).status_code == 401


def test_another_worker_gets_what_the_first_one_stored(client, running, cast):
    job, claim = running
    stored(client, job, claim.key, 10)
    report(
        claim,
        an_event(2, EventKind.CHECKPOINT, step=10),
        an_event(3, EventKind.STATE, state="failed", fault="ours", code="worker_stopped"),
    )
    job.refresh_from_db()

    again = a_claim(job, cast.staff, "another worker")

    headers = {"authorization": f"Bearer {again.key}"}
    listed = client.get(f"/api/v1/jobs/{job.id}/checkpoints", headers=headers).json()["items"]
    assert [(one["step"], one["attempt"], one["is_resumable"]) for one in listed] == [(10, 1, True)]
    path = f"/jobs/{job.id}/checkpoint-files/{digest(MOMENTS)}"
    assert b"".join(client.get(path, headers=headers).streaming_content) == MOMENTS


def test_what_a_job_resumes_from_goes_with_its_success_and_the_rest_a_week_later(
    client, running, settings, django_capture_on_commit_callbacks
):
    job, claim = running
    stored(client, job, claim.key, 10)
    report(claim, an_event(2, EventKind.STATE, state="succeeded"))

    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_checkpoints() == 1
    row = job.checkpoints.get()
    assert (row.is_resumable, [file["path"] for file in row.files]) == (
        False,
        ["config.json", "model.safetensors"],
    )
    assert not CHECKPOINTS.exists(digest(MOMENTS))
    assert client.get(f"/api/v1/jobs/{job.id}/checkpoints").json()["items"][0]["expires_at"]
    assert sweep_checkpoints() == 0

    Job.objects.filter(pk=job.pk).update(
        finished_at=timezone.now() - timedelta(days=settings.JOB_CHECKPOINT_DAYS, minutes=1)
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_checkpoints() == 1
    assert not job.checkpoints.exists()
    assert not CHECKPOINTS.exists(digest(WEIGHTS))
    assert StoredTotal.objects.get(pk=job.namespace_id).size_bytes == 0


def test_checkpoints_of_a_removed_namespace_go(client, running, django_capture_on_commit_callbacks):
    job, claim = running
    stored(client, job, claim.key, 10)

    with django_capture_on_commit_callbacks(execute=True):
        delete_namespace_checkpoints(job.namespace)

    assert not CheckpointObject.objects.exists()
    assert not CHECKPOINTS.exists(digest(WEIGHTS))


def test_a_manifest_survives_its_way_over_the_wire():
    files = (CheckpointFile("a/b.json", "0" * 64, 3), CheckpointFile("c", "1" * 64, 0))
    checkpoint = StoredCheckpoint(2, 40, files, is_resumable=False, is_final=True)

    assert StoredCheckpoint.from_json(json.loads(json.dumps(checkpoint.to_json()))) == checkpoint


def test_a_reader_of_a_private_job_alone_sees_its_checkpoints(client, cast):
    job, claim = a_running_job(cast.owner, cast.staff, is_public=False)
    stored(client, job, claim.key, 10)
    path = f"/api/v1/jobs/{job.id}/checkpoints"

    statuses = [
        client.get(one, headers=person.headers).status_code
        for one in (path, f"{path}/10")
        for person in (cast.owner, cast.stranger)
    ]

    assert statuses == [200, 404, 200, 404]
    assert client.get(f"{path}/11", headers=cast.owner.headers).json()["code"] == "CheckpointNotFound"
    assert (
        client.get(path, headers={"authorization": f"Bearer {a_token(cast.owner.user)}"}).status_code == 200
    )
