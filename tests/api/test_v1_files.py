"""REST API: files, commits, branches and tags, large files, search."""

import base64

import pytest

from apps.registry.repos.models import Repo
from tests.api.problems import pointers
from tests.makers import a_repo
from tests.seed import commit_files

BELOW = "/api/v1/repos/model/owner/tiny"
JSON = "application/json"


@pytest.fixture
def repo(cast) -> Repo:
    return a_repo(cast.owner)


def commit(client, person, *operations, **facts):
    body = {"message": "Change", "operations": list(operations), **facts}
    return client.post(f"{BELOW}/commits", body, content_type=JSON, headers=person.headers)


def put(client, person, path, content, **headers):
    address = f"{BELOW}/files/{path}"
    return client.put(
        address, content, content_type="application/octet-stream", headers={**person.headers, **headers}
    )


def test_several_changes_become_one_commit_that_can_be_read_back(cast, client, repo):
    avatar = base64.b64encode(b"\x00\x01").decode()
    answer = commit(
        client,
        cast.owner,
        {"operation": "put", "path": "notes/a.txt", "content": "one\n"},
        {"operation": "put", "path": "b.dat", "content": avatar, "encoding": "base64"},
        {"operation": "copy", "path": "copy", "from_path": ".gitattributes"},
    )

    body = client.get(answer["Location"]).json()
    changes = client.get(f"{answer['Location']}/changes").json()
    assert (answer.status_code, body["title"], body["account"], len(body["parent_shas"])) == (
        201,
        "Change",
        "owner",
        1,
    )
    assert {one["path"]: one["status"] for one in changes["items"]} == {
        "notes/a.txt": "added",
        "b.dat": "added",
        "copy": "added",
    }
    assert client.get("/owner/tiny/resolve/main/b.dat").content == b"\x00\x01"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"operation": "put", "path": "a"}, 422),
        ({"operation": "put", "path": "a", "content": "!", "encoding": "base64"}, 422),
        ({"operation": "put", "path": "../a", "content": "x"}, 422),
        ({"operation": "put_lfs", "path": "a", "sha256": "0" * 64}, 422),
        ({"operation": "delete", "path": "absent"}, 404),
        ({"operation": "copy", "path": "a", "from_path": "absent"}, 404),
        ({"operation": "burn", "path": "a"}, 422),
    ],
)
def test_a_change_that_cannot_be_stores_nothing(cast, client, repo, change, status):
    answer = commit(client, cast.owner, {"operation": "put", "path": "good.txt", "content": "x"}, change)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    repo.refresh_from_db()
    assert client.get(f"{BELOW}/commits").json()["items"][0]["sha"] == repo.head
    assert client.get(f"{BELOW}/files/good.txt").status_code == 404


def test_a_commit_on_a_parent_that_is_passed_is_refused(cast, client, repo):
    commit(client, cast.owner, {"operation": "put", "path": "a", "content": "1"})

    answer = commit(
        client, cast.owner, {"operation": "put", "path": "a", "content": "2"}, parent_sha=repo.head
    )

    assert (answer.status_code, answer.json()["code"]) == (412, "BranchMoved")
    assert "page" not in answer.json()["detail"]


def test_a_folder_is_listed_page_by_page_at_one_commit(cast, client, repo):
    commit(
        client,
        cast.owner,
        *[{"operation": "put", "path": f"f{number}", "content": "x"} for number in range(3)],
    )
    first = client.get(f"{BELOW}/tree?limit=2&expand=true").json()
    commit(client, cast.owner, {"operation": "delete", "path": "f2"})

    second = client.get(f"{BELOW}/tree?limit=5&expand=true&cursor={first['next_cursor']}").json()

    assert [one["path"] for one in first["items"] + second["items"]] == [".gitattributes", "f0", "f1", "f2"]
    assert first["items"][1]["last_commit"]["title"] == "Change"
    assert (second["commit_sha"], second["next_cursor"]) == (first["commit_sha"], None)


def test_a_file_is_put_read_and_deleted_on_conditions(cast, client, repo):
    made = put(client, cast.owner, "a.txt", b"one", **{"if-none-match": "*"})
    again = put(client, cast.owner, "a.txt", b"two", **{"if-none-match": "*"})
    tag = client.get(f"{BELOW}/files/a.txt")["ETag"]
    changed = put(client, cast.owner, "a.txt", b"two", **{"if-match": tag})
    stale = client.delete(f"{BELOW}/files/a.txt", headers={**cast.owner.headers, "if-match": tag})

    assert [one.status_code for one in (made, again, changed, stale)] == [201, 412, 200, 412]
    assert (made["Location"], made["ETag"], "Location" in changed) == (f"{BELOW}/files/a.txt", tag, False)
    assert changed["ETag"] == client.get(f"{BELOW}/files/a.txt")["ETag"] == stale["ETag"]
    assert changed["ETag"] == client.get("/owner/tiny/resolve/main/a.txt")["ETag"]
    assert client.delete(f"{BELOW}/files/a.txt", headers=cast.owner.headers).status_code == 200
    assert client.get(f"{BELOW}/files/a.txt").status_code == 404


