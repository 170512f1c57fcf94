"""Large files across a repository's history, and their permanent deletion."""

import hashlib

import pytest

from apps.core.errors import OverQuota
from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import object_for
from apps.registry.blobs.services import UploadContext, share_object, store_blob
from apps.registry.contents.errors import CommitRefused
from apps.registry.contents.services.commit import commit_changes
from apps.registry.contents.services.refs import create_branch, create_tag, squash_branch
from apps.registry.gitstore import AddFile, AddLarge, Delete
from apps.registry.gitstore.children import run_git
from apps.registry.repos.errors import Forbidden
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.storage.selectors.large_files import (
    large_files,
    reclaimable_by_deletion,
    reclaimable_by_squash,
)
from apps.registry.storage.selectors.storage import storage_quota
from apps.registry.storage.services.purge import purge_large_files
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_samples import SampleFile, SampleTerm, SampleXorb, noise_bytes, split_chunks

pytestmark = pytest.mark.usefixtures("own_store")


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(owner, repo, path: str, data: bytes, branch: str = "main", *others) -> str:
    store_blob(UploadContext(repo.pk, owner.user.pk), sha256=sha256_of(data), size=len(data), blocks=[data])
    changes = [AddLarge(path, sha256_of(data), len(data)), *others]
    return commit_changes(
        actor=owner.actor, address=repo.address, branch=branch, changes=changes, message=f"put {path}"
    ).sha


def change(owner, repo, *changes, branch: str = "main") -> str:
    return commit_changes(
        actor=owner.actor, address=repo.address, branch=branch, changes=changes, message="change"
    ).sha


ONE, TWO, THREE = noise_bytes(5000), noise_bytes(6000), noise_bytes(7000)


@pytest.fixture
def repo(cast):
    """`one` only in the history of main, `two` on main and `dev`, `three` only on `dev`; and a tag."""
    repo = a_repo(cast.owner)
    put(cast.owner, repo, "a/one.bin", ONE, "main", AddFile("keep.txt", b"kept"))
    put(cast.owner, repo, "two.bin", TWO)
    create_tag(actor=cast.owner.actor, address=repo.address, name="v1", revision="main", message="first")
    create_branch(actor=cast.owner.actor, address=repo.address, name="dev")
    put(
        cast.owner,
        repo,
        "deep/er/three.bin",
        THREE,
        "dev",
        AddLarge("deep/two again.bin", sha256_of(TWO), len(TWO)),
    )
    change(cast.owner, repo, Delete("a/one.bin"))
    return Repo.objects.get(pk=repo.pk)


def fsck(repo) -> None:
    done = run_git(git_of(repo).folder, "fsck", "--strict", "--connectivity-only")
    assert done.returncode == 0, done.stderr


def test_large_files_are_listed_with_names_and_refs(repo):
    page = large_files(repo, git_of(repo), cursor=None, limit=10, sort="size", is_descending=True)

    seen = [(one.names, one.refs, one.size) for one in page.items]
    everywhere = ("refs/heads/dev", "refs/heads/main", "refs/tags/v1")
    assert seen == [
        (("deep/er/three.bin",), ("refs/heads/dev",), 7000),
        (("deep/two again.bin", "two.bin"), everywhere, 6000),
        (("a/one.bin",), everywhere, 5000),
    ]
    assert page.next_cursor is None


def test_large_files_come_page_by_page(repo):
    git, seen, cursor = git_of(repo), [], None
    for _ in range(3):
        page = large_files(repo, git, cursor=cursor, limit=1)
        seen += [one.sha256 for one in page.items]
        cursor = page.next_cursor

    assert seen == sorted(map(sha256_of, (ONE, TWO, THREE)))
    assert cursor is None


def test_a_purged_file_is_in_no_commit_of_any_ref_and_the_rest_stays(cast, repo):
    before = git_of(repo)
    message = before.commit(before.resolve("dev")).title

    done = purge_large_files(
        actor=cast.owner.actor, address=repo.address, sha256s=[sha256_of(TWO), sha256_of(b"unknown")]
    )

    git = git_of(repo)
    assert set(done.refs) == {"refs/heads/main", "refs/heads/dev", "refs/tags/v1"}
    assert (done.reclaimed.count, done.reclaimed.quota_bytes, done.reclaimed.disk_bytes) == (1, 6000, 6000)
    assert {one.sha256 for one in large_files(repo, git, cursor=None, limit=10).items} == {
        sha256_of(ONE),
        sha256_of(THREE),
    }
    everything = run_git(git.folder, "rev-list", "--objects", "--all").stdout.decode()
    assert "two.bin" not in everything
    assert "two again.bin" not in everything
    assert [
        entry.path
        for entry in git.tree(git.resolve("dev"), recursive=True)
        if entry.is_file and entry.pointer
    ] == [
        "a/one.bin",
        "deep/er/three.bin",
    ]
    assert git.read_file(git.resolve("main"), "keep.txt") == b"kept"
    assert git.commit(git.resolve("dev")).title == message
    assert git.commit_count(git.resolve("main")) == before.commit_count(before.resolve("main"))
    assert git.raw_target("refs/tags/v1") != git.target("refs/tags/v1")
    fsck(repo)
    assert "refs/kept" not in " ".join(git.git.references)
    assert object_for(repo.pk, sha256_of(TWO)) is None
    row = Repo.objects.get(pk=repo.pk)
    assert (row.head, row.size_bytes) == (
        git.resolve("main"),
        sum(e.size for e in git.tree(row.head, recursive=True)),
    )


