"""A second recipe: two files in a folder of its own give forms, API, runs, charts, cards and receipts."""

import csv
import json
import subprocess
import sys

import pytest

from apps.registry.repos.models import Repo
from apps.toolchain.contracts import recipe_for, recipes
from apps.toolchain.jobs.models import Job, Lineage
from apps.toolchain.receipts.models import Receipt
from apps.users.accounts.models import TokenRole
from tests.api.problems import pointers
from tests.conftest import ROOT
from tests.makers import a_repo, a_token
from tests.pages import data_of, form_errors, values_of
from tests.seed import a_dataset, a_model, commit_files

from .ml_worker import MlWorker, publish, wait_for
from .samples import write_csv

BACKEND = "django.contrib.auth.backends.ModelBackend"
LINES = [("the lovely film", "x"), ("the dreadful film", "y"), ("qwertyuiop the film", "x")]
FETCH = (
    "import sys; from huggingface_hub import snapshot_download;"
    " print(snapshot_download(sys.argv[1], repo_type='dataset'))"
)


@pytest.fixture
def as_owner(client, cast):
    client.force_login(cast.owner.user, backend=BACKEND)
    return client


def test_no_product_file_names_the_recipe():
    product = ["apps", "ecosystem", "workers", "templates", "static", "docs", "pyproject.toml"]
    found = subprocess.run(
        ["git", "grep", "-il", "word.table", "--", *product], cwd=ROOT, capture_output=True
    )

    assert found.stdout == b""


def test_the_api_lists_it_with_its_params_and_metrics(client, db):
    listed = {(one["kind"], one["name"]): one for one in client.get("/api/v1/recipes").json()["items"]}

    assert [
        (one["name"], one["kind"], one["is_optional"]) for one in listed["fine_tune", "word-table"]["inputs"]
    ] == [("dataset", "dataset", False), ("known", "dataset", True)]
    assert "min_count" in [one["name"] for one in listed["fine_tune", "word-table"]["params"]]
    assert listed["evaluate", "word-table"]["metrics"][0] == {
        "name": "coverage",
        "label": "Coverage",
        "unit": "fraction",
        "higher_is_better": True,
    }
    assert len(listed) == len(recipes())


def test_the_page_of_a_model_lists_the_recipes_and_why_one_does_not_fit(as_owner, cast):
    a_model(cast.owner)
    a_dataset(cast.owner)

    page = as_owner.get("/owner/tiny-sentiment/evaluate")

    assert data_of(page.content.decode(), "recipe") == [
        "text-classification",
        "text-generation",
        "word-table",
    ]
    assert [bool(offer.reason) for offer in page.context["offers"]] == [False, True, True]
    assert page.context["recipe"].name == "text-classification"
    unfit = as_owner.get("/owner/tiny-sentiment/evaluate?dataset=owner/film-lines&recipe=word-table")
    assert data_of(unfit.content.decode(), "unfit") == ["word-table"]


def test_a_model_without_weights_and_one_for_images_do_not_fit(as_owner, cast):
    empty = a_repo(cast.owner, "empty")
    commit_files(cast.owner, empty, {"README.md": "---\npipeline_tag: fill-mask\n---\n"})
    images = a_repo(cast.owner, "images")
    commit_files(cast.owner, images, {"README.md": "---\npipeline_tag: image-classification\n---\n"})

    reasons = [
        {
            one.recipe.name: bool(one.reason)
            for one in as_owner.get(f"/owner/{name}/fine-tune").context["offers"]
        }
        for name in ("empty", "images")
    ]

    recipes = ("causal-lm", "chat-sft", "preference", "text-classification")
    assert reasons == [dict.fromkeys(recipes, True)] * 2


