"""REST API: repositories, and starting jobs on them."""

import pytest

from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Repo
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


def pages_of(client, query, headers=None):
    """Return the names of a list, read in pages of two."""
    names, cursor = [], None
    while cursor or not names:
        after = f"&cursor={cursor}" if cursor else ""
        page = client.get(f"/api/v1/repos?limit=2&{query}{after}", headers=headers).json()
        names += [one["name"] for one in page["items"]]
        if not (cursor := page["next_cursor"]):
            return names


@pytest.fixture
def assorted(cast):
    """Repositories of every kind, some of which have no known number of parameters."""
    kinds = ["model", "dataset", "space", "kernel"]
    for number in range(8):
        repo = a_repo(owner=cast.owner, name=f"r{number}", kind=kinds[number % 4])
        size = number if number in (0, 4, 7) else None
        Repo.objects.filter(pk=repo.pk).update(downloads=number, parameters=size, task="common")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort=created_at", "76543210"),
        ("sort=created_at&direction=asc", "01234567"),
        ("sort=downloads&kind=dataset", "51"),
        ("sort=downloads&task=common&direction=asc", "01234567"),
        ("sort=downloads&task=absent", ""),
    ],
)
def test_a_list_has_every_kind_in_one_order(assorted, client, query, expected):
    first = client.get(f"/api/v1/repos?{query}").json()["items"]

    assert [one["name"] for one in first] == [f"r{number}" for number in expected]
    assert not expected or pages_of(client, query) == [f"r{number}" for number in expected]


@pytest.mark.parametrize(
    ("query", "known", "others"),
    [
        ("", "740", "12356"),
        ("&direction=asc", "047", "12356"),
        ("&kind=model", "40", ""),
        ("&kind=dataset", "", "15"),
        ("&task=common", "740", "12356"),
    ],
)
def test_a_sort_leaves_nothing_out(assorted, client, query, known, others):
    names = [name.removeprefix("r") for name in pages_of(client, f"sort=parameters{query}")]

    assert names[: len(known)] == list(known)
    assert sorted(names[len(known) :]) == list(others)


@pytest.mark.parametrize("query", ["", "task=common&q=r&sort=parameters", "sort=parameters&limit=3"])
def test_a_list_of_all_kinds_takes_few_queries(assorted, cast, client, query, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        assert client.get(f"/api/v1/repos?{query}", headers=cast.owner.headers).status_code == 200


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


def test_a_new_repository_starts_with_its_card_or_is_not_made(cast, client):
    facts = {"content_type": "application/json", "headers": cast.owner.headers}

    refused = client.post("/api/v1/repos", {"name": "one", "license": "nobodys"}, **facts)
    made = client.post("/api/v1/repos", {"name": "one", "license": "mit", "description": "Small."}, **facts)

    assert (refused.status_code, refused.json()["code"]) == (422, "CommitRefused")
    assert (made.status_code, made["Location"]) == (201, "/api/v1/repos/model/owner/one")
    assert (made.json()["license"], made.json()["description"]) == ("mit", "Small.")
    read = client.get(made["Location"], headers=cast.owner.headers)
    assert (read.json(), read["ETag"]) == (made.json(), made["ETag"])


def test_settings_change_under_the_tag_of_an_earlier_state_of_the_files(cast, client):
    repo, path = a_repo(owner=cast.owner, name="tiny"), "/api/v1/repos/model/owner/tiny"
    facts = {"content_type": "application/json"}
    tag = client.get(path)["ETag"]
    commit_changes(
        actor=cast.owner.actor, address=repo.address, branch="main", changes=[AddFile("a", b"x")], message="A"
    )

    changed = client.patch(path, {"gating": "auto"}, headers={**cast.owner.headers, "if-match": tag}, **facts)
    stale = client.patch(path, {"gating": "none"}, headers={**cast.owner.headers, "if-match": tag}, **facts)

    assert (changed.status_code, stale.status_code, stale.json()["code"]) == (200, 412, "PreconditionFailed")
    assert changed["ETag"] == client.get(path, headers=cast.owner.headers)["ETag"]
