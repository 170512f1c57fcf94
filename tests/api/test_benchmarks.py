"""Leaderboards: models scored on a split that nobody but its owner reads."""

import pytest

from apps.core.errors import Forbidden
from apps.registry.benchmarks.errors import BenchmarkClosed, ModelNotPublic, TooManySubmissions
from apps.registry.benchmarks.models import Benchmark, Submission
from apps.registry.benchmarks.selectors import ranked_models_of
from apps.registry.benchmarks.services import set_benchmark, submit_model
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.registry.repos.errors import RepoNotFound
from apps.registry.repos.models import Repo
from apps.registry.training.services.launch import InputRepo
from apps.toolchain.contracts import EventKind
from apps.toolchain.contracts.receipts import RECEIPT_TYPE, SELF_REPORTED_TYPE
from apps.toolchain.jobs.models import Job
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.services import record_result
from tests.evidence_makers import an_accuracy
from tests.job_makers import a_claim, a_result, an_event, key_actor, report
from tests.makers import a_repo

PARAMS = {"split": "test", "text_column": "text", "label_column": "label"}


def with_a_commit(person, name, kind, **facts):
    repo = a_repo(person, name, kind=kind, **facts)
    change = AddFile("README.md", f"# {name}\n".encode())
    commit_changes(
        actor=person.actor, address=repo.address, branch="HEAD", changes=[change], message="Add a card"
    )
    repo.refresh_from_db()
    return repo


@pytest.fixture
def benchmark(cast) -> Benchmark:
    repo = with_a_commit(cast.owner, "films", "dataset")
    with_a_commit(cast.owner, "films-test", "dataset", is_private=True)
    return set_benchmark(
        actor=cast.owner.actor,
        address=repo.address,
        test_dataset="owner/films-test",
        recipe="text-classification",
        params=PARAMS,
        metric="accuracy",
        daily_limit=3,
    )


def submitted(person, benchmark, name) -> Job:
    return submit_model(actor=person.actor, address=benchmark.repo.address, model=InputRepo(name))


def scored(cast, benchmark, person, name, value) -> None:
    """Submit a model and let a worker of the site score it."""
    claim = a_claim(submitted(person, benchmark, name), cast.staff)
    report(claim, an_event(1, EventKind.STATE, state="running"))
    result = a_result(claim, scores=an_accuracy(value, 1000), samples=1000)
    record_result(actor=key_actor(claim), job_id=claim.spec.id, result=result)


def test_a_stranger_has_a_model_scored_on_data_that_they_cannot_read(cast, client, benchmark):
    with_a_commit(cast.stranger, "mine", "model")

    job = submitted(cast.stranger, benchmark, "stranger/mine")

    claim = a_claim(job, cast.staff)
    key = {"authorization": f"Bearer {claim.key}"}
    assert job.pins["dataset"].address == "owner/films-test"
    assert (job.params["keep_samples"], job.seed, job.is_open, job.is_site_only) == (False, 42, True, True)
    assert client.get("/api/datasets/owner/films-test", headers=key).status_code == 200
    client.force_login(cast.stranger.user)
    assert client.get("/api/datasets/owner/films-test").status_code == 404
    assert client.get(f"/jobs/{job.pk}").status_code == 200


def test_the_board_has_the_best_score_of_each_model_with_its_receipt(cast, client, benchmark):
    for person, name in ((cast.stranger, "mine"), (cast.owner, "better")):
        with_a_commit(person, name, "model")
    scored(cast, benchmark, cast.stranger, "stranger/mine", 0.70)
    scored(cast, benchmark, cast.stranger, "stranger/mine", 0.74)
    scored(cast, benchmark, cast.owner, "owner/better", 0.90)

    rows = client.get("/api/v1/repos/dataset/owner/films/leaderboard").json()["items"]
    page = client.get("/datasets/owner/films/leaderboard").content.decode()

    assert [
        (row["place"], row["full_name"], row["score"]["value"], row["submission_count"]) for row in rows
    ] == [
        (1, "owner/better", 0.9, 1),
        (2, "stranger/mine", 0.74, 2),
    ]
    assert page.index('data-model="owner/better"') < page.index('data-model="stranger/mine"')
    assert client.get(f"/receipts/{rows[0]['receipt_id']}").status_code == 200
    assert client.get(f"/api/v1/receipts/{rows[0]['receipt_id']}/samples").status_code == 404


