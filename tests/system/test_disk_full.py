"""A full disk: writes are refused with the reason, reads work, nothing partial stays, and writes recover."""

import errno
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from apps.core.disk_space import DiskFull, find_disk_full
from apps.registry.blobs.models import RepoObject, Xorb
from apps.registry.gitstore.children import run_git
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from tests import disks
from tests.api.hub import Hub, file_line
from tests.api.test_git_protocol import ZERO, commands, pack_of, push
from tests.api.test_lfs_batch import post_batch
from tests.api.test_lfs_objects import put
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_samples import SampleFile, SampleXorb, a_shard, noise_bytes, split_chunks

pytestmark = pytest.mark.skipif(not disks.may_mount(), reason=disks.WHY_NOT)
SIZE = 24 << 20
ONE = SampleXorb(split_chunks(noise_bytes(2_000_000), 60_000))


@pytest.fixture
def small_disk(tmp_path):
    with disks.small_disk(tmp_path / "disk", SIZE) as folder:
        yield folder


@pytest.fixture(autouse=True)
def _on_small_disk(small_disk, settings):
    settings.OBJECT_STORE = {"kind": "local", "root": small_disk / "objects"}
    settings.SPOOL_ROOT, settings.REPOSITORIES_ROOT = small_disk / "spool", small_disk / "repositories"
    settings.DISK_RESERVE_BYTES = 0


@pytest.fixture
def repo(cast):
    repo = a_repo(cast.owner)
    assert Hub(cast.owner).commit(repo, file_line("kept.txt", b"kept")).status_code == 200
    return Repo.objects.get(pk=repo.pk)