def test_it_is_ordered_from_the_page_of_a_dataset_alone(as_owner, cast):
    dataset = a_dataset(cast.owner)
    page = "/datasets/owner/film-lines/fine-tune"
    values = values_of(as_owner.get(page).content.decode())

    wrong = as_owner.post(page, {**values, "param_min_count": "0"})
    right = as_owner.post(page, {**values, "name": "words", "param_min_count": "2"})

    assert list(form_errors(wrong)) == ["param_min_count"]
    job = Job.objects.get()
    assert right["Location"] == job.get_absolute_url()
    assert (job.recipe, job.pins["dataset"].commit) == ("word-table", dataset.head)
    assert (job.output_repo.kind, job.output_repo.address) == ("dataset", "owner/words")
    assert {name: job.params[name] for name in ("text_column", "train_split", "min_count")} == {
        "text_column": "text",
        "train_split": "train",
        "min_count": 2,
    }
    assert as_owner.get("/datasets/owner/film-lines/evaluate").status_code == 404


def test_a_second_dataset_is_optional_and_opened_if_it_is_named(as_owner, cast):
    a_dataset(cast.owner)
    known = a_dataset(cast.owner, "known-words")
    page = "/datasets/owner/film-lines/fine-tune"
    values = {**values_of(as_owner.get(page).content.decode()), "name": "words"}

    absent = as_owner.post(page, {**values, "known": "owner/absent"})
    given = as_owner.post(page, {**values, "known": "owner/known-words", "known_revision": "main"})

    assert (absent.status_code, list(absent.context["form"].errors)) == (422, ["known"])
    assert given.status_code == 302
    assert {name: pin.commit for name, pin in Job.objects.get().pins.items()}["known"] == known.head


def test_a_kind_of_its_own_takes_two_models_and_a_dataset_or_words(as_owner, cast):
    a_model(cast.owner)
    a_model(cast.owner, "other-sentiment")
    page = "/owner/tiny-sentiment/compare-words"

    requested = as_owner.get(page)
    assert [one["input"].name for one in requested.context["choices"]] == ["other_model"]
    chosen = as_owner.get(f"{page}?other_model=owner/other-sentiment")
    assert [label for label, _fields in chosen.context["form"].main_groups] == ["Words"]
    values = values_of(chosen.content.decode())
    empty = as_owner.post(page, values)
    filled = as_owner.post(page, {**values, "param_words": "lovely\ndreadful"})

    assert list(form_errors(empty)) == ["param_words"]
    job = Job.objects.get()
    assert filled["Location"] == job.get_absolute_url()
    assert (job.kind, list(job.inputs), job.params["words"]) == (
        "compare_words",
        ["model", "other_model"],
        "lovely\ndreadful",
    )
    assert job.kind_label == "Comparison of words"
    listed = as_owner.get("/jobs?kind=compare_words")
    assert [row["job"].pk for row in listed.context["rows"]] == [job.pk]
    assert "compare-words" in as_owner.get("/owner/tiny-sentiment").content.decode()


def test_an_order_by_the_api_may_leave_an_optional_input_out(client, cast):
    a_model(cast.owner)
    order = {
        "kind": "compare_words",
        "recipe": "word-table",
        "inputs": {name: {"full_name": "owner/tiny-sentiment"} for name in ("model", "other_model")},
        "params": {},
    }
    post = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {cast.owner.token}"}}

    refused = client.post("/api/v1/jobs", order, **post)
    accepted = client.post("/api/v1/jobs", {**order, "params": {"words": "lovely"}}, **post)

    assert (refused.status_code, pointers(refused)) == (422, ["#/params/words"])
    assert (accepted.status_code, accepted.json()["kind"]) == (201, "compare_words")


def test_the_api_validates_its_params(client, cast):
    a_dataset(cast.owner)
    order = {
        "kind": "fine_tune",
        "recipe": "word-table",
        "inputs": {"dataset": {"full_name": "owner/film-lines"}},
        "output": {"full_name": "owner/words"},
        "params": {"min_count": 0, "epochs": 3},
    }

    answer = client.post(
        "/api/v1/jobs",
        order,
        content_type="application/json",
        headers={"Authorization": f"Bearer {cast.owner.token}"},
    )

    assert answer.status_code == 422
    assert sorted(pointers(answer)) == ["#/params/epochs", "#/params/min_count"]


