"""Locks on large files, as git-lfs uses them."""

import json

import pytest

from apps.registry.repos.models import FileLock
from tests.makers import a_repo

TYPE = "application/vnd.git-lfs+json"
BASE = "/grove/tiny.git/info/lfs/locks"


@pytest.fixture
def repo(cast):
    return a_repo(cast.owner, namespace="grove")


def post(client, person, path="", /, **body):
    return client.post(BASE + path, json.dumps(body), content_type=TYPE, headers=person.headers)


def test_a_writer_locks_a_path_and_a_second_lock_is_a_conflict(client, cast, repo):
    made = post(client, cast.member, path="art/logo.psd", ref={"name": "refs/heads/main"})
    again = post(client, cast.owner, path="art/logo.psd")

    assert (made.status_code, made["Content-Type"]) == (201, TYPE)
    lock = made.json()["lock"]
    assert (lock["path"], lock["owner"]) == ("art/logo.psd", {"name": "member"})
    assert lock["locked_at"].endswith("Z")
    assert (again.status_code, again.json()["lock"]) == (409, lock)
    assert again.json()["message"]


def test_readers_see_locks_and_only_writers_make_them(client, cast, repo):
    post(client, cast.member, path="a.bin")

    assert [lock["path"] for lock in client.get(BASE).json()["locks"]] == ["a.bin"]
    assert post(client, cast.stranger, path="b.bin").status_code == 403
    assert post(client, cast.stranger, "/verify").status_code == 403
    assert client.post(BASE, "{}", content_type=TYPE).status_code in (401, 422)
    assert FileLock.objects.count() == 1


def test_locks_of_a_private_repository_are_hidden_with_it(client, cast):
    a_repo(cast.owner, namespace="grove", is_private=True)
    post(client, cast.member, path="a.bin")

    assert client.get(BASE).status_code == 401
    assert client.get(BASE, headers=cast.stranger.headers).status_code == 404


def test_lists_come_in_pages_and_are_narrowed_by_path_and_id(client, cast, repo):
    for number in range(5):
        post(client, cast.member, path=f"{number}.bin")

    first = client.get(f"{BASE}?limit=2").json()
    rest = client.get(f"{BASE}?limit=10&cursor={first['next_cursor']}").json()
    assert [lock["path"] for lock in first["locks"] + rest["locks"]] == [
        f"{number}.bin" for number in range(5)
    ]
    assert "next_cursor" not in rest
    assert [lock["path"] for lock in client.get(f"{BASE}?path=3.bin").json()["locks"]] == ["3.bin"]
    number = first["locks"][1]["id"]
    assert [lock["id"] for lock in client.get(f"{BASE}?id={number}").json()["locks"]] == [number]


def test_lock_verification_separates_own_and_other_locks(client, cast, repo):
    post(client, cast.member, path="mine.bin")
    post(client, cast.owner, path="theirs.bin")

    first = post(client, cast.member, "/verify", limit=1).json()
    second = post(client, cast.member, "/verify", limit=1, cursor=first["next_cursor"]).json()

    assert [[lock["path"] for lock in first[side]] for side in ("ours", "theirs")] == [["mine.bin"], []]
    assert [[lock["path"] for lock in second[side]] for side in ("ours", "theirs")] == [[], ["theirs.bin"]]


def test_a_lock_is_removed_by_its_holder_and_by_force_of_an_administrator(client, cast, repo):
    of_owner = post(client, cast.owner, path="a.bin").json()["lock"]["id"]
    of_member = [post(client, cast.member, path=f"{name}.bin").json()["lock"]["id"] for name in "bc"]

    assert post(client, cast.member, f"/{of_owner}/unlock").status_code == 403
    assert post(client, cast.member, f"/{of_owner}/unlock", force=True).status_code == 403
    assert post(client, cast.owner, f"/{of_member[0]}/unlock").status_code == 403

    assert post(client, cast.member, f"/{of_member[0]}/unlock").json()["lock"]["path"] == "b.bin"
    assert post(client, cast.owner, f"/{of_member[1]}/unlock", force=True).status_code == 200
    assert post(client, cast.member, f"/{of_member[0]}/unlock").status_code == 404
    assert [lock.path for lock in FileLock.objects.all()] == ["a.bin"]


def test_a_lock_of_another_repository_is_not_there(client, cast, repo):
    a_repo(cast.owner, "other", namespace="grove")
    number = post(client, cast.owner, path="a.bin").json()["lock"]["id"]

    answer = client.post(
        f"/grove/other/info/lfs/locks/{number}/unlock", "{}", content_type=TYPE, headers=cast.owner.headers
    )

    assert answer.status_code == 404
    assert FileLock.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"path": 1},
        {"path": ""},
        {"path": "../x"},
        {"path": "a\0b"},
        {"path": "/" * 2000},
        {"path": "\ud800"},
    ],
)
def test_odd_paths_are_refused(client, cast, repo, body):
    answer = post(client, cast.owner, **body)

    assert answer.status_code == 422
    assert answer.json()["message"]


@pytest.mark.parametrize("query", ["cursor=x", "limit=-1", "id=%C2%B2", "limit=9e9", "cursor=" + "9" * 30])
def test_odd_numbers_are_refused(client, cast, repo, query):
    assert client.get(f"{BASE}?{query}").status_code == 400
    assert post(client, cast.owner, "/verify", cursor=[1]).status_code == 400
