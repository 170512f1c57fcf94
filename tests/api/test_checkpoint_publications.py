"""Publishing a checkpoint: a job of the same recipe that ends where the checkpoint is."""

import pytest

from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.selectors.files import git_of
from apps.toolchain.checkpoints.folders import CHECKPOINTS
from apps.toolchain.checkpoints.models import Checkpoint, CheckpointObject
from apps.toolchain.contracts import OutputRepo, PinnedRepo
from apps.toolchain.jobs.models import Job
from tests.job_makers import a_claim, a_running_job
from tests.makers import a_repo
from tests.seed import commit_files

from .test_job_checkpoints import CONFIG, MOMENTS, WEIGHTS, digest, stored


@pytest.fixture
def running(client, cast):
    """A job with a checkpoint, on repositories that exist."""
    model = a_repo(cast.owner, "base")
    dataset = a_repo(cast.owner, "reviews", kind=RepoKind.DATASET)
    pins = {name: pinned(cast.owner, repo) for name, repo in (("model", model), ("dataset", dataset))}
    job, claim = a_running_job(cast.owner, cast.staff, inputs=pins, params={"epochs": 2, "seed": 9})
    stored(client, job, claim.key, 10)
    return job


def pinned(person, repo) -> PinnedRepo:
    commit_files(person, repo, {"a.txt": b"a"})
    return PinnedRepo(str(repo.kind), repo.address.id, git_of(repo).resolve("HEAD"), str(repo.id))


def publish(client, job, person, name="owner/at-ten", step=10):
    return client.post(
        f"/api/v1/jobs/{job.pk}/checkpoints/{step}/publish",
        {"output": {"full_name": name}},
        content_type="application/json",
        headers=person.headers,
    )


def test_the_new_job_has_the_settings_of_the_old_one_and_the_weights_alone(client, cast, running):
    answer = publish(client, running, cast.owner)

    assert answer.status_code == 201, answer.json()
    job = Job.objects.get(pk=answer.json()["id"])
    assert (job.kind, job.recipe, job.params, job.inputs) == (
        running.kind,
        running.recipe,
        running.params,
        running.inputs,
    )
    assert job.output_repo == OutputRepo("model", "owner/at-ten", False)
    checkpoint = job.checkpoints.get()
    assert (checkpoint.step, checkpoint.is_final, checkpoint.source) == (10, True, running)
    assert [file["path"] for file in checkpoint.files] == ["config.json", "model.safetensors"]
    claim = a_claim(job, cast.staff)
    path = f"/jobs/{job.pk}/checkpoint-files/{digest(WEIGHTS)}"
    read = client.get(path, headers={"authorization": f"Bearer {claim.key}"})
    assert b"".join(read.streaming_content) == WEIGHTS


def test_the_weights_outlive_the_job_that_made_them(
    client, cast, running, django_capture_on_commit_callbacks
):
    publish(client, running, cast.owner)

    with django_capture_on_commit_callbacks(execute=True):
        Checkpoint.objects.filter(job=running).delete()
        CheckpointObject.objects.filter(job=running).delete()
        for content in (WEIGHTS, MOMENTS, CONFIG):
            CHECKPOINTS.release(digest(content))

    assert [CHECKPOINTS.exists(digest(content)) for content in (WEIGHTS, MOMENTS, CONFIG)] == [
        True,
        False,
        True,
    ]


def test_a_name_that_is_taken_is_refused_and_nothing_is_ordered(client, cast, running):
    answer = publish(client, running, cast.owner, "owner/base")

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/output/full_name"]
    assert Job.objects.count() == 1


def test_only_who_may_change_the_job_publishes(client, cast, running):
    assert publish(client, running, cast.stranger, "stranger/mine").status_code == 403
    assert publish(client, running, cast.owner, step=11).json()["code"] == "CheckpointNotFound"
    assert Address(RepoKind.MODEL, "stranger", "mine").id not in {
        job.output["address"] for job in Job.objects.all()
    }