def test_scores_on_other_data_or_settings_do_not_count(cast, benchmark):
    with_a_commit(cast.owner, "better", "model")
    scored(cast, benchmark, cast.owner, "owner/better", 0.90)
    assert len(ranked_models_of(benchmark)) == 1

    data = Repo.objects.get(name="films-test")
    change = AddFile("test.csv", b"text,label\na,b\n")
    commit_changes(
        actor=cast.owner.actor, address=data.address, branch="HEAD", changes=[change], message="Add rows"
    )
    facts = {"recipe": "text-classification", "params": PARAMS, "metric": "accuracy"}
    renewed = set_benchmark(
        actor=cast.owner.actor, address=benchmark.repo.address, test_dataset="owner/films-test", **facts
    )

    assert ranked_models_of(renewed) == []


def test_an_evaluation_that_was_not_submitted_does_not_count(cast, benchmark):
    model = with_a_commit(cast.owner, "better", "model")
    scored(cast, benchmark, cast.owner, "owner/better", 0.90)
    Submission.objects.all().delete()

    assert ranked_models_of(benchmark) == []
    assert model.submissions.count() == 0


def test_a_self_reported_score_does_not_count(cast, benchmark):
    with_a_commit(cast.owner, "better", "model")
    scored(cast, benchmark, cast.owner, "owner/better", 0.99)
    receipt = Receipt.objects.get()
    Receipt.objects.update(document=receipt.document.replace(RECEIPT_TYPE, SELF_REPORTED_TYPE))

    assert ranked_models_of(benchmark) == []


def test_submissions_are_limited_by_person_and_day(cast, benchmark):
    with_a_commit(cast.stranger, "mine", "model")
    for _ in range(3):
        submitted(cast.stranger, benchmark, "stranger/mine")

    with pytest.raises(TooManySubmissions):
        submitted(cast.stranger, benchmark, "stranger/mine")


@pytest.mark.parametrize("facts", [{"is_private": True}, {"gating": "manual"}])
def test_only_public_models_are_submitted(cast, benchmark, facts):
    repo = with_a_commit(cast.owner, "secret", "model")
    Repo.objects.filter(pk=repo.pk).update(**facts)

    with pytest.raises(ModelNotPublic):
        submitted(cast.owner, benchmark, "owner/secret")


def test_a_benchmark_closes_when_its_creator_loses_the_data(cast, benchmark):
    with_a_commit(cast.stranger, "mine", "model")
    Benchmark.objects.update(created_by=cast.stranger.user)

    with pytest.raises(BenchmarkClosed):
        submitted(cast.stranger, benchmark, "stranger/mine")


def test_only_an_admin_of_both_datasets_sets_a_benchmark_up(cast, benchmark):
    mine = with_a_commit(cast.stranger, "tweets", "dataset")
    facts = {"recipe": "text-classification", "params": PARAMS, "metric": "accuracy"}

    with pytest.raises(Forbidden):
        set_benchmark(actor=cast.stranger.actor, address=benchmark.repo.address, **facts)
    with pytest.raises(RepoNotFound):
        set_benchmark(
            actor=cast.stranger.actor, address=mine.address, test_dataset="owner/films-test", **facts
        )


def test_the_api_sets_changes_and_removes_a_benchmark(cast, client):
    repo = with_a_commit(cast.owner, "films", "dataset")
    path = f"/api/v1/repos/dataset/{repo.address.id}/benchmark"
    body = {"recipe": "text-classification", "params": PARAMS, "metric": "accuracy"}
    assert client.get(path).json()["code"] == "NoBenchmark"
    client.force_login(cast.owner.user)

    put = client.put(path, body, content_type="application/json")
    wrong = client.put(path, {**body, "metric": "speed"}, content_type="application/json")
    unknown = client.put(path, {**body, "params": {"colour": "red"}}, content_type="application/json")

    assert (put.status_code, put.json()["is_hidden"], put.json()["data_commit_sha"]) == (
        200,
        False,
        repo.head,
    )
    assert [one.json()["errors"][0]["pointer"] for one in (wrong, unknown)] == ["#/metric", "#/params/colour"]
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_the_pages_set_a_benchmark_up_and_submit(cast, client):
    with_a_commit(cast.owner, "films", "dataset")
    with_a_commit(cast.owner, "better", "model")
    client.force_login(cast.owner.user)
    form = {"recipe": "text-classification", "metric": "accuracy", "daily_limit": "5", **PARAMS}

    assert client.post("/datasets/owner/films/leaderboard/settings", form).status_code == 302
    assert client.post("/datasets/owner/films/leaderboard/submit", {"model": "owner/none"}).status_code == 422
    assert (
        client.post("/datasets/owner/films/leaderboard/submit", {"model": "owner/better"}).status_code == 302
    )

    page = client.get("/datasets/owner/films/leaderboard").content.decode()
    assert "data-waiting" in page
    assert client.post("/datasets/owner/films/leaderboard/settings", {"remove": "1"}).status_code == 302
    assert not Benchmark.objects.exists()