class FilledDisk:
    """Fills the disk except for `left` bytes."""

    def __init__(self, disk: Path, left: int = 0) -> None:
        self.path, free = disk / "filler", os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        with self.path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(4096, (free - left) // 4096 * 4096))

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        self.path.unlink()


def leftovers(disk: Path) -> list[Path]:
    return [path for name in ("spool", "objects/incoming") for path in (disk / name).glob("*")]


def check_whole(client, repo, head: str) -> None:
    git = git_of(repo)
    assert git.resolve("main") == head
    done = run_git(git.folder, "fsck", "--strict", "--connectivity-only")
    assert done.returncode == 0, done.stderr
    answer = client.get("/owner/tiny/resolve/main/kept.txt")
    assert (answer.status_code, answer.content) == (200, b"kept")


def test_an_lfs_object_that_does_not_fit_is_refused_and_leaves_no_byte(client, cast, repo, small_disk):
    data = os.urandom(SIZE)
    oid = hashlib.sha256(data).hexdigest()
    (row,) = post_batch(client, repo.address.path, cast.owner, objects=[(oid, len(data))]).json()["objects"]

    answer = put(client, row["actions"]["upload"]["href"], data)

    assert (answer.status_code, answer["Content-Type"], answer["X-Error-Code"]) == (
        507,
        "application/vnd.git-lfs+json",
        "DiskFull",
    )
    assert "full" in answer.json()["message"]
    assert leftovers(small_disk) == []
    assert not RepoObject.objects.exists()
    check_whole(client, repo, repo.head)


def test_xorbs_and_shards_are_refused_until_there_is_space(client, cast, repo, small_disk):
    xet = XetClient(client, repo, cast.owner)
    with FilledDisk(small_disk, 1 << 20):
        answer = xet.send_xorb(ONE)
        assert (answer.status_code, answer.json()["code"]) == (507, "DiskFull")
        assert leftovers(small_disk) == []
    assert not Xorb.objects.exists()
    xet.send_xorb(ONE)
    with FilledDisk(small_disk):
        for path in ("/v1/shards", "/v2/shards"):
            answer = xet.post(path, a_shard([SampleFile.whole(ONE)]))
            assert (answer.status_code, answer.json()["code"]) == (507, "DiskFull")
        assert not RepoObject.objects.exists()

    assert xet.send_shard(a_shard([SampleFile.whole(ONE)]))[-1] == {"type": "result"}
    check_whole(client, repo, repo.head)


def test_preupload_refuses_on_a_full_disk(cast, repo, small_disk, settings):
    settings.DISK_RESERVE_BYTES = 1 << 20
    body = {"files": [{"path": "new.bin", "size": SIZE, "sample": "AAEC"}]}
    with FilledDisk(small_disk):
        answer = Hub(cast.owner).post("/api/models/owner/tiny/preupload/main", body)
        assert (answer.status_code, answer["X-Error-Code"]) == (507, "DiskFull")

    assert Hub(cast.owner).post("/api/models/owner/tiny/preupload/main", body).status_code == 200


@pytest.mark.parametrize("left", [0, 8192, 65_536])
def test_a_commit_is_refused_wherever_space_runs_out(client, cast, repo, small_disk, left):
    with FilledDisk(small_disk, left):
        answer = Hub(cast.owner).commit(repo, file_line("new.bin", os.urandom(200_000)))
        assert (answer.status_code, answer["X-Error-Code"]) == (507, "DiskFull")
        check_whole(client, repo, repo.head)
    assert leftovers(small_disk) == []

    assert Hub(cast.owner).commit(repo, file_line("new.bin", b"now")).status_code == 200


@pytest.mark.parametrize("left", [0, 40_960, 262_144])
def test_a_push_gets_the_reason_with_its_ref(client, cast, repo, small_disk, left):
    noise = os.urandom(600_000)
    tree = b"100644 new.bin\0" + hashlib.sha1(b"blob %d\0" % len(noise) + noise).digest()
    commit = (
        b"tree %s\nparent %s\nauthor a <a@example.com> 0 +0000\ncommitter a <a@example.com> 0 +0000\n\nnew\n"
    )
    commit %= hashlib.sha1(b"tree %d\0" % len(tree) + tree).hexdigest().encode(), repo.head.encode()
    sha = hashlib.sha1(b"commit %d\0" % len(commit) + commit).hexdigest()
    body = commands(f"{repo.head} {sha} refs/heads/main") + pack_of((1, commit), (2, tree), (3, noise))

    with FilledDisk(small_disk, left):
        answer = push(client, cast.owner, body)
        assert answer.status_code == 200
        assert b"disk" in answer.content
        assert b"ng refs/heads/main" in answer.content
        check_whole(client, repo, repo.head)
    assert not list((git_of(repo).folder / "objects").glob("tmp_*"))

    assert b"ok refs/heads/main" in push(client, cast.owner, body).content


def test_a_branch_that_cannot_be_written_is_refused_as_full_and_not_as_moved(client, cast, repo, small_disk):
    body = commands(f"{ZERO} {repo.head} refs/heads/{'deep/' * 20}branch") + pack_of()

    with FilledDisk(small_disk):
        answer = push(client, cast.owner, body)

    assert b"disk" in answer.content
    assert b"fetch first" not in answer.content


def test_forms_get_an_error_page(client, cast, repo, small_disk):
    browser = client
    browser.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    with FilledDisk(small_disk):
        made = browser.post("/new", {"owner": "owner", "name": "second", "visibility": "public"})
        sent = browser.post(
            "/owner/tiny/new/main",
            {"path": "a.txt", "content": "x" * 50_000, "message": "a", "parent": repo.head},
        )
        assert (made.status_code, sent.status_code) == (507, 507)
        assert "full" in sent.content.decode()
        check_whole(client, repo, repo.head)

    assert not Repo.objects.filter(name="second").exists()


def test_writes_into_the_reserve_are_refused_and_reads_keep_working(client, cast, repo, settings):
    settings.DISK_RESERVE_BYTES = SIZE
    xet = XetClient(client, repo, cast.owner)

    assert xet.send_xorb(ONE).status_code == 507
    assert Hub(cast.owner).commit(repo, file_line("a.txt", b"a")).status_code == 507
    assert (
        b"full"
        in push(client, cast.owner, commands(f"{ZERO} {repo.head} refs/heads/dev") + pack_of()).content
    )
    check_whole(client, repo, repo.head)


def test_only_out_of_space_errors_count_as_a_full_disk():
    assert find_disk_full(OSError(28, "No space left on device")) is not None
    assert (
        find_disk_full(subprocess.CalledProcessError(128, "git", stderr=b"fatal: No space left on device"))
        is not None
    )
    assert find_disk_full(OSError(errno.ENOENT, "absent")) is None
    assert find_disk_full(ValueError("full")) is None
    assert isinstance(find_disk_full(DiskFull()), DiskFull)
