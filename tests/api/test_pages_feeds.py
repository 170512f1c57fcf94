"""Atom and JSON feeds of commits and new repositories, within the permissions of the reader."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as Xml

import pytest
from django.utils import translation

from apps.registry.contents.services.refs import create_branch
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.services.delete import delete_repo
from apps.registry.repos.services.rename import rename_repo
from tests.makers import a_repo
from tests.seed import commit_files

ATOM = "{http://www.w3.org/2005/Atom}"
COMMITS, REPOS = "/owner/tiny/feeds/commits", "/feeds/repos"


@pytest.fixture
def repo(cast):
    repo = a_repo(cast.owner)
    commit_files(cast.owner, repo, {"a.txt": "1"}, "Add a & <b>")
    return commit_files(cast.owner, repo, {"b/c.txt": "2"}, "Add c\n\nWith a reason \x07")


def atom(client, path: str, /, **query) -> Xml.Element:
    """Return the root of a feed, after checking it against RFC 4287."""
    answer = client.get(f"{path}.atom", query)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    root = Xml.fromstring(answer.content)
    for element in [root, *root.findall(f"{ATOM}entry")]:
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1, (element.tag, name)
        assert element.findtext(f"{ATOM}id").startswith("tag:")
    assert [one.get("rel") for one in root.findall(f"{ATOM}link")][:2] == ["alternate", "self"]
    return root


def json_feed(client, path: str, /, **query) -> dict:
    """Return a feed, after checking it against JSON Feed 1.1."""
    answer = client.get(f"{path}.json", query)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/feed+json; charset=utf-8")
    body = answer.json()
    assert body["version"] == "https://jsonfeed.org/version/1.1"
    assert body["title"]
    assert all(
        item["id"] and item["url"].startswith("http") and item["content_text"] for item in body["items"]
    )
    return body


def titles(root: Xml.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")]


def links(root: Xml.Element) -> dict[str, str]:
    return {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")}


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_commits_come_newest_first_in_both_forms(client, repo):
    words = ["Add c", "Add a & <b>", "initial commit"]

    assert titles(atom(client, COMMITS)) == words
    assert [item["title"] for item in json_feed(client, COMMITS)["items"]] == words


def test_characters_invalid_in_xml_are_replaced(client, repo):
    entry = atom(client, COMMITS).find(f"{ATOM}entry")

    assert entry.findtext(f"{ATOM}summary") == "With a reason \N{REPLACEMENT CHARACTER}"


def test_the_feed_changes_with_the_last_entry_and_ids_stay_over_a_rename(client, cast, repo):
    before = atom(client, COMMITS)
    rename_repo(actor=cast.owner.actor, address=repo.address, to=Address(RepoKind.MODEL, "owner", "other"))
    after = atom(client, "/owner/other/feeds/commits")

    ids = [
        [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")] for root in (before, after)
    ]
    assert ids[0] == ids[1]
    assert before.findtext(f"{ATOM}id") == after.findtext(f"{ATOM}id")
    assert before.findtext(f"{ATOM}updated") == before.find(f"{ATOM}entry").findtext(f"{ATOM}updated")
    assert client.get(f"{COMMITS}.atom").status_code == 302


def test_a_branch_and_a_path_narrow_the_feed(client, cast, repo):
    create_branch(actor=cast.owner.actor, address=repo.address, name="side/way")
    commit_files(cast.owner, repo, {"b/c.txt": "3"}, "Change c")

    assert titles(atom(client, COMMITS, path="b"))[:2] == ["Change c", "Add c"]
    assert titles(atom(client, COMMITS, revision="side/way"))[0] == "Add c"
    assert client.get(f"{COMMITS}.atom?revision=nowhere").status_code == 404


def test_pages_go_on_from_the_commit_that_the_first_one_began_with(client, cast, repo, monkeypatch):
    monkeypatch.setattr("apps.registry.contents.views.feeds.PAGE_ITEMS", 2)
    first = atom(client, COMMITS)
    commit_files(cast.owner, repo, {"d.txt": "4"}, "Came meanwhile")

    second = Xml.fromstring(client.get(path_of(links(first)["next"])).content)

    assert titles(first) + titles(second) == ["Add c", "Add a & <b>", "initial commit"]
    assert "next" not in links(second)
    assert json_feed(client, COMMITS)["next_url"].startswith("http")


@pytest.mark.parametrize("form", ["atom", "json"])
@pytest.mark.parametrize("path", [COMMITS, REPOS])
def test_what_did_not_change_is_not_sent_again(client, repo, path, form):
    address = f"{path}.{form}"
    first = client.get(address)

    for name, value in (("if-none-match", first["ETag"]), ("if-modified-since", first["Last-Modified"])):
        again = client.get(address, headers={name: value})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
    assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200


def test_feeds_of_private_repositories_need_a_token_and_are_not_cached(client, cast):
    a_repo(cast.owner, "tiny", is_private=True)

    anonymous = client.get(f"{COMMITS}.atom")
    assert (anonymous.status_code, anonymous["WWW-Authenticate"].split()[0]) == (401, "Basic")
    basic = base64.b64encode(f"owner:{cast.owner.token}".encode()).decode()
    for headers in ({"authorization": f"Basic {basic}"}, cast.owner.headers):
        answer = client.get(f"{COMMITS}.atom", headers=headers)
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
    assert client.get(f"{COMMITS}.atom", headers=cast.stranger.headers).status_code == 404


def test_shared_caches_may_keep_what_anybody_sees(client, repo):
    answer = client.get(f"{COMMITS}.atom")

    assert answer["Cache-Control"] == "public, max-age=300"
    assert {"Authorization", "Cookie"} <= {one.strip() for one in answer["Vary"].split(",")}


def test_new_repositories_of_every_kind_come_together(client, cast):
    for name, kind in (("one", "model"), ("two", "dataset"), ("three", "space"), ("four", "kernel")):
        a_repo(cast.owner, name, kind=kind)

    assert titles(atom(client, REPOS)) == ["owner/four", "owner/three", "owner/two", "owner/one"]
    assert titles(atom(client, REPOS, kind="dataset")) == ["owner/two"]


def test_new_repositories_are_filtered_as_lists_are(client, cast):
    commit_files(
        cast.owner, a_repo(cast.owner, "masked"), {"README.md": "---\npipeline_tag: fill-mask\n---\n"}
    )
    a_repo(cast.owner, "of-the-grove", namespace="grove")

    assert titles(atom(client, REPOS, author="grove")) == ["grove/of-the-grove"]
    assert titles(atom(client, REPOS, task="fill-mask")) == ["owner/masked"]


def test_hidden_and_deleted_repositories_are_not_announced(client, cast):
    a_repo(cast.owner, "hidden", is_private=True)
    delete_repo(actor=cast.owner.actor, address=a_repo(cast.owner, "gone").address)

    assert json_feed(client, REPOS)["items"] == []
    client.force_login(cast.owner.user)
    assert [item["title"] for item in json_feed(client, REPOS)["items"]] == ["owner/hidden"]


def test_pages_of_new_repositories_join_without_gap_or_repeat(client, cast, monkeypatch):
    monkeypatch.setattr("apps.registry.repos.views.feeds.PAGE_ITEMS", 2)
    made = [
        a_repo(cast.owner, f"n{number}", kind=("model", "dataset")[number % 2]).name for number in range(5)
    ]

    found, url = [], f"{REPOS}.json"
    while url:
        page = client.get(url).json()
        found += [item["title"].removeprefix("owner/") for item in page["items"]]
        url = path_of(page["next_url"]) if page.get("next_url") else ""

    assert found == made[::-1]


@pytest.mark.parametrize("query", ["kind=cousin", "cursor=x", "size=big"])
def test_invalid_queries_are_refused(client, db, query):
    assert client.get(f"{REPOS}.atom?{query}").status_code == 400


def feeds_in(answer):
    """Return the feeds that the head of a page links to."""
    return re.findall(r'<link\s+rel="alternate"[^>]*\shref="([^"]+)"', answer.content.decode())


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/owner/tiny", "/owner/tiny/feeds/commits.atom"),
        ("/owner/tiny/tree/main/b", "/owner/tiny/feeds/commits.json?revision=main&amp;path=b"),
        ("/models?task=fill-mask", "/feeds/repos.atom?task=fill-mask&amp;kind=model"),
        ("/owner", "/feeds/repos.atom?author=owner"),
    ],
)
def test_pages_link_to_their_feeds(client, cast, repo, page, feed):
    assert feed in feeds_in(client.get(page))


def test_feeds_are_in_the_readers_language(client, repo):
    with translation.override("en"):
        answer = client.get(f"{COMMITS}.json", headers={"accept-language": "zh-CN"})

    assert (answer.json()["title"], answer.json()["language"]) == ("owner/tiny：main 上的提交", "zh-hans")


@pytest.mark.parametrize("path", [f"{COMMITS}.atom", f"{REPOS}.atom"])
def test_feeds_cost_few_queries(client, cast, repo, path, django_assert_max_num_queries):
    client.force_login(cast.owner.user)
    client.get("/settings/preferences")

    with django_assert_max_num_queries(12):
        client.get(path)
