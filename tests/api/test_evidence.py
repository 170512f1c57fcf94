"""What stands behind scores: samples, comparisons, repetitions, the overview of a model."""

import io
import json
import math
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.registry.repos.models import Repo
from apps.toolchain.artifacts.models import JobArtifact
from apps.toolchain.contracts import Score
from apps.toolchain.evidence.presenters import overview_rows
from apps.toolchain.evidence.selectors import Outcome, compare_receipts, scores_by_dataset
from apps.toolchain.evidence.selectors.comparing import mcnemar, newcombe
from apps.toolchain.jobs.models import Job
from tests.evidence_makers import a_pinned_repo, a_sample_log, an_accuracy, an_evaluation

N = 200
TRUTH = [row % 2 for row in range(N)]


def predictions(wrong: int, *, seed: int = 1) -> list[int]:
    """Return predictions of which so many are wrong."""
    rows = set(random.Random(seed).sample(range(N), wrong))
    return [1 - one if row in rows else one for row, one in enumerate(TRUTH)]


@pytest.fixture
def dataset(cast):
    return a_pinned_repo(cast.owner, "films", "dataset")


@pytest.fixture
def models(cast):
    return [a_pinned_repo(cast.owner, name, "model") for name in ("base", "tuned")]


def evaluated(cast, model, dataset, wrong, **facts):
    predicted = predictions(wrong)
    scores = an_accuracy(1 - wrong / N, N)
    log = a_sample_log(TRUTH, predicted, [0.5 + row / 1000 for row in range(N)])
    return an_evaluation(
        cast.owner, cast.staff, model=model, dataset=dataset, log=log, scores=scores, samples=N, **facts
    )


def test_wrong_samples_are_listed_with_the_most_confident_first(client, cast, models, dataset):
    receipt = evaluated(cast, models[0], dataset, 30)
    rows = [row for row, one in enumerate(predictions(30)) if one != TRUTH[row]]

    first = client.get(f"/api/v1/receipts/{receipt.pk}/samples?outcome=wrong&limit=20").json()
    second = client.get(
        f"/api/v1/receipts/{receipt.pk}/samples?outcome=wrong&limit=20&cursor={first['next_cursor']}"
    ).json()

    assert [one["row"] for one in (*first["items"], *second["items"])] == rows[::-1]
    assert second["next_cursor"] is None
    assert first["items"][0]["text"] == f"text {rows[-1]}"
    assert not any(one["is_right"] for one in first["items"])


def test_samples_are_found_by_class_and_text(client, cast, models, dataset):
    receipt = evaluated(cast, models[0], dataset, 30)
    path = f"/api/v1/receipts/{receipt.pk}/samples"

    of_class = client.get(f"{path}?label=negative&predicted=positive&limit=200").json()["items"]
    found = client.get(f"{path}?q=TEXT 19&sort=row&limit=200").json()["items"]

    assert {(one["label"], one["predicted"]) for one in of_class} == {("negative", "positive")}
    assert [one["row"] for one in found] == [19, *range(190, 200)]


def test_the_page_of_samples_shows_wrong_ones_and_its_filter(client, cast, models, dataset):
    receipt = evaluated(cast, models[0], dataset, 3)

    page = client.get(f"/receipts/{receipt.pk}/samples").content.decode()

    assert 'data-matching="3"' in page
    assert page.count("data-row=") == 3
    assert f"/receipts/{receipt.pk}/samples" in client.get(f"/receipts/{receipt.pk}").content.decode()
    assert (
        client.get(f"/receipts/{receipt.pk}/samples?outcome=&first=190").content.decode().count("data-row=")
        == 10
    )


@pytest.mark.parametrize("query", ["first=-1", "first=x", "outcome=maybe", "sort=none", "q=" + "x" * 300])
def test_a_filter_that_makes_no_sense_counts_as_absent(client, cast, models, dataset, query):
    receipt = evaluated(cast, models[0], dataset, 3)

    assert client.get(f"/receipts/{receipt.pk}/samples?{query}").status_code == 200


def test_samples_of_a_gated_dataset_are_for_those_who_may_read_it(client, cast, models, dataset):
    receipt = evaluated(cast, models[0], dataset, 3)
    Repo.objects.filter(pk=dataset.key).update(gating="manual")
    paths = [
        f"/api/v1/receipts/{receipt.pk}/samples",
        f"/jobs/{receipt.job_id}/artifacts/samples.parquet",
        f"/api/v1/jobs/{receipt.job_id}/artifacts/samples.parquet",
    ]

    client.force_login(cast.stranger.user)
    assert [client.get(path).status_code for path in paths] == [403, 403, 403]
    assert client.get(f"/receipts/{receipt.pk}").status_code == 200
    client.force_login(cast.owner.user)
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]


