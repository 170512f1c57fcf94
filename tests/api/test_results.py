"""Results of jobs: recorded with the job's key, shown with baselines and notes, and once for each job."""

import json

import pytest
from django.apps import apps as installed
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.toolchain.contracts import IntervalMethod, Note, NoteCode, Score, TrainingResult
from apps.toolchain.jobs.errors import StaleAttempt
from apps.toolchain.receipts.services import record_result
from apps.toolchain.results.models import JobResult, JobScore
from apps.toolchain.results.services import record_report
from tests.job_makers import a_claim, a_result, a_running_job, end_backoff, expire_lease, key_actor


def a_training_result(claim, **facts) -> TrainingResult:
    score = Score(
        "accuracy", 0.9, 0.85, 0.93, split="test", n=200, method=IntervalMethod.WILSON, unit="fraction"
    )
    defaults = {
        "attempt": claim.attempt,
        "scores": (score, Score("held_out_loss", 0.3, split="test", n=200, higher_is_better=False)),
        "baselines": (Score("accuracy", 0.52, split="test"),),
        "steps": 300,
        "best_step": 240,
        "duration_seconds": 12.5,
        "resolved": {"learning_rate": 1e-4},
        "notes": (Note(NoteCode.TRUNCATED, {"count": 3, "total": 200, "tokens": 64}),),
    }
    return TrainingResult(**{**defaults, **facts})


@pytest.fixture
def running(cast):
    return a_running_job(cast.owner, cast.staff)


def send(client, job, claim, body):
    return client.post(
        f"/api/v1/jobs/{job.id}/results",
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Bearer {claim.key}"},
    )


def test_a_fine_tune_reports_its_result_which_the_api_and_the_page_show(client, running):
    job, claim = running

    answer = send(client, job, claim, a_training_result(claim).to_json())

    assert (answer.status_code, answer.json()) == (200, {"receipt": None})
    shown = client.get(f"/api/v1/jobs/{job.id}").json()["result"]
    assert (shown["steps"], shown["best_step"], shown["resolved"]) == (300, 240, {"learning_rate": 1e-4})
    assert shown["scores"][0] == {
        "name": "accuracy",
        "split": "test",
        "value": 0.9,
        "low": 0.85,
        "high": 0.93,
        "n": 200,
        "method": "wilson",
        "unit": "fraction",
        "higher_is_better": None,
    }
    assert shown["baselines"][0]["value"] == 0.52
    assert (shown["notes"][0]["code"], shown["notes"][0]["values"]["count"]) == ("truncated", 3)
    page = client.get(f"/jobs/{job.id}").content.decode()
    assert 'data-result-split="test"' in page
    assert "data-note" in page


@pytest.mark.parametrize(
    "facts",
    [
        {"scores": [{"name": "accuracy"}]},
        {"scores": [{"name": "accuracy", "value": 0.9, "method": "guess"}]},
        {"notes": [{"code": "surprise"}]},
        {"notes": [{"code": "truncated", "values": {}}]},
        {"resolved": {"learning_rate": [1]}},
        {"steps": "many"},
    ],
)
def test_a_result_that_is_none_is_refused(client, running, facts):
    job, claim = running

    answer = send(client, job, claim, {**a_training_result(claim).to_json(), **facts})

    assert answer.status_code == 422
    assert not JobResult.objects.exists()


def test_the_result_of_a_later_attempt_replaces_it_and_that_of_an_earlier_one_is_refused(cast, running):
    job, first = running
    record_report(actor=key_actor(first), job_id=job.pk, result=a_training_result(first))
    expire_lease(job)
    second = a_claim(end_backoff(job), cast.staff, "worker-2")
    better = (Score("accuracy", 0.95, split="test"),)

    record_report(actor=key_actor(second), job_id=job.pk, result=a_training_result(second, scores=better))
    with pytest.raises(StaleAttempt):
        record_report(actor=key_actor(second), job_id=job.pk, result=a_training_result(first))

    assert [(score.name, score.value) for score in JobScore.objects.all()] == [("accuracy", 0.95)]


def test_an_evaluation_has_a_receipt_and_a_result(client, cast):
    job, claim = a_running_job(cast.owner, cast.staff, kind="evaluate")

    record_result(actor=key_actor(claim), job_id=job.pk, result=a_result(claim))

    shown = client.get(f"/api/v1/jobs/{job.id}").json()
    assert shown["receipt_id"]
    assert [score["value"] for score in shown["result"]["scores"]] == [0.87, 0.86, 0.94]
    assert shown["result"]["baselines"][0] | {"value": 0.52} == shown["result"]["baselines"][0]
    assert set(JobScore.objects.values_list("name", "split")) == {
        (name, "test") for name in ("accuracy", "macro_f1", "roc_auc")
    }


def test_receipts_from_before_give_their_jobs_a_result(cast):
    job, claim = a_running_job(cast.owner, cast.staff, kind="evaluate")
    record_result(actor=key_actor(claim), job_id=job.pk, result=a_result(claim))
    before = JobResult.objects.get().document
    JobResult.objects.all().delete()
    migration = MigrationExecutor(connection).loader.get_migration("receipts", "0003_store_results")

    migration.operations[0].code(installed, None)

    assert JobResult.objects.get().document == before
    assert JobScore.objects.count() == 3


def scored(cast, value: float, **facts):
    job, claim = a_running_job(cast.owner, cast.staff)
    scores = (Score("accuracy", value, split="test"), Score("held_out_loss", 1 - value, split="test"))
    record_report(actor=key_actor(claim), job_id=job.pk, result=a_training_result(claim, scores=scores))
    return str(job.pk)


def test_jobs_are_listed_by_a_score_and_those_without_it_come_last(client, cast):
    middle, without, best, worst = (
        scored(cast, 0.7),
        str(a_running_job(cast.owner, cast.staff)[0].pk),
        scored(cast, 0.9),
        scored(cast, 0.5),
    )

    def listed(query: str) -> list[str]:
        found, cursor = [], ""
        while cursor is not None:
            more = f"&cursor={cursor}" if cursor else ""
            page = client.get(f"/api/v1/jobs?limit=2&{query}{more}").json()
            found, cursor = [*found, *(job["id"] for job in page["items"])], page["next_cursor"]
        return found

    assert listed("sort=score") == [best, middle, worst, without]
    assert listed("sort=score&direction=asc") == [worst, middle, best, without]
    assert listed("sort=score&metric=held_out_loss&direction=asc") == [best, middle, worst, without]
    assert listed("sort=created_at&direction=asc") == [middle, without, best, worst]
    assert client.get("/api/v1/jobs?metric=accuracy").status_code == 400
    assert client.get("/api/v1/jobs?sort=luck").status_code == 400


def test_the_list_of_jobs_shows_a_score_of_each(client, cast):
    scored(cast, 0.9)

    assert "90.0" in client.get("/jobs").content.decode()
