"""Applications and kernels: lists, home pages and files; unsupported features are not offered."""

import pytest

from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from tests.makers import a_repo
from tests.pages import has_id

LISTS = {"space": ("/apps", "Applications", "/new-app"), "kernel": ("/kernels", "Kernels", "/new-kernel")}


@pytest.fixture
def as_owner(client, cast):
    client.force_login(cast.owner.user)
    return client


@pytest.mark.parametrize("kind", LISTS)
def test_each_kind_has_a_list_that_shows_only_its_own(client, cast, kind):
    catalog, title, _new = LISTS[kind]
    a_repo(cast.owner, "shown", kind=kind)
    a_repo(cast.owner, "hidden", kind=kind, is_private=True)
    a_repo(cast.owner, "model")

    page = client.get(catalog)

    assert [row["repo"].name for row in page.context["rows"]] == ["shown"]
    assert f"<h1>{title}</h1>" in page.content.decode()
    assert f'href="/{kind}s/owner/shown"' in page.content.decode()


@pytest.mark.parametrize("kind", LISTS)
def test_an_empty_list_has_instructions(client, db, kind):
    assert f"--repo-type {kind}" in client.get(LISTS[kind][0]).content.decode().replace(
        "</span>", ""
    ).replace('<span class="w"> ', " ")


@pytest.mark.parametrize("kind", LISTS)
def test_a_repository_of_each_kind_is_made_on_a_page(as_owner, cast, kind):
    form = {
        "owner": "owner",
        "name": "made",
        "license": "mit",
        "description": "Shows things.",
        "visibility": "public",
        "sdk": "docker",
    }

    answer = as_owner.post(LISTS[kind][2], form)

    assert (answer.status_code, answer["Location"]) == (302, f"/{kind}s/owner/made")
    repo = Repo.objects.get(kind=kind)
    assert repo.license == "mit"
    git = git_of(repo)
    card = git.read_file(git.resolve("main"), "README.md", 10_000).decode()
    assert ("sdk: docker" in card) == (kind == "space")


def test_a_space_needs_an_sdk(as_owner, cast):
    form = {"owner": "owner", "name": "made", "visibility": "public", "sdk": "cobol"}

    assert as_owner.post("/new-app", form).status_code == 422
    assert not Repo.objects.exists()


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize(
    "below",
    ["", "/tree/main", "/commits/main", "/blob/main/.gitattributes", "/settings", "/feeds/commits.atom"],
)
def test_pages_of_each_kind_open(as_owner, cast, kind, below):
    repo = a_repo(cast.owner, "app", kind=kind)

    assert as_owner.get(f"{repo.get_absolute_url()}{below}").status_code == 200


def test_a_space_is_not_shown_as_running(client, cast):
    a_repo(cast.owner, "app", kind="space")

    page = client.get("/spaces/owner/app").content.decode()

    assert has_id(page, "not-run")
    assert "/evaluate" not in page


@pytest.mark.parametrize("kind", ["model", "dataset", *LISTS])
def test_a_namespaces_repositories_of_each_kind_are_listed(client, cast, kind):
    a_repo(cast.owner, "thing", kind=kind)

    page = client.get("/owner")

    (section,) = [section for section in page.context["sections"] if section.key == f"{kind}s"]
    assert section.count == 1
    assert "/owner/thing" in section.content