def test_a_large_file_that_is_put_can_be_seen_and_deleted_for_good(cast, client, repo):
    put(client, cast.owner, "weights.bin", b"\x00" * 3000)
    held = client.get(f"{BELOW}/large-files").json()["items"]
    ask = {"sha256": [held[0]["sha256"]]}

    preview = client.post(
        f"{BELOW}/large-files/purge",
        {**ask, "dry_run": True},
        content_type=JSON,
        headers=cast.owner.headers,
    )
    done = client.post(f"{BELOW}/large-files/purge", ask, content_type=JSON, headers=cast.owner.headers)

    assert (held[0]["size_bytes"], held[0]["paths"]) == (3000, ["weights.bin"])
    assert preview.json() == {"file_count": 1, "quota_bytes": 3000, "disk_bytes": 3000, "refs": []}
    assert done.json() == {**preview.json(), "refs": ["refs/heads/main"]}
    assert client.get(f"{BELOW}/large-files").json()["items"] == []


def test_branches_and_tags_come_are_compared_and_go(cast, client, repo):
    made = client.post(
        f"{BELOW}/branches", {"name": "side/way"}, content_type=JSON, headers=cast.owner.headers
    )
    commit(client, cast.owner, {"operation": "put", "path": "a", "content": "1\n"}, branch="side/way")
    client.post(f"{BELOW}/tags", {"name": "v1"}, content_type=JSON, headers=cast.owner.headers)

    found = client.get(f"{BELOW}/compare?base=main&head=side/way").json()
    assert (found["ahead"], found["behind"], [one["path"] for one in found["items"]]) == (1, 0, ["a"])
    assert client.get(made["Location"]).json()["name"] == "side/way"
    assert [one["name"] for one in client.get(f"{BELOW}/branches").json()["items"]] == ["main", "side/way"]
    assert client.get(f"{BELOW}/tags/v1").json()["commit_sha"] == repo.head
    assert client.delete(f"{BELOW}/branches/main", headers=cast.owner.headers).status_code == 422
    assert client.delete(f"{BELOW}/branches/side/way", headers=cast.owner.headers).status_code == 204
    assert client.delete(f"{BELOW}/tags/v1", headers=cast.owner.headers).status_code == 204
    assert client.get(f"{BELOW}/tags").json()["items"] == []


def test_another_branch_becomes_the_default_one(cast, client, repo):
    client.post(f"{BELOW}/branches", {"name": "next"}, content_type=JSON, headers=cast.owner.headers)
    commit(
        client,
        cast.owner,
        {"operation": "put", "path": "README.md", "content": "---\nlicense: mit\n---\n"},
        branch="next",
    )

    body = client.patch(
        BELOW, {"default_branch": "next"}, content_type=JSON, headers=cast.owner.headers
    ).json()
    absent = client.patch(BELOW, {"default_branch": "absent"}, content_type=JSON, headers=cast.owner.headers)

    assert (body["default_branch"], body["license"], absent.status_code) == ("next", "mit", 404)


def test_protection_is_replaced_and_enforced(cast, client):
    a_repo(cast.owner, "shared", namespace="grove")
    below = "/api/v1/repos/model/grove/shared"
    client.put(f"{below}/protection", {"patterns": ["main"]}, content_type=JSON, headers=cast.owner.headers)

    refused = client.put(
        f"{below}/files/a.txt", b"x", content_type="application/octet-stream", headers=cast.member.headers
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "Forbidden")
    assert client.get(f"{below}/branches").json()["items"][0]["is_protected"]


def test_search_results_are_limited_to_visible_repositories(cast, client):
    a_repo(cast.owner, "tiny-walnut", is_private=True)

    assert client.get("/api/v1/search?q=walnut", headers=cast.stranger.headers).json()["items"] == []
    assert (
        client.get("/api/v1/search?q=walnut", headers=cast.owner.headers).json()["items"][0]["url"]
        == "/owner/tiny-walnut"
    )
    assert client.get("/api/v1/search?q=x&kind=car").status_code == 400


