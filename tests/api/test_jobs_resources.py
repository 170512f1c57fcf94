"""The resources of jobs, recipes and receipts: names, filters, pages and refusals."""

import pytest

from apps.registry.repos.addresses import RepoKind
from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.api.shapes import REPO_KINDS
from apps.toolchain.jobs.models import Job
from apps.toolchain.receipts.services import record_result
from tests.api.problems import parameters, pointers
from tests.job_makers import (
    DATASET,
    GPU,
    MODEL,
    a_claim,
    a_job,
    a_result,
    a_running_job,
    an_event,
    key_actor,
    report,
)
from tests.makers import a_repo
from tests.seed import commit_files

STATE = EventKind.STATE
INPUTS = {
    "model": {"kind": "model", "full_name": "owner/base", "commit_sha": "a" * 40},
    "dataset": {"kind": "dataset", "full_name": "owner/reviews", "commit_sha": "b" * 40},
}


@pytest.fixture
def receipt(cast):
    _, claim = a_running_job(cast.owner, cast.staff, kind="evaluate")
    return record_result(actor=key_actor(claim), job_id=claim.spec.id, result=a_result(claim))


def ids(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [one["id"] for one in response.json()["items"]]


def test_a_job_names_its_repositories_as_all_resources_do(cast, client):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(claim, an_event(2, EventKind.OUTPUT, kind="model", address="owner/tuned", commit="d" * 40))

    found = client.get(f"/api/v1/jobs/{job.id}").json()

    assert found["inputs"] == INPUTS
    assert found["output"] == {"kind": "model", "full_name": "owner/tuned", "is_private": False}
    assert found["published"] == [{"kind": "model", "full_name": "owner/tuned", "commit_sha": "d" * 40}]
    assert (found["device"], found["receipt_id"], found["error"], found["waiting_for"]) == (
        "any",
        None,
        None,
        None,
    )
    assert found["created_at"].endswith("Z")
    assert found["hardware"]["devices"] == 0


@pytest.mark.parametrize(("fault", "cause"), [("yours", "user"), ("ours", "system")])
def test_a_failure_says_who_can_mend_it(cast, client, fault, cause):
    job = a_job(cast.owner)
    Job.objects.update(state="failed", fault=fault, code="rows_empty", message="Row 3 is empty.")

    found = client.get(f"/api/v1/jobs/{job.id}").json()["error"]

    assert found == {"cause": cause, "code": "rows_empty", "message": "Row 3 is empty."}


def test_progress_is_that_of_a_job_that_runs(cast, client):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(claim, an_event(2, EventKind.PROGRESS, step=1, total=2, phase="training"))
    running = client.get(f"/api/v1/jobs/{job.id}").json()["progress"]
    report(claim, an_event(3, STATE, state="succeeded"))

    assert running == {"step": 1, "total": 2, "phase": "training"}
    assert client.get(f"/api/v1/jobs/{job.id}").json()["progress"] is None


def test_a_job_for_a_gpu_stays_queued_without_one_and_says_so(cast, client):
    job = a_job(cast.owner, device="gpu")
    alone = client.get(f"/api/v1/jobs/{job.id}").json()
    a_claim(a_job(cast.owner), cast.staff, "other", GPU)

    assert (alone["state"], alone["device"], alone["waiting_for"]) == ("queued", "gpu", "gpu_worker")
    assert client.get(f"/api/v1/jobs/{job.id}").json()["waiting_for"] is None


def test_workers_are_looked_up_once_for_a_page_of_waiting_jobs(cast, client, django_assert_max_num_queries):
    for _ in range(4):
        a_job(cast.owner, device="gpu")

    with django_assert_max_num_queries(5):
        found = client.get("/api/v1/jobs").json()["items"]

    assert [one["waiting_for"] for one in found] == ["gpu_worker"] * 4


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("repo=owner/base", True),
        ("repo=Owner/BASE&repo_kind=model", True),
        ("repo=owner/base&repo_kind=dataset", False),
        ("repo=owner/reviews&repo_kind=dataset", True),
        ("repo=owner/reviews", False),
    ],
)
def test_jobs_and_receipts_are_found_by_the_name_of_a_repository(receipt, client, query, is_found):
    assert bool(ids(client.get(f"/api/v1/jobs?{query}"))) is is_found
    assert bool(ids(client.get(f"/api/v1/receipts?{query}"))) is is_found