def test_a_log_other_than_the_signed_one_is_not_shown(client, cast, models, dataset):
    receipt = evaluated(cast, models[0], dataset, 3)
    JobArtifact.objects.filter(job=receipt.job_id).update(sha256="0" * 64)

    assert client.get(f"/api/v1/receipts/{receipt.pk}/samples").json()["code"] == "SamplesNotKept"


def test_a_file_that_is_no_log_is_an_answer_and_not_a_fault(client, cast, models, dataset):
    for bytes_of_it in (b"PAR1" + b"\0" * 40 + b"PAR1", b"no parquet at all"):
        receipt = an_evaluation(cast.owner, cast.staff, model=models[0], dataset=dataset, log=bytes_of_it)

        assert client.get(f"/api/v1/receipts/{receipt.pk}/samples").json()["code"] == "SamplesUnreadable"
        assert client.get(f"/receipts/{receipt.pk}/samples").status_code == 409


def test_a_better_model_is_shown_by_an_interval_above_zero(client, cast, models, dataset):
    base, tuned = evaluated(cast, models[0], dataset, 60), evaluated(cast, models[1], dataset, 10)

    found = client.get(f"/api/v1/receipts/{base.pk}/comparisons/{tuned.pk}").json()

    assert (found["outcome"], found["basis"], found["sample_count"]) == ("better", "samples", N)
    accuracy, macro_f1 = found["differences"]
    assert accuracy["value"] == pytest.approx(0.25)
    assert 0 < accuracy["low"] < 0.25 < accuracy["high"]
    assert accuracy["gained"] - accuracy["lost"] == 50
    assert accuracy["p_value"] < 1e-6
    assert (macro_f1["metric"], macro_f1["method"]) == ("macro_f1", "bootstrap")
    assert macro_f1["low"] > 0
    assert client.get(f"/api/v1/receipts/{tuned.pk}/comparisons/{base.pk}").json()["outcome"] == "worse"


def test_a_difference_that_chance_explains_is_not_shown(client, cast, models, dataset):
    base, tuned = evaluated(cast, models[0], dataset, 21), evaluated(cast, models[1], dataset, 18)

    page = client.get(f"/receipts/{base.pk}/compare/{tuned.pk}").content.decode()

    assert 'data-outcome="not_shown"' in page
    assert 'data-metric="accuracy"' in page


def test_the_page_of_a_comparison_has_samples_that_one_of_the_two_has_right(client, cast, models, dataset):
    base, tuned = evaluated(cast, models[0], dataset, 60), evaluated(cast, models[1], dataset, 10)

    page = client.get(f"/receipts/{base.pk}/compare/{tuned.pk}").content.decode()

    assert 'data-outcome="better"' in page
    assert 'data-list="gained"' in page
    assert "owner/base" in page
    assert (
        f"/receipts/{tuned.pk}/compare/{base.pk}"
        in client.get(f"/receipts/{base.pk}/compare").content.decode()
    )


def test_without_samples_the_scores_are_compared_with_care(cast, models, dataset):
    facts = {"dataset": dataset, "samples": 1000}
    base, tuned = (
        an_evaluation(cast.owner, cast.staff, model=model, scores=an_accuracy(value, 1000), **facts)
        for model, value in zip(models, (0.80, 0.86), strict=True)
    )

    found = compare_receipts(cast.owner.actor, base, tuned)

    assert (found.basis, found.outcome, found.main.method) == ("scores", Outcome.BETTER, "newcombe")
    assert found.main.low == pytest.approx(newcombe((0.80, 1000), (0.86, 1000))[0])


def test_other_data_or_another_recipe_are_not_compared(cast, models, dataset):
    other = a_pinned_repo(cast.owner, "tweets", "dataset")
    base = an_evaluation(cast.owner, cast.staff, model=models[0], dataset=dataset)
    elsewhere = an_evaluation(
        cast.owner, cast.staff, model=models[1], dataset=dataset, params={"split": "train"}, split="train"
    )

    for receipt in (
        elsewhere,
        an_evaluation(cast.owner, cast.staff, model=models[0], dataset=other, samples=7),
    ):
        found = compare_receipts(cast.owner.actor, base, receipt)
        assert (found.outcome, found.basis) == (Outcome.INCOMPARABLE, "other_data")


def test_who_may_not_read_the_samples_compares_by_the_scores(client, cast, models, dataset):
    base, tuned = evaluated(cast, models[0], dataset, 60), evaluated(cast, models[1], dataset, 10)
    Repo.objects.filter(pk=dataset.key).update(gating="manual")

    found = client.get(f"/api/v1/receipts/{base.pk}/comparisons/{tuned.pk}").json()

    assert (found["outcome"], found["basis"]) == ("better", "scores")
    assert 'data-list="gained"' not in client.get(f"/receipts/{base.pk}/compare/{tuned.pk}").content.decode()


