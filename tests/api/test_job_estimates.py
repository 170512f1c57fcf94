"""Estimates before a job starts: by the API, on the order form, and the numbers themselves."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.registry.repos.models import Repo
from apps.toolchain.contracts import (
    FLAVORS,
    ColumnFacts,
    DatasetFacts,
    EventKind,
    ModelFacts,
    clean_params,
    estimate,
    recipe_for,
    recipes,
)
from apps.toolchain.jobs.models import Job
from apps.toolchain.jobs.presenters import job_page
from tests.job_makers import a_claim, an_event, report
from tests.pages import values_of
from tests.seed import a_dataset, a_model

HOME = "/owner/tiny-sentiment"
MODEL = ModelFacts(parameters=22_700_000, weight_bytes=91_000_000, layers=6, width=384)
DATA = DatasetFacts(columns=(ColumnFacts("text", "text", False, 250),), rows={"train": 1000, "test": 300})


def estimated(kind="fine_tune", *, flavor="cpu", model=MODEL, dataset=DATA, **params):
    recipe = recipe_for(kind, "text-classification")
    values = clean_params(recipe, params, is_json=True)
    return estimate(recipe.work(values, model, dataset), model, flavor)


def test_a_measured_fine_tune_is_within_the_range():
    """22.7 M parameters, 1,000 rows once with 64 tokens: 63 steps took 52 seconds of one core."""
    found = estimated(epochs=1.0, max_length=64, validation_split="test", evaluation_steps=63)

    assert found.steps == 63
    assert found.device_seconds_low < 52 < found.device_seconds_high


def test_more_work_takes_more_of_everything():
    small, large = estimated(epochs=1.0), estimated(epochs=4.0, batch_size=32)

    assert large.tokens > 2 * small.tokens
    assert large.memory_bytes > small.memory_bytes
    assert large.device_seconds_low > small.device_seconds_low


def test_an_adapter_takes_less_memory_and_a_gpu_less_time():
    full, lora = estimated(), estimated(method="lora")

    assert lora.memory_bytes < full.memory_bytes
    assert lora.disk_bytes < full.disk_bytes
    assert estimated(flavor="gpu").device_seconds_high < full.device_seconds_high


def test_what_the_repositories_do_not_tell_is_not_guessed():
    assert set(estimated(dataset=None).to_json().values()) == {None}
    without_model = estimated(model=ModelFacts())
    assert without_model.tokens
    assert without_model.device_seconds_high is None


def test_every_preset_is_valid_and_thorough_takes_longer_than_quick():
    for recipe in recipes():
        for preset in recipe.presets:
            clean_params(recipe, preset.values, is_json=True)

    presets = {one.name: dict(one.values) for one in recipe_for("fine_tune", "text-classification").presets}
    assert estimated(**presets["quick"]).tokens < estimated(**presets["thorough"]).tokens


@pytest.mark.parametrize(
    ("model", "params", "rate"),
    [
        (MODEL, {}, 1e-4),
        (MODEL, {"method": "lora"}, 1e-3),
        (ModelFacts(parameters=10**9), {"method": "lora"}, 2e-4),
        (ModelFacts(), {"method": "lora", "train_split": "other"}, None),
        (MODEL, {"learning_rate": 1e-5}, None),
    ],
)
def test_auto_is_resolved_as_far_as_the_sizes_are_known(model, params, rate):
    recipe = recipe_for("fine_tune", "text-classification")
    values = clean_params(recipe, params, is_json=True)

    assert recipe.resolve(values, model, DATA) == ({} if rate is None else {"learning_rate": rate})


def order(**facts) -> dict:
    repos = {
        "model": {"full_name": "owner/tiny-sentiment"},
        "dataset": {"kind": "dataset", "full_name": "owner/film-lines"},
    }
    return {"kind": "fine_tune", "recipe": "text-classification", "inputs": repos, **facts}


def post(client, person, body):
    headers = person.headers
    return client.post(
        "/api/v1/jobs/estimate", json.dumps(body), content_type="application/json", headers=headers
    )


@pytest.fixture
def repos(cast):
    a_model(cast.owner)
    a_dataset(cast.owner)


def test_the_api_estimates_for_each_device_and_submits_nothing(client, cast, repos):
    found = post(client, cast.owner, order(params={"epochs": 2})).json()
    on_gpu = post(client, cast.owner, order(device="gpu")).json()

    assert [one["device"] for one in found["estimates"]] == list(FLAVORS)
    assert found["estimates"][0]["steps"] > 0
    assert found["resolved"] == {"learning_rate": 1e-4}
    assert [one["device"] for one in on_gpu["estimates"]] == ["gpu"]
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"params": {"epochs": "many"}}, "#/params/epochs"),
        ({"recipe": "nothing"}, "#/recipe"),
        ({"inputs": {"model": {"full_name": "owner/tiny-sentiment"}}}, "#/inputs/dataset"),
        (
            {
                "inputs": {
                    "model": {"full_name": "owner/none"},
                    "dataset": {"full_name": "owner/film-lines"},
                }
            },
            "#/inputs/model/full_name",
        ),
    ],
)
def test_an_order_that_could_not_be_submitted_has_no_estimate(client, cast, repos, facts, pointer):
    answer = post(client, cast.owner, order(**facts))

    assert answer.status_code == 422
    assert pointer in {one["pointer"] for one in answer.json()["errors"]}


def test_somebody_elses_private_repository_is_not_read(client, cast, repos):
    Repo.objects.filter(kind="dataset").update(is_private=True)

    assert post(client, cast.stranger, order()).status_code == 422
    assert post(client, cast.anonymous, order()).status_code == 401


def test_the_form_shows_an_estimate_and_its_presets(client, cast, repos):
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    path = f"{HOME}/fine-tune?dataset=owner/film-lines"

    plain, thorough = (client.get(f"{path}{more}").content.decode() for more in ("", "&preset=thorough"))
    estimated = client.post(f"{HOME}/fine-tune", {**values_of(thorough), "estimate": "1"})

    assert 'data-preset="quick"' in plain
    assert (values_of(plain)["param_epochs"], values_of(thorough)["param_epochs"]) == ("3", "6")
    assert all('id="estimate"' in page for page in (plain, thorough, estimated.content.decode()))
    assert estimated.status_code == 200
    assert not Job.objects.exists()


def test_the_estimate_the_cap_and_the_sum_of_a_job_stand_side_by_side(client, cast):
    a_model(cast.owner)
    Repo.objects.update(parameters=22_700_000, config={"num_hidden_layers": 6, "hidden_size": 384})
    a_dataset(cast.owner)
    body = order(output={"full_name": "owner/tuned"}, device="cpu", max_seconds=600)
    made = client.post("/api/v1/jobs", body, content_type="application/json", headers=cast.owner.headers)
    job = Job.objects.get()
    claim = a_claim(job, cast.staff)
    Job.objects.update(claimed_at=timezone.now() - timedelta(seconds=100))
    report(claim, an_event(1, EventKind.STATE, state="failed", fault="yours", code="split_missing"))

    shown = client.get(f"{made['Location']}/usage").json()

    assert [one["device"] for one in shown["estimates"]] == ["cpu"]
    assert 0 < shown["estimates"][0]["device_seconds_low"] < shown["estimates"][0]["device_seconds_high"]
    assert (shown["max_seconds"], shown["gpu_seconds"]) == (600, 0)
    assert 199 < shown["cpu_seconds"] < 210
    assert job_page(Job.objects.get()).compute_estimate


def test_recipes_say_whether_they_can_be_estimated_and_which_presets_they_have(client, db):
    listed = {(one["kind"], one["name"]): one for one in client.get("/api/v1/recipes").json()["items"]}
    tuning = listed["fine_tune", "text-classification"]

    assert tuning["can_estimate"]
    assert [one["name"] for one in tuning["presets"]] == ["quick", "balanced", "thorough"]
    assert tuning["presets"][0]["values"]["epochs"] == 1
    assert {one["group"]["name"] for one in tuning["params"]} >= {"data", "training", "adapter"}
    assert not listed["evaluate", "word-table"]["can_estimate"]
