"""Addresses with doubled or trailing slashes lead where they should, and never to another site."""

import pytest

from tests.makers import a_repo
from tests.seed import commit_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def repo(cast):
    repo = a_repo(cast.owner)
    commit_files(cast.owner, repo, {"data/a b.txt": b"a"})
    return repo


def ask(client, path, method="GET"):
    """Send a path as a server passes it on, not as Python would clean it."""
    return client.generic(method, path, PATH_INFO=path.partition("?")[0], RAW_URI=path)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/owner/tiny/", "/owner/tiny"),
        ("//owner/tiny", "/owner/tiny"),
        ("//owner//tiny//?a=1&b=%2F", "/owner/tiny?a=1&b=%2F"),
        ("/owner/", "/owner"),
        ("/models/", "/models"),
        ("/owner/tiny/tree/main/", "/owner/tiny/tree/main"),
        ("/owner/tiny/blob/main//data/a%20b.txt", "/owner/tiny/blob/main/data/a%20b.txt"),
        ("/owner/tiny/commits/refs%2Fheads%2Fmain/", "/owner/tiny/commits/refs%2Fheads%2Fmain"),
    ],
)
def test_a_page_redirects_to_its_plain_address(client, repo, path, target):
    response = ask(client, path)

    assert (response.status_code, response["Location"]) == (301, target)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/",
        "/\\evil.example/",
        "///evil.example//%2e%2e/",
        "//evil.example/%09/",
    ],
)
def test_no_address_leads_to_another_site(client, repo, path):
    response = ask(client, path)

    location = response.headers.get("Location", "/")
    assert location.startswith("/")
    assert location[1:2] not in ("/", "\\")


@pytest.mark.parametrize(
    "path",
    [
        "//api/models/owner/tiny",
        "/api/models/owner/tiny/",
        "/api//models//owner/tiny/tree/main",
        "//owner/tiny/resolve/main/data/a%20b.txt",
        "//owner/tiny.git/info/refs?service=git-upload-pack",
        "/api/v1/repos/model/owner/tiny/",
    ],
)
def test_a_protocol_answers_at_once(client, repo, path):
    assert ask(client, path).status_code == 200


@pytest.mark.parametrize("path", ["/owner/tiny.git", "/owner/tiny.git/tree/main?a=1"])
def test_the_address_that_git_clones_leads_to_the_page(client, repo, path):
    response = ask(client, path)

    assert (response.status_code, response["Location"]) == (302, path.replace(".git", ""))


def test_a_clone_address_with_a_slash_leads_there_too(client, repo):
    assert ask(client, "/owner/tiny.git/")["Location"] == "/owner/tiny.git"


def test_an_unknown_page_stays_unknown(client, repo):
    assert ask(client, "/owner/tiny/absent/").status_code == 404
    assert ask(client, "/owner/tiny/", "POST").status_code in (403, 404)
