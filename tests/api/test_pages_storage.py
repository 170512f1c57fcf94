"""Storage pages: disk usage, and permanent deletion of large files."""

from __future__ import annotations

import pytest

from apps.business.usage.meters import Meter
from apps.business.usage.services import set_limit
from apps.registry.blobs.models import RepoObject
from apps.registry.repos.selectors.files import git_of
from tests.makers import a_repo
from tests.seed import commit_files, commit_large_file

OLD, NEW, OTHER = b"o" * 3000, b"n" * 2000, b"x" * 1000


@pytest.fixture
def repo(cast):
    """model.bin in two versions, other.bin in one."""
    repo = a_repo(cast.owner)
    commit_large_file(cast.owner, repo, "model.bin", OLD)
    commit_large_file(cast.owner, repo, "model.bin", NEW)
    return commit_large_file(cast.owner, repo, "other.bin", OTHER)


@pytest.fixture
def as_owner(client, cast):
    client.force_login(cast.owner.user)
    return client


def sha_of(size: int) -> str:
    return RepoObject.objects.get(size=size).sha256


def test_objects_are_listed_largest_first_with_their_locations(as_owner, repo):
    page = as_owner.get("/owner/tiny/settings/storage")

    rows = page.context["rows"]
    assert [(row["file"].size, row["path"]) for row in rows] == [
        (3000, ""),
        (2000, "model.bin"),
        (1000, "other.bin"),
    ]
    assert rows[0]["file"].names == ("model.bin",)
    assert rows[0]["refs"] == ["main"]
    totals = page.context["totals"]
    assert (totals.large, totals.objects, totals.only_history, totals.old_objects) == (6000, 3, 3000, 1)


def test_versions_are_added_up_by_file(as_owner, repo):
    files = as_owner.get("/owner/tiny/settings/storage?by=file").context["files"]

    assert [(file.path, file.versions, file.current_bytes, file.old_bytes) for file in files] == [
        ("model.bin", 2, 2000, 3000),
        ("other.bin", 1, 1000, 0),
    ]


def test_objects_and_files_come_in_pages(as_owner, repo, monkeypatch):
    monkeypatch.setattr("apps.registry.storage.views.PAGE_SIZE", 2)

    first = as_owner.get("/owner/tiny/settings/storage").context
    second = as_owner.get("/owner/tiny/settings/storage", {"cursor": first["next_cursor"]}).context
    monkeypatch.setattr("apps.registry.storage.views.PAGE_SIZE", 1)
    last = as_owner.get("/owner/tiny/settings/storage?by=file&skip=1").context

    assert [len(page["rows"]) for page in (first, second)] == [2, 1]
    assert ([file.path for file in last["files"]], last["next_skip"]) == (["other.bin"], None)


def test_reviewing_lists_what_would_be_deleted(as_owner, repo):
    page = as_owner.post("/owner/tiny/settings/storage/review", {"sha256": [sha_of(3000), sha_of(2000)]})

    assert page.status_code == 200
    assert (page.context["reclaimable"].count, page.context["reclaimable"].disk_bytes) == (2, 5000)
    assert page.context["current"] == ["model.bin"]
    assert RepoObject.objects.count() == 3


def test_shared_objects_do_not_count_as_reclaimable(as_owner, cast, repo):
    commit_large_file(cast.owner, a_repo(cast.owner, "copy"), "same.bin", OLD)
    sha256 = RepoObject.objects.filter(size=3000).first().sha256

    reclaimable = as_owner.post("/owner/tiny/settings/storage/review", {"sha256": sha256}).context[
        "reclaimable"
    ]

    assert (reclaimable.quota_bytes, reclaimable.disk_bytes) == (3000, 0)


def test_old_versions_of_a_file_are_deleted_and_the_current_one_stays(as_owner, repo):
    chosen = as_owner.post("/owner/tiny/settings/storage/review", {"path": "model.bin"}).context["chosen"]

    answer = as_owner.post("/owner/tiny/settings/storage/delete", {"sha256": chosen, "confirm": "owner/tiny"})

    assert (answer.status_code, answer["Location"]) == (302, "/owner/tiny/settings/storage")
    assert sorted(RepoObject.objects.values_list("size", flat=True)) == [1000, 2000]
    git = git_of(repo)
    assert git.entry(git.resolve("main"), "model.bin").size == 2000


def test_another_name_deletes_nothing_and_keeps_the_choice(as_owner, repo):
    answer = as_owner.post("/owner/tiny/settings/storage/delete", {"sha256": sha_of(3000), "confirm": "tiny"})

    assert answer.status_code == 422
    assert answer.context["chosen"] == [sha_of(3000)]
    assert RepoObject.objects.count() == 3


@pytest.mark.parametrize(
    "fields", [{}, {"sha256": "zz"}, {"path": "nothing.bin"}, {"sha256": [f"{n:064x}" for n in range(1001)]}]
)
def test_a_choice_of_nothing_or_of_too_much_is_refused(as_owner, repo, fields):
    assert as_owner.post("/owner/tiny/settings/storage/review", fields).status_code == 400


def test_only_admins_see_storage(client, cast, repo):
    client.force_login(cast.stranger.user)

    assert client.get("/owner/tiny/settings/storage").status_code == 403
    assert (
        client.post(
            "/owner/tiny/settings/storage/delete", {"sha256": sha_of(3000), "confirm": "owner/tiny"}
        ).status_code
        == 403
    )
    assert RepoObject.objects.count() == 3


def test_a_namespace_lists_its_repositories_by_size_and_its_quota(as_owner, cast, repo):
    commit_files(cast.owner, a_repo(cast.owner, "small", is_private=True), {"a.txt": "a"})

    page = as_owner.get("/settings/storage")

    assert [(row["repo"].name, row["stored_bytes"]) for row in page.context["rows"]] == [
        ("tiny", 6000),
        ("small", 0),
    ]
    assert page.context["quota"].used == sum(
        row["repo"].regular_bytes + row["stored_bytes"] for row in page.context["rows"]
    )


@pytest.mark.parametrize(
    ("limit", "shown"),
    [(None, 'data-quota="unlimited"'), (0, 'data-quota="0"'), (1 << 40, 'max="1099511627776"')],
)
def test_a_quota_is_unlimited_nothing_or_a_share(as_owner, cast, repo, limit, shown):
    set_limit(cast.owner.user.namespace_id, Meter.STORAGE_BYTES, limit)

    for path in ("/settings/storage", "/owner/tiny/settings/storage"):
        page = as_owner.get(path)
        assert page.context["quota"].limit == limit
        assert shown in page.content.decode()

    assert as_owner.get("/api/v1/storage/owner").json()["limit_bytes"] == limit


def test_an_organizations_storage_is_for_its_admins(client, cast):
    a_repo(cast.owner, "shared", namespace="grove")
    client.force_login(cast.owner.user)
    assert [row["repo"].name for row in client.get("/organizations/grove/storage").context["rows"]] == [
        "shared"
    ]

    client.force_login(cast.member.user)
    assert client.get("/organizations/grove/storage").status_code == 403


@pytest.mark.parametrize(
    "path", ["/owner/tiny/settings/storage", "/owner/tiny/settings/storage?by=file", "/settings/storage"]
)
def test_storage_pages_cost_few_queries(as_owner, repo, path, django_assert_max_num_queries):
    as_owner.get("/settings/preferences")

    # three of them are of the header, the button to watch, and what posts store
    with django_assert_max_num_queries(15):
        as_owner.get(path)