def test_an_operation_moves_a_file_and_leaves_its_content(cast, client, repo):
    commit(client, cast.owner, {"operation": "put", "path": "old/a.txt", "content": "one\n"})
    before = client.get(f"{BELOW}/files/old/a.txt").json()

    answer = commit(client, cast.owner, {"operation": "move", "from_path": "old", "path": "new"})

    after = client.get(f"{BELOW}/files/new/a.txt").json()
    assert (answer.status_code, after["oid"], after["type"]) == (201, before["oid"], "file")
    assert client.get(f"{BELOW}/files/old/a.txt").status_code == 404


def test_operations_have_the_fields_of_their_kind_alone(cast, client, repo):
    copy = {"operation": "copy", "path": "a", "from_path": "b", "content": "x"}
    answer = commit(
        client, cast.owner, {"operation": "put", "path": "a", "content": "x"}, copy, {"path": "a"}
    )

    assert answer.status_code == 422
    assert pointers(answer) == ["#/operations/1/content", "#/operations/2/operation"]


def test_a_file_put_on_another_branch_is_located_there(cast, client, repo):
    client.post(f"{BELOW}/branches", {"name": "side#1"}, content_type=JSON, headers=cast.owner.headers)

    made = put(client, cast.owner, "a b.txt?branch=side%231", b"one")

    assert made["Location"] == f"{BELOW}/files/a%20b.txt?revision=side%231"
    assert client.get(made["Location"])["ETag"] == made["ETag"]
    assert put(client, cast.owner, "a b.txt?branch=side%231", b"two").status_code == 200


def test_the_content_of_a_listed_file_is_that_of_the_listed_commit(cast, client, repo):
    commit(client, cast.owner, {"operation": "put", "path": "a.txt", "content": "one"})
    page = client.get(f"{BELOW}/tree?recursive=true").json()
    commit(client, cast.owner, {"operation": "put", "path": "a.txt", "content": "two"})

    entry = next(one for one in page["items"] if one["path"] == "a.txt")

    assert entry["content_url"] == f"/owner/tiny/resolve/{page['commit_sha']}/a.txt"
    assert client.get(entry["content_url"]).content == b"one"


def test_changed_files_follow_page_by_page(cast, client, repo):
    puts = [{"operation": "put", "path": f"f{number}", "content": "x\n"} for number in range(5)]
    answer = commit(client, cast.owner, *puts)
    query = f"base={repo.head}&head=main&limit=2"

    for path in (f"{answer['Location']}/changes?limit=2", f"{BELOW}/compare?{query}"):
        first = client.get(path).json()
        second = client.get(f"{path}&cursor={first['next_cursor']}").json()
        third = client.get(f"{path}&cursor={second['next_cursor']}").json()

        found = [one["path"] for page in (first, second, third) for one in page["items"]]
        assert (found, third["next_cursor"]) == ([f"f{number}" for number in range(5)], None)
        assert (first["total_count"], first["items"][0]["old_size_bytes"]) == (5, None)


@pytest.mark.parametrize("query", ["base=main", "head=main", ""])
def test_a_comparison_needs_both_revisions(client, repo, query):
    assert client.get(f"{BELOW}/compare?{query}").status_code == 400


def test_rows_follow_page_by_page_at_one_commit(cast, client):
    table = a_repo(cast.owner, "table", kind="dataset")
    below = "/api/v1/repos/dataset/owner/table"
    lines = "\n".join(["number", *map(str, range(5))])
    commit_files(cast.owner, table, {"train.csv": lines + "\n"}, "Numbers")

    first = client.get(f"{below}/rows?limit=3").json()
    commit_files(cast.owner, table, {"train.csv": "number\n9\n"}, "Others")
    second = client.get(f"{below}/rows?limit=3&cursor={first['next_cursor']}").json()

    assert first["items"] + second["items"] == [[str(number)] for number in range(5)]
    assert (second["commit_sha"], second["next_cursor"]) == (first["commit_sha"], None)
    assert client.get(f"{below}/rows?cursor=x").status_code == 400


def test_search_results_of_a_kind_follow_page_by_page(cast, client):
    for number in range(5):
        a_repo(cast.owner, f"walnut-{number}")
    a_repo(cast.owner, "walnut", kind="dataset")
    path = "/api/v1/search?q=walnut&kind=model&limit=2"

    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"{path}&cursor={cursor}" if cursor else path).json()
        seen += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]

    assert sorted(seen) == [f"owner/walnut-{number}" for number in range(5)]
    best = client.get("/api/v1/search?q=walnut&limit=6").json()
    assert (len(best["items"]), best["next_cursor"]) == (6, None)