def test_a_replaced_history_that_is_held_goes_with_the_file(cast, repo):
    squash_branch(actor=cast.owner.actor, address=repo.address, branch="dev", message="one")
    assert any(name.startswith("refs/kept/") for name in git_of(repo).git.references)

    purge_large_files(actor=cast.owner.actor, address=repo.address, sha256s=[sha256_of(TWO)])

    git = git_of(repo)
    assert not any(name.startswith("refs/kept/") for name in git.git.references)
    assert "two.bin" not in run_git(git.folder, "rev-list", "--objects", "--all").stdout.decode()


def test_commits_before_the_purged_file_keep_their_ids(cast, repo):
    first = git_of(repo).log(git_of(repo).resolve("main"))[-2].sha

    purge_large_files(actor=cast.owner.actor, address=repo.address, sha256s=[sha256_of(THREE)])

    git = git_of(repo)
    assert git.log(git.resolve("main"))[-2].sha == first
    assert git.commit(git.resolve("dev")).title == "put deep/er/three.bin"
    assert "deep/er" not in {entry.path for entry in git.tree(git.resolve("dev"), recursive=True)}


def test_without_rewriting_the_bytes_go_and_the_commits_stay(cast, repo, client):
    head = git_of(repo).resolve("main")

    purge_large_files(
        actor=cast.owner.actor, address=repo.address, sha256s=[sha256_of(TWO)], rewrite_history=False
    )

    assert git_of(repo).resolve("main") == head
    assert client.get(f"/owner/tiny/resolve/{head}/two.bin").status_code == 404


def test_only_administrators_purge_and_only_so_many_files_at_once(cast):
    repo = a_repo(cast.owner, "shared", namespace="grove")
    with pytest.raises(Forbidden):
        purge_large_files(actor=cast.member.actor, address=repo.address, sha256s=["a" * 64])
    for wrong in ([], [f"{number:064x}" for number in range(1001)]):
        with pytest.raises(CommitRefused):
            purge_large_files(actor=cast.owner.actor, address=repo.address, sha256s=wrong)


def test_shared_objects_are_reclaimed_for_the_quota_but_stay_on_disk(cast, repo, client):
    other = a_repo(cast.stranger, "other")
    share_object(repo.pk, UploadContext(other.pk), sha256_of(TWO))

    reclaimed = reclaimable_by_deletion(repo, [sha256_of(ONE), sha256_of(TWO)])
    shared = {
        one.sha256: one.is_shared for one in large_files(repo, git_of(repo), cursor=None, limit=10).items
    }
    purge_large_files(actor=cast.owner.actor, address=repo.address, sha256s=[sha256_of(TWO)])

    assert (reclaimed.count, reclaimed.quota_bytes, reclaimed.disk_bytes) == (2, 11_000, 5000)
    assert shared == {sha256_of(ONE): False, sha256_of(TWO): True, sha256_of(THREE): False}
    assert b"".join(ObjectReader(object_for(other.pk, sha256_of(TWO))).open_range(0, 6000)) == TWO


def test_only_xorbs_of_no_other_file_are_reclaimable(cast, client):
    xet = XetClient(client, a_repo(cast.owner), cast.owner)
    mine, both = (
        SampleXorb(split_chunks(noise_bytes(90_000), 30_000)),
        SampleXorb(split_chunks(bytes(range(256)) * 300, 9_001), [2] * 9),
    )
    first, second = (
        SampleFile([SampleTerm(mine, 0, 3), SampleTerm(both, 0, 4)]),
        SampleFile([SampleTerm(both, 2, 9)]),
    )
    xet.send_file(first)
    xet.send_file(second)

    one, everything = (
        reclaimable_by_deletion(xet.repo, [first.oid]),
        reclaimable_by_deletion(xet.repo, [first.oid, second.oid]),
    )

    assert one.disk_bytes == len(mine.body)
    assert everything.disk_bytes == len(mine.body) + len(both.body)


def test_a_squash_reclaims_what_it_leaves_without_a_ref(cast, repo):
    put(cast.owner, repo, "two.bin", noise_bytes(8000))
    change(cast.owner, repo, AddLarge("two.bin", sha256_of(TWO), len(TWO)))
    git = git_of(repo)

    reclaimed = reclaimable_by_squash(repo, git, "refs/heads/main")
    squash_branch(actor=cast.owner.actor, address=repo.address, branch="main", message="one")

    assert (reclaimed.count, reclaimed.quota_bytes) == (1, 8000)
    orphaned = [one for one in large_files(repo, git, cursor=None, limit=10).items if not one.refs]
    assert [(one.size, one.names) for one in orphaned] == [(8000, ("two.bin",))]
    assert RepoObject.objects.filter(repo_key=repo.pk).count() == 4


def test_the_quota_counts_every_version_until_it_is_purged(cast, repo, settings):
    namespace = repo.namespace_id
    kept = Repo.objects.get(pk=repo.pk).regular_bytes
    assert storage_quota(namespace).used == kept + 5000 + 6000 + 7000

    settings.USAGE_LIMITS = {"storage_bytes": kept + 18_100}
    with pytest.raises(OverQuota):
        change(cast.owner, repo, AddFile("more.txt", b"x" * 200))

    purge_large_files(actor=cast.owner.actor, address=repo.address, sha256s=[sha256_of(ONE)])
    assert storage_quota(namespace).used == kept + 6000 + 7000
    change(cast.owner, repo, AddFile("more.txt", b"x" * 200))
    assert storage_quota(namespace).used == kept + 200 + 6000 + 7000