def test_mcnemar_is_exact_and_the_normal_test_continues_it():
    assert mcnemar(0, 0) == 1
    assert mcnemar(10, 2) == pytest.approx(0.03857421875)  # R: binom.test(2, 12)
    assert mcnemar(5, 5) == 1
    assert mcnemar(540, 461) == pytest.approx(mcnemar(539, 461), rel=0.1)


def test_newcombe_agrees_with_its_paper():
    """Newcombe 1998, table II (a), method 10: 56 of 70 against 48 of 80."""
    assert newcombe((48 / 80, 80), (56 / 70, 70)) == pytest.approx((0.0524, 0.3339), abs=0.00006)


def test_a_repetition_with_the_same_predictions_is_identical(client, cast, models, dataset):
    first = evaluated(cast, models[0], dataset, 30, params={"seed": 5})
    evaluated(cast, models[0], dataset, 30, params={"seed": 5})
    evaluated(cast, models[0], dataset, 30, params={"seed": 6})

    [found] = client.get(f"/api/v1/receipts/{first.pk}/repetitions").json()["items"]

    assert (found["is_identical"], found["is_drift"], found["changes"]) == (True, False, [])


def test_drift_is_shown_with_what_else_changed(client, cast, models, dataset):
    first = evaluated(cast, models[0], dataset, 10, params={"seed": 5})
    evaluated(cast, models[0], dataset, 60, params={"seed": 5}, versions={"transformers": "5.24.0"})

    [found] = client.get(f"/api/v1/receipts/{first.pk}/repetitions").json()["items"]
    page = client.get(f"/receipts/{first.pk}/repetitions").content.decode()

    assert (found["is_identical"], found["is_drift"]) == (False, True)
    assert found["changes"] == [{"name": "versions.transformers", "before": "5.23.0", "after": "5.24.0"}]
    assert "versions.transformers" in page


def test_a_signed_in_reader_runs_an_evaluation_again(client, cast, models, dataset, monkeypatch):
    receipt = evaluated(
        cast, models[0], dataset, 10, params={"seed": 5, "split": "validation"}, split="validation"
    )
    monkeypatch.setattr(
        "apps.registry.training.services.launch.pin_repo", lambda actor, kind, wanted: pin(kind, wanted)
    )

    def pin(kind, wanted):
        repo = Repo.objects.get(name=wanted.address.partition("/")[2])
        source = models[0] if kind.value == "model" else dataset
        assert wanted.revision == source.commit
        return repo, source

    assert client.post(f"/api/v1/receipts/{receipt.pk}/run-again").status_code == 401
    client.force_login(cast.stranger.user)
    answer = client.post(f"/receipts/{receipt.pk}/run-again")

    job = Job.objects.exclude(pk=receipt.job_id).get()
    assert answer.headers["location"] == f"/jobs/{job.pk}"
    assert (job.submitted_by, job.seed, job.params["split"]) == (cast.stranger.user, 5, "validation")


def test_the_overview_shows_each_dataset_with_its_baseline(cast, models, dataset):
    other = a_pinned_repo(cast.owner, "tweets", "dataset")
    for data in (dataset, other, other):
        an_evaluation(cast.owner, cast.staff, model=models[0], dataset=data)

    rows = overview_rows(scores_by_dataset(cast.owner.actor, Repo.objects.get(name="base").pk))

    assert sorted((row.address, row.score.text, row.baseline, row.lift) for row in rows) == [
        ("owner/films", "87.0%", "52.0%", "+35.0"),
        ("owner/tweets", "87.0%", "52.0%", "+35.0"),
    ]
    assert all(row.is_above for row in rows)


def test_ratios_of_sums_are_compared_by_a_paired_bootstrap(cast, models, dataset):
    chance, logs = random.Random(3), []
    hard = [chance.uniform(2, 4) for _ in range(60)]
    for gain in (0.0, 0.4):
        table = pa.table(
            {
                "row": range(60),
                "text_sha256": [f"{row:064d}" for row in range(60)],
                "nats": [10 * (value - gain) for value in hard],
                "tokens": [10] * 60,
            }
        ).replace_schema_metadata(
            {"banyan.metrics": json.dumps({"perplexity": {"sum": "nats", "by": "tokens", "of": "exp"}})}
        )
        file = io.BytesIO()
        pq.write_table(table, file)
        logs.append(file.getvalue())
    scores = (Score("perplexity", 20.0, higher_is_better=False),)
    base, tuned = (
        an_evaluation(cast.owner, cast.staff, model=model, dataset=dataset, log=log, scores=scores)
        for model, log in zip(models, logs, strict=True)
    )

    found = compare_receipts(cast.owner.actor, base, tuned)

    assert found.outcome is Outcome.BETTER
    assert found.main.after == pytest.approx(found.main.before * math.exp(-0.4))
    assert found.main.high < 0
