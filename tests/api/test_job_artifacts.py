"""Artifacts: stored with the job's key before the result, read by those who may read the job's data."""

import hashlib
import json
from dataclasses import replace

import pytest

from apps.business.usage.meters import Meter
from apps.business.usage.models import StoredTotal
from apps.business.usage.services import set_limit
from apps.toolchain.artifacts.folders import ARTIFACTS
from apps.toolchain.artifacts.models import JobArtifact
from apps.toolchain.artifacts.services import delete_namespace_artifacts
from apps.toolchain.contracts import (
    ARTIFACTS_LIMIT,
    Artifact,
    EventKind,
    ReportResult,
    Score,
    Table,
    media_type_of,
)
from apps.toolchain.jobs.models import Job
from apps.toolchain.receipts.models import Receipt
from tests.job_makers import DATASET, MODEL, a_result, a_running_job, an_event, report
from tests.makers import a_token

CONTENT = b"text,label\ngood,1\n"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def running(cast):
    """A job whose dataset is of nobody, so that no access to it is asked for."""
    inputs = {"model": MODEL, "dataset": replace(DATASET, key="")}
    return a_running_job(cast.owner, cast.staff, inputs=inputs)


def put(client, job, key, name="rows.csv", content=CONTENT, sha256=""):
    return client.put(
        f"/api/v1/jobs/{job.id}/artifacts/{name}",
        content,
        content_type="application/octet-stream",
        headers={"authorization": f"Bearer {key}", "x-checksum-sha256": sha256 or digest(content)},
    )


def send(client, job, claim, result):
    return client.post(
        f"/api/v1/jobs/{job.id}/results",
        json.dumps(result.to_json()),
        content_type="application/json",
        headers={"authorization": f"Bearer {claim.key}"},
    )


def stored(name="rows.csv", content=CONTENT):
    return Artifact(name, digest(content), len(content), media_type_of(name))


