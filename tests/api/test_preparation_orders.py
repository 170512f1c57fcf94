"""Ordering the preparation of a dataset, with a benchmark or without."""

import json

import pytest

from apps.registry.repos.models import Repo
from apps.toolchain.contracts import ColumnFacts, ContractError, DatasetFacts, clean_params, recipe_for
from apps.toolchain.jobs.models import Job
from tests.api.problems import pointers
from tests.makers import a_repo
from tests.pages import values_of
from tests.seed import commit_files

PREPARE = recipe_for("prepare", "data-preparation")


@pytest.fixture
def post(client, cast):
    for name in ("chats", "questions"):
        repo = a_repo(cast.owner, name, kind="dataset")
        commit_files(cast.owner, repo, {"train.jsonl": json.dumps({"text": f"a line of {name}"}).encode()})

    def send(inputs=("chats",), **body):
        repos = dict(zip(("dataset", "benchmark"), inputs, strict=False))
        order = {
            "kind": "prepare",
            "recipe": "data-preparation",
            "inputs": {name: {"full_name": f"owner/{one}"} for name, one in repos.items()},
            "output": {"full_name": "owner/clean"},
            **body,
        }
        headers = cast.owner.headers
        return client.post(
            "/api/v1/jobs", json.dumps(order), content_type="application/json", headers=headers
        )

    return send


@pytest.mark.parametrize("inputs", [("chats",), ("chats", "questions")])
def test_a_preparation_is_ordered_with_a_benchmark_or_without(post, inputs):
    answer = post(inputs)

    assert answer.status_code == 201, answer.content
    job = Job.objects.get()
    assert sorted(job.inputs) == sorted(("dataset", "benchmark")[: len(inputs)])
    assert job.output["kind"] == "dataset"
    assert Repo.objects.filter(name="clean").count() == 0


def test_params_that_contradict_themselves_are_named(post):
    params = {
        "personal_kinds": ["email", "shoe_size"],
        "languages": ["English"],
        "min_characters": 50,
        "max_characters": 10,
        "splits": "new",
        "validation_share": 0.5,
        "test_share": 0.45,
        "columns": ["text"],
        "rename": {"label": "topic"},
        "prompt_column": "text",
    }

    answer = post(params=params)

    assert answer.status_code == 422
    assert {one.removeprefix("#/params/") for one in pointers(answer)} == {
        "personal_kinds",
        "languages",
        "max_characters",
        "test_share",
        "rename",
        "answer_column",
    }


def test_a_parameter_of_new_splits_is_refused_where_the_splits_stay():
    with pytest.raises(ContractError) as refusal:
        clean_params(PREPARE, {"test_share": 0.2}, is_json=True)

    assert list(refusal.value.errors) == ["test_share"]


def test_columns_of_free_text_and_the_label_are_suggested():
    columns = (
        ColumnFacts("id", "integer"),
        ColumnFacts("messages", "list"),
        ColumnFacts("review", "text"),
        ColumnFacts("label", "text", is_class=True),
    )

    found = PREPARE.suggest(None, DatasetFacts(columns=columns))

    assert (found["text_columns"], found["label_column"]) == (["messages", "review"], "label")
    assert PREPARE.fits(None, DatasetFacts(columns=columns)) == ""
    assert PREPARE.fits(None, DatasetFacts(columns=columns[:1])) != ""


def test_the_form_suggests_a_name_that_is_free(client, cast):
    repo = a_repo(cast.owner, "chats", kind="dataset")
    commit_files(cast.owner, repo, {"train.jsonl": json.dumps({"text": "a line"}).encode()})
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get("/datasets/owner/chats/prepare").content.decode()

    assert values_of(page)["name"] == "chats-prepare"