def test_a_job_whose_recipe_is_gone_still_has_its_page(as_owner, cast, monkeypatch):
    a_dataset(cast.owner)
    page = "/datasets/owner/film-lines/fine-tune"
    as_owner.post(page, {**values_of(as_owner.get(page).content.decode()), "name": "words"})
    Job.objects.update(recipe="gone", state="failed", fault="yours", code="split_missing")

    shown = as_owner.get(Job.objects.get().get_absolute_url())

    assert shown.status_code == 200
    assert ("min_count", 1) in shown.context["view"].params
    assert shown.context["view"].new_job_path == ""


@pytest.fixture
def worker(site, live_cast, tmp_path):
    worker = MlWorker(site, a_token(live_cast.staff.user, TokenRole.WORKER), tmp_path / "worker").start()
    yield worker
    worker.stop()
    print(worker.log.read_text()[-3000:])


@pytest.mark.chain
@pytest.mark.timeout(240)
def test_it_runs_publishes_what_it_lists_and_is_charted_and_scored(
    worker, live_cast, client, client_env, tiny_bert, tmp_path
):
    owner = live_cast.owner
    folder = tmp_path / "films"
    write_csv(folder / "train.csv", LINES * 10)
    write_csv(folder / "test.csv", LINES)
    publish(client_env, owner, "dataset", "films", folder)
    publish(client_env, owner, "model", "tiny", tiny_bert)
    client.force_login(owner.user, backend=BACKEND)

    page = "/datasets/owner/films/fine-tune"
    client.post(page, {**values_of(client.get(page).content.decode()), "name": "words"})
    counting = wait_for(Job.objects.get(kind="fine_tune"), "succeeded", "failed", seconds=90)
    page = "/owner/tiny/evaluate?dataset=owner/films&recipe=word-table"
    client.post(page.split("?")[0], values_of(client.get(page).content.decode()))
    scoring = wait_for(Job.objects.get(kind="evaluate"), "succeeded", "failed", seconds=60)

    assert [(job.state, job.code, job.message) for job in (counting, scoring)] == [("succeeded", "", "")] * 2
    made = Lineage.objects.get(job=counting, direction="output")
    assert (made.kind, made.address) == ("dataset", "owner/words")
    assert Repo.objects.get(name="words").kind == "dataset"
    environment = {**client_env, "HF_TOKEN": owner.token}
    command = [sys.executable, "-c", FETCH, made.address]
    fetched = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    published = tmp_path.__class__(fetched.stdout.strip().splitlines()[-1])
    names = {path.relative_to(published).as_posix() for path in published.rglob("*") if path.is_file()}
    assert names - {".gitattributes"} == {"README.md", "data/words.csv"}
    assert dict(csv.reader((published / "data" / "words.csv").open()))["film"] == "30"
    assert f"/jobs/{counting.pk}" in (published / "README.md").read_text()

    shown = client.get(counting.get_absolute_url()).context["view"]
    assert [(chart.title, chart.series) for chart in shown.charts] == [
        ("Vocabulary", [("vocabulary", "Words seen")]),
        ("Novelty", [("new_share", "Share of new words")]),
    ]
    assert shown.charts[0].rows == [[10, 5], [20, 5], [30, 5]]
    assert [(one.name, one.media_type) for one in shown.artifacts] == [("lines.txt", "text/plain")]
    assert [section.rows[0] for section in shown.result.sections] == [["the", "30"]]
    assert client.get(f"/jobs/{counting.pk}/artifacts/lines.txt").status_code == 200
    samples = client.get(f"/api/v1/jobs/{counting.pk}/events?kind=samples").json()["items"]
    assert samples[0]["data"]["rows"] == [["the lovely film"], ["the dreadful film"]]
    body = json.loads(Receipt.objects.get(job=scoring).document)
    assert [(score["name"], score["value"]) for score in body["result"]["scores"]] == [
        ("coverage", 0.888889),
        ("missing_words", 1),
    ]
    receipt = client.get(f"/receipts/{Receipt.objects.get().pk}").context["view"]
    assert [(row.name, row.text, row.interval) for row in receipt.scores] == [
        ("Coverage", "88.9%", ""),
        ("Missing words", "1", ""),
    ]
    assert [(section.kind, section.title, section.rows) for section in receipt.sections] == [
        ("table", "Missing words", [["qwertyuiop", "1"]])
    ]
    assert recipe_for("evaluate", "word-table").result