def test_a_job_stores_a_file_that_readers_list_and_download(client, running):
    job, claim = running

    answer = put(client, job, claim.key)

    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/jobs/{job.id}/artifacts/rows.csv"
    shown = client.get(f"/api/v1/jobs/{job.id}/artifacts").json()["items"]
    assert [(one["name"], one["sha256"], one["size_bytes"], one["media_type"]) for one in shown] == [
        ("rows.csv", digest(CONTENT), len(CONTENT), "text/csv")
    ]
    assert client.get(answer.headers["location"]).json() == shown[0]
    file = client.get(shown[0]["url"])
    assert (b"".join(file.streaming_content), file.headers["etag"]) == (CONTENT, f'"{digest(CONTENT)}"')
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    part = client.get(shown[0]["url"], headers={"range": "bytes=0-3"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"text")


def test_the_list_has_pages(client, running):
    job, claim = running
    for name in ("c.txt", "a.txt", "b.txt"):
        put(client, job, claim.key, name)

    first = client.get(f"/api/v1/jobs/{job.id}/artifacts?limit=2").json()
    second = client.get(f"/api/v1/jobs/{job.id}/artifacts?limit=2&cursor={first['next_cursor']}").json()

    assert [one["name"] for one in first["items"] + second["items"]] == ["a.txt", "b.txt", "c.txt"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("name", "content", "sha256", "status"),
    [
        (".hidden", CONTENT, "", 422),
        ("a%20b", CONTENT, "", 422),
        ("rows.csv", CONTENT, "0" * 64, 422),
        ("rows.csv", CONTENT, "short", 400),
    ],
)
def test_what_is_not_as_it_says_is_refused(client, running, name, content, sha256, status):
    job, claim = running

    assert put(client, job, claim.key, name, content, sha256).status_code == status
    assert not JobArtifact.objects.exists()


def test_a_file_is_not_larger_than_the_site_allows(client, running, settings):
    settings.JOB_ARTIFACT_LIMIT_BYTES = 10
    job, claim = running

    assert put(client, job, claim.key).status_code == 413


def test_another_attempt_replaces_a_file_and_its_object(client, running, django_capture_on_commit_callbacks):
    job, claim = running
    put(client, job, claim.key)

    with django_capture_on_commit_callbacks(execute=True):
        assert put(client, job, claim.key, content=b"new").status_code == 201

    assert JobArtifact.objects.get().size == 3
    assert not ARTIFACTS.exists(digest(CONTENT))
    assert ARTIFACTS.exists(digest(b"new"))


def test_a_job_keeps_a_bounded_number_of_files(client, running):
    job, claim = running
    JobArtifact.objects.bulk_create(
        JobArtifact(job=job, name=f"{number}.txt", sha256="0" * 64, size=0, media_type="text/plain")
        for number in range(ARTIFACTS_LIMIT)
    )

    assert put(client, job, claim.key).json()["code"] == "TooManyArtifacts"
    assert put(client, job, claim.key, "0.txt").status_code == 201


def test_files_count_towards_the_storage_of_the_owner(client, running):
    job, claim = running
    set_limit(job.namespace_id, Meter.STORAGE_BYTES, 2 * len(CONTENT))
    put(client, job, claim.key, "a.csv")
    put(client, job, claim.key, "b.csv")

    refused = put(client, job, claim.key, "c.csv")

    assert refused.json()["code"] == "OverQuota"
    assert StoredTotal.objects.get(namespace=job.namespace_id).size_bytes == 2 * len(CONTENT)


def test_only_the_key_of_the_running_job_stores(client, cast, running):
    job, claim = running
    _other, other_claim = a_running_job(cast.owner, cast.staff)

    assert put(client, job, other_claim.key).status_code == 403
    assert put(client, job, a_token(cast.owner.user)).status_code == 403
    report(claim, an_event(2, EventKind.STATE, state="succeeded"))
    assert put(client, job, claim.key).status_code == 401


def test_strangers_and_staff_do_not_read_the_files_of_a_private_job(client, cast):
    job, claim = a_running_job(cast.owner, cast.staff, is_public=False)
    put(client, job, claim.key)
    paths = [
        f"/api/v1/jobs/{job.id}/artifacts",
        f"/api/v1/jobs/{job.id}/artifacts/rows.csv",
        f"/api/v1/jobs/{job.id}/views",
        f"/jobs/{job.id}/artifacts/rows.csv",
    ]

    for person, status in ((cast.owner, 200), (cast.stranger, 404), (cast.staff, 404)):
        client.force_login(person.user)
        assert [client.get(path).status_code for path in paths] == [status] * 4


def test_the_owner_deletes_a_file(client, cast, running, django_capture_on_commit_callbacks):
    job, claim = running
    put(client, job, claim.key)
    token = {"authorization": f"Bearer {a_token(cast.owner.user)}"}

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.delete(f"/api/v1/jobs/{job.id}/artifacts/rows.csv", headers=token)

    assert answer.status_code == 204
    assert not ARTIFACTS.exists(digest(CONTENT))
    assert StoredTotal.objects.get(namespace=job.namespace_id).size_bytes == 0
    assert client.delete(f"/api/v1/jobs/{job.id}/artifacts/rows.csv", headers=token).status_code == 404


def test_the_files_of_a_removed_namespace_are_deleted(client, running, django_capture_on_commit_callbacks):
    job, claim = running
    put(client, job, claim.key)

    with django_capture_on_commit_callbacks(execute=True):
        delete_namespace_artifacts(job.namespace)

    assert not JobArtifact.objects.exists()
    assert not ARTIFACTS.exists(digest(CONTENT))
    assert StoredTotal.objects.get(namespace=job.namespace_id).size_bytes == 0


def test_a_report_lists_only_files_that_are_stored(client, running):
    job, claim = running
    result = ReportResult(
        attempt=claim.attempt,
        scores=(Score("rows", 3.0),),
        duration_seconds=1.0,
        views=(Table("Rows removed", ("Reason", "Rows"), (("empty", 3),)),),
        artifacts=(stored(),),
    )
    Job.objects.filter(pk=job.pk).update(recipe="word-table")

    assert send(client, job, claim, result).json()["code"] == "ArtifactMissing"
    put(client, job, claim.key)
    assert send(client, job, claim, result).status_code == 200

    views = client.get(f"/api/v1/jobs/{job.id}/views").json()["items"]
    assert views == [
        {"type": "table", "title": "Rows removed", "head": ["Reason", "Rows"], "rows": [["empty", 3]]}
    ]
    page = client.get(f"/jobs/{job.id}").content.decode()
    assert 'data-view="table"' in page
    assert f'href="/jobs/{job.id}/artifacts/rows.csv"' in page
    assert client.get(f"/api/v1/jobs/{job.id}").json()["result"]["steps"] is None


def test_a_receipt_signs_the_hashes_of_stored_files(client, cast):
    job, claim = a_running_job(cast.owner, cast.staff, kind="evaluate")
    result = a_result(claim, artifacts=(stored("log.jsonl"),))

    assert send(client, job, claim, result).json()["code"] == "ArtifactMissing"
    assert not Receipt.objects.exists()
    put(client, job, claim.key, "log.jsonl")
    assert send(client, job, claim, result).status_code == 200

    assert Receipt.objects.get().body["result"]["artifacts"] == [stored("log.jsonl").to_json()]
