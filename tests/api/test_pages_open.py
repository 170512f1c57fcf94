"""Every repository page opens within its query budget."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.makers import a_repo
from tests.seed import a_dataset, a_model, commit_files

MOST_QUERIES = 12


@pytest.fixture
def signed_in(client, cast):
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/verify")  # the first request of a session records it, and the visit
    return client


def open_page(client, address: str, status: int = 200) -> str:
    """Return the text of a page, after checking its query budget."""
    with CaptureQueriesContext(connection) as spent:
        response = client.get(address)
    assert response.status_code == status, (address, response.status_code, response.content[:500])
    queries = [one["sql"] for one in spent.captured_queries if not re.match(r"SAVEPOINT|RELEASE", one["sql"])]
    assert len(queries) <= MOST_QUERIES, (address, len(queries), queries)
    return response.content.decode()


MODEL_PAGES = [
    "",
    "/tree/main",
    "/tree/main/onnx",
    "/blob/main/README.md",
    "/blob/main/README.md?as=text",
    "/blob/main/config.json",
    "/blob/main/model.safetensors",
    "/commits/main",
    "/commits/main/config.json",
    "/evaluations",
    "/lineage",
    "/jobs",
    "/settings",
    "/new/main",
    "/new/main/onnx?name=more.txt",
    "/edit/main/config.json",
    "/delete/main/config.json",
    "/upload/main",
    "/upload/main/onnx",
    "/fine-tune",
    "/evaluate",
    "/fine-tune?dataset=owner/film-lines",
    "/evaluate?dataset=owner/film-lines",
]


@pytest.mark.parametrize("page", MODEL_PAGES)
def test_each_page_of_a_model_opens_within_twelve_queries(signed_in, cast, page):
    a_dataset(cast.owner)
    a_model(cast.owner)

    open_page(signed_in, f"/owner/tiny-sentiment{page}")


@pytest.mark.parametrize(
    "page",
    [
        "",
        "/viewer",
        "/viewer?split=test",
        "/tree/main",
        "/blob/main/train.csv",
        "/commits/main",
        "/evaluations",
        "/lineage",
        "/settings",
    ],
)
def test_each_page_of_a_dataset_opens_within_twelve_queries(signed_in, cast, page):
    a_dataset(cast.owner)

    open_page(signed_in, f"/datasets/owner/film-lines{page}")


@pytest.mark.parametrize("kind", ["space", "kernel"])
def test_applications_and_kernels_have_a_page_with_files(client, cast, kind):
    repo = a_repo(cast.owner, "tool", kind=kind)
    commit_files(cast.owner, repo, {"app.py": "print(1)\n"})

    assert "tool" in open_page(client, f"/{kind}s/owner/tool")
    assert "app.py" in open_page(client, f"/{kind}s/owner/tool/tree/main")


@pytest.mark.parametrize(
    "page",
    [
        "/models",
        "/datasets",
        "/models?task=text-classification&search=tiny&sort=downloads",
        "/models?size=max:100M",
        "/new",
        "/new-dataset",
    ],
)
def test_lists_and_forms_open_within_twelve_queries(signed_in, cast, page):
    a_dataset(cast.owner)
    a_model(cast.owner)
    a_repo(cast.owner, "hidden", is_private=True)

    open_page(signed_in, page)


def test_a_commit_shows_its_files_and_lines(client, cast):
    repo = a_model(cast.owner)
    repo = commit_files(cast.owner, repo, {"config.json": '{"hidden_size": 8}\n'}, "Shrink it")

    page = open_page(client, f"/owner/tiny-sentiment/commit/{repo.head}")

    assert "Shrink it" in page
    assert '<tr class="added">' in page
    assert "hidden_size" in page


def test_a_profile_lists_the_repositories_of_a_namespace_without_scripts(client, cast):
    a_model(cast.owner)

    page = open_page(client, "/owner")

    assert "tiny-sentiment" in page
    assert "/fragments/" not in page