@pytest.mark.parametrize("path", ["jobs", "receipts"])
@pytest.mark.parametrize(
    ("query", "parameter"),
    [("repo=base", "repo"), ("repo=", "repo"), ("repo=/", "repo"), ("repo_kind=model", "repo_kind")],
)
def test_a_repository_that_is_not_named_in_full_is_refused(client, db, path, query, parameter):
    response = client.get(f"/api/v1/{path}?{query}")

    assert response.status_code == 400
    assert [name for name, _code in parameters(response)] == [parameter]


def test_the_kinds_of_repositories_are_those_of_the_registry():
    assert RepoKind.values == REPO_KINDS


def test_params_have_the_types_of_json(cast, client):
    for kind in ("model", "dataset"):
        commit_files(cast.owner, a_repo(cast.owner, f"a-{kind}", kind=kind), {"README.md": "x"})
    body = {
        "kind": "fine_tune",
        "recipe": "text-classification",
        "inputs": {kind: {"full_name": f"owner/a-{kind}"} for kind in ("model", "dataset")},
        "output": {"full_name": "owner/tuned"},
    }

    def order(**params):
        return client.post(
            "/api/v1/jobs", body | {"params": params}, "application/json", headers=cast.owner.headers
        )

    wrong = order(batch_size="32", epochs=True, labels="a,b", text_column=5, method=1, unheard_of=1)
    right = order(batch_size=32, epochs=1.5, labels=["a", "b"], text_column="text")

    assert wrong.status_code == 422
    assert sorted(pointers(wrong)) == [
        f"#/params/{name}"
        for name in ("batch_size", "epochs", "labels", "method", "text_column", "unheard_of")
    ]
    assert right.status_code == 201, right.content
    assert client.get(right["Location"], headers=cast.owner.headers).json()["id"] == right.json()["id"]


def test_recipes_come_in_pages(client, db):
    everything = client.get("/api/v1/recipes").json()
    first = client.get("/api/v1/recipes?limit=1").json()
    rest = client.get(f"/api/v1/recipes?cursor={first['next_cursor']}").json()

    assert everything["next_cursor"] is None
    assert first["items"] + rest["items"] == everything["items"]
    assert len(first["items"]) == 1


def test_the_params_of_a_recipe_always_have_all_their_fields(client, db):
    recipes = client.get("/api/v1/recipes").json()["items"]

    fields = {frozenset(param) for recipe in recipes for param in recipe["params"]}
    names = "name kind default_value label help minimum maximum choices is_required is_advanced group"
    assert fields == {frozenset(names.split())}


def test_the_keys_of_receipts_come_in_pages(receipt, client, settings):
    settings.SIGNING_KEY_FILE.unlink()
    first = client.get("/api/v1/receipt-keys?limit=1").json()
    rest = client.get(f"/api/v1/receipt-keys?cursor={first['next_cursor']}").json()

    assert [len(first["items"]), len(rest["items"])] == [1, 1]
    assert rest["items"][0]["key_id"] == receipt.signing_key_id
    assert {key["algorithm"] for key in first["items"]} == {"Ed25519"}


def test_a_receipt_has_its_signed_body_and_the_bytes_that_were_signed(receipt, client):
    found = client.get(f"/api/v1/receipts/{receipt.pk}").json()
    payload = client.get(f"/api/v1/receipts/{receipt.pk}/payload")

    assert (found["id"], found["job_id"]) == (str(receipt.pk), str(receipt.job_id))
    score = found["scores"][0]
    assert [score[name] for name in ("name", "value", "low", "high")] == ["accuracy", 0.87, 0.8, 0.93]
    assert found["body"]["model"] == {"kind": "model", "address": MODEL.address, "commit": MODEL.commit}
    assert found["body"]["dataset"]["address"] == DATASET.address
    assert payload.content.decode() == receipt.document
    assert payload["Content-Type"] == "application/json"


@pytest.mark.parametrize("header", [True, False])
def test_a_stream_that_resumes_at_no_event_is_refused_where_it_was_said(cast, client, header):
    job = a_job(cast.owner)
    place = {"headers": {"Last-Event-ID": "x"}} if header else {"query_params": {"after": "x"}}

    response = client.get(f"/api/v1/jobs/{job.id}/stream", **place)

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error.get("header" if header else "parameter") == ("Last-Event-ID" if header else "after")


def test_a_change_of_a_job_returns_the_tag_of_a_read(cast, client):
    path = f"/api/v1/jobs/{a_job(cast.owner).id}"
    tags = []

    for act in ("cancel", "retry"):
        changed = client.post(f"{path}/{act}", headers=cast.owner.headers)
        read = client.get(path, headers=cast.owner.headers)
        tags.append((changed["ETag"], read["ETag"]))

    assert all(changed == read for changed, read in tags)
    assert len(set(tags)) == 2
