"""REST API: repositories, and starting jobs on them."""

import pytest

from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.registry.repos.addresses import Address, RepoKind
from apps.toolchain.jobs.models import Job
from apps.users.accounts.models import TokenRole
from tests.api.problems import pointers
from tests.makers import a_repo, a_token

INPUTS = {
    "model": {"full_name": "owner/base"},
    "dataset": {"kind": "dataset", "full_name": "owner/tweets", "revision": "main"},
}


def an_order(**facts):
    return {
        "kind": "fine_tune",
        "recipe": "text-classification",
        "inputs": INPUTS,
        "output": {"full_name": "owner/tuned"},
        **facts,
    }


@pytest.fixture
def inputs(cast):
    return a_repo(owner=cast.owner, name="base"), a_repo(owner=cast.owner, name="tweets", kind="dataset")


def order(client, person, **facts):
    return client.post(
        "/api/v1/jobs", an_order(**facts), content_type="application/json", headers=person.headers
    )


def test_a_list_has_the_visible_repositories_page_by_page(cast, client):
    for number in range(3):
        a_repo(owner=cast.owner, name=f"open-{number}")
    a_repo(owner=cast.owner, name="hidden", is_private=True)

    first = client.get("/api/v1/repos?limit=2&q=OWNER").json()
    second = client.get(f"/api/v1/repos?limit=2&q=OWNER&cursor={first['next_cursor']}").json()

    assert [one["name"] for one in first["items"] + second["items"]] == ["open-2", "open-1", "open-0"]
    assert second["next_cursor"] is None
    assert len(client.get("/api/v1/repos", headers=cast.owner.headers).json()["items"]) == 4


def test_a_repo_has_the_facts_of_its_files(cast, client):
    repo = a_repo(owner=cast.owner, name="tiny")
    card = b"---\nlicense: mit\ntags: [small]\n---\n# Tiny\n"
    commit_changes(
        actor=cast.owner.actor,
        address=repo.address,
        branch="main",
        changes=[AddFile("README.md", card)],
        message="Card",
    )

    body = client.get("/api/v1/repos/model/OWNER/tiny").json()

    assert (body["full_name"], body["license"], body["tags"]) == (
        "owner/tiny",
        "mit",
        ["small", "license:mit"],
    )
    assert body["card"]["license"] == "mit"
    assert body["file_count"] == 2


@pytest.mark.parametrize("path", ["model/owner/absent", "model/owner/hidden", "car/owner/tiny"])
def test_absent_and_hidden_repos_are_problems_in_json(cast, client, path):
    a_repo(owner=cast.owner, name="hidden", is_private=True)

    response = client.get(f"/api/v1/repos/{path}", headers=cast.stranger.headers)

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "query",
    [
        "kind=car",
        "limit=0",
        "sort=colour",
        "direction=up",
        "cursor=%20",
        "namespace=%00",
        "tag=%00",
        "limit=99999999999",
    ],
)
def test_an_invalid_query_is_400(db, client, query):
    assert client.get(f"/api/v1/repos?{query}").status_code == 400


def test_an_order_pins_the_commits_of_its_inputs(cast, client, inputs):
    response = order(client, cast.owner)

    job = Job.objects.get()
    assert (response.status_code, response.json()["id"]) == (201, str(job.id))
    assert {name: (pin["commit"], pin["key"]) for name, pin in job.inputs.items()} == {
        "model": (inputs[0].head, str(inputs[0].id)),
        "dataset": (inputs[1].head, str(inputs[1].id)),
    }
    assert (job.output["address"], job.output["is_private"], job.is_open) == ("owner/tuned", False, True)


def test_the_output_of_a_private_input_is_private_by_default(cast, client, inputs):
    hidden = a_repo(owner=cast.owner, name="secret", is_private=True)
    wanted = {"model": {"full_name": hidden.address.id}, "dataset": {"full_name": "owner/tweets"}}

    order(client, cast.owner, inputs=wanted)

    job = Job.objects.get()
    assert (job.output["is_private"], job.is_open) == (True, False)


def test_a_stranger_cannot_start_a_job_on_hidden_inputs_or_for_other_owners(cast, client, inputs):
    a_repo(owner=cast.owner, name="secret", is_private=True)
    hidden = {"model": {"full_name": "owner/secret"}, "dataset": {"full_name": "owner/tweets"}}

    refused = order(client, cast.stranger, inputs=hidden, output={"full_name": "stranger/tuned"})
    assert (refused.status_code, pointers(refused)) == (422, ["#/inputs/model/full_name"])
    assert order(client, cast.stranger).status_code == 403
    assert order(client, cast.anonymous).status_code == 401
    assert not Job.objects.exists()


def test_a_read_token_cannot_order(cast, client, inputs):
    headers = {"authorization": f"Bearer {a_token(cast.owner.user, TokenRole.READ)}"}

    response = client.post("/api/v1/jobs", an_order(), content_type="application/json", headers=headers)

    assert response.status_code == 403


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        (
            {"inputs": {**INPUTS, "model": {"full_name": "owner/base", "revision": "nowhere"}}},
            "#/inputs/model/revision",
        ),
        (
            {"inputs": {**INPUTS, "dataset": {"kind": "model", "full_name": "owner/base"}}},
            "#/inputs/dataset/kind",
        ),
        ({"inputs": {**INPUTS, "model": {"full_name": "owner"}}}, "#/inputs/model/full_name"),
        (
            {"inputs": {**INPUTS, "dataset": {"full_name": "datasets/owner/tweets"}}},
            "#/inputs/dataset/full_name",
        ),
        ({"inputs": {"model": {"full_name": "owner/base"}}}, "#/inputs/dataset"),
        ({"inputs": {**INPUTS, "model": {"address": "owner/base"}}}, "#/inputs/model/address"),
        ({"output": {"full_name": "owner/base"}}, "#/output/full_name"),
        ({"output": {"full_name": "owner/a..b"}}, "#/output/full_name"),
        ({"output": None}, "#/output"),
        ({"params": {"colour": "red"}}, "#/params/colour"),
        ({"params": {"batch_size": 0}}, "#/params/batch_size"),
        ({"params": {"seed": 7}, "seed": 9}, "#/params/seed"),
        ({"recipe": "none"}, "#/recipe"),
        ({"kind": "none"}, "#/kind"),
        ({"seed": "x"}, "#/seed"),
    ],
)
def test_an_invalid_job_is_refused_by_field(cast, client, inputs, facts, pointer):
    response = order(client, cast.owner, **facts)

    assert response.status_code == 422
    assert pointer in pointers(response)
    assert not Job.objects.exists()


def test_hiding_a_repo_hides_the_jobs_that_read_it(cast, client, inputs):
    order(client, cast.owner)

    client.put(
        "/api/models/owner/base/settings",
        {"private": True},
        content_type="application/json",
        headers=cast.owner.headers,
    )

    assert not Job.objects.get().is_open


def test_reindex_derives_again_what_was_lost(cast, capsys):
    from django.core.management import CommandError, call_command

    repo = a_repo(owner=cast.owner, name="tiny")
    card = b"---\nlicense: mit\n---\n"
    commit_changes(
        actor=cast.owner.actor,
        address=repo.address,
        branch="main",
        changes=[AddFile("README.md", card)],
        message="Card",
    )
    type(repo).objects.update(license="", card={})

    call_command("reindex", "owner/tiny")

    repo.refresh_from_db()
    assert repo.license == "mit"
    with pytest.raises(CommandError):
        call_command("reindex", str(Address(RepoKind.DATASET, "owner", "tiny")))
