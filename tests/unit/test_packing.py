"""Packing and cleaning repositories while others read and write them."""

import os
import subprocess
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from apps.registry.gitstore import AddFile, GitStore, RevisionNotFound, Signature
from apps.registry.gitstore import packing as rules
from apps.registry.gitstore.children import run_git
from apps.registry.gitstore.retained_refs import RETAINED
from tests.conftest import wait_until

OWNER = Signature("owner", "owner@example.com")


@pytest.fixture
def store(tmp_path):
    return GitStore(tmp_path / "repositories")


@pytest.fixture
def repo(store):
    return store.create(uuid.uuid4())


def commit(repo, *changes, parent=None, ref="refs/heads/main"):
    sha = repo.write_commit(parent, changes, OWNER, "a commit")
    repo.move_ref(ref, parent, sha)
    return sha


def reopen(repo):
    return type(repo)(repo.folder)


def grow_old(folder, days=15):
    """Move the timestamps of objects and hidden refs back by days."""
    then = time.time() - days * 86_400
    for file in (folder / "objects").rglob("*"):
        os.utime(file, (then, then))
    day = f"{datetime.now(UTC) - timedelta(days=days):%Y%m%d}"
    for name in run_git(folder, "for-each-ref", "--format=%(refname)", RETAINED).stdout.decode().split():
        sha = name.rpartition("/")[2]
        run_git(folder, "update-ref", f"{RETAINED}{day}/{sha}", sha).check_returncode()
        run_git(folder, "update-ref", "-d", name).check_returncode()


def test_what_was_replaced_or_deleted_stays_for_the_grace_period_and_then_goes(repo):
    first = commit(repo, AddFile("a.txt", b"first"))
    side = commit(repo, AddFile("b.txt", b"side"), parent=None, ref="refs/heads/side")
    other = repo.write_commit(None, [AddFile("c.txt", b"other")], OWNER, "other history")
    repo.move_ref("refs/heads/main", first, other)
    repo.delete_branch("side")

    grow_old(repo.folder, days=13)
    assert repo.clean()
    assert [reopen(repo).read_file(sha, path) for sha, path in ((first, "a.txt"), (side, "b.txt"))] == [
        b"first",
        b"side",
    ]
    assert [ref.name for ref in reopen(repo).refs().branches] == ["main"]

    grow_old(repo.folder)
    assert repo.wants_cleaning
    assert repo.clean()
    for sha in (first, side):
        with pytest.raises(RevisionNotFound):
            reopen(repo).commit(sha)
    assert reopen(repo).read_file(other, "c.txt") == b"other"
    assert run_git(repo.folder, "fsck", "--strict").returncode == 0
    assert not reopen(repo).wants_cleaning


def test_moving_a_branch_forward_holds_nothing(repo):
    first = commit(repo, AddFile("a.txt", b"1"))
    commit(repo, AddFile("a.txt", b"2"), parent=first)

    assert run_git(repo.folder, "for-each-ref", RETAINED).stdout == b""


def test_hidden_refs_are_not_offered_to_clones(repo, tmp_path):
    first = commit(repo, AddFile("a.txt", b"first"))
    other = repo.write_commit(None, [AddFile("c.txt", b"other")], OWNER, "other history")
    repo.move_ref("refs/heads/main", first, other)

    for protocol in ("0", "2"):
        command = ["upload-pack", "--stateless-rpc", "--http-backend-info-refs", "."]
        offered = run_git(repo.folder, *command, environment={"GIT_PROTOCOL": f"version={protocol}"}).stdout
        assert offered
        assert b"refs/kept" not in offered


def test_young_objects_of_a_commit_under_way_survive_cleaning(repo):
    parent = commit(repo, AddFile("a.txt", b"a"))
    staged = repo.stage([AddFile("b.txt", b"under way")])

    repo.clean()

    sha = repo.write_commit(parent, staged, OWNER, "done")
    repo.move_ref("refs/heads/main", parent, sha)
    assert run_git(repo.folder, "fsck", "--strict", "--connectivity-only").returncode == 0


def test_an_old_object_that_a_commit_uses_again_is_young_again(repo):
    parent = commit(repo, AddFile("a.txt", b"a"))
    repo.stage([AddFile("b.txt", b"once refused")])
    grow_old(repo.folder)

    staged = reopen(repo).stage([AddFile("b.txt", b"once refused")])
    repo.clean()

    sha = reopen(repo).write_commit(parent, staged, OWNER, "done")
    assert reopen(repo).read_file(sha, "b.txt") == b"once refused"


def test_one_packs_at_a_time(repo):
    commit(repo, AddFile("a.txt", b"a"))

    with rules._packing_lock(repo.folder) as is_locked:
        assert is_locked
        assert not repo.pack()
        assert not repo.clean()

    assert repo.pack()


def test_what_killed_pushes_left_is_swept_after_a_day(repo):
    commit(repo, AddFile("a.txt", b"a"))
    objects = repo.folder / "objects"
    for name in ("tmp_objdir-incoming-old", "tmp_objdir-incoming-young"):
        (objects / name / "pack").mkdir(parents=True)
    os.utime(objects / "tmp_objdir-incoming-old", (1, 1))

    repo.pack()

    assert [path.name for path in objects.glob("tmp_*")] == ["tmp_objdir-incoming-young"]


def test_a_quiet_repository_is_cleaned_of_what_killed_commits_left(repo):
    commit(repo, AddFile("a.txt", b"a"))
    objects = repo.folder / "objects"
    for name in ("tmp_object_git2_old", "tmp_object_git2_young"):
        (objects / name).write_bytes(b"half an object")
    assert not repo.wants_cleaning
    os.utime(objects / "tmp_object_git2_old", (1, 1))

    assert repo.wants_cleaning
    repo.clean()

    assert [path.name for path in objects.glob("tmp_*")] == ["tmp_object_git2_young"]
    assert not repo.wants_cleaning


def test_clones_reads_and_commits_work_while_a_repository_is_packed(repo, tmp_path):  # noqa: C901
    head = commit(
        repo, *[AddFile(f"{number % 10}/{number}.txt", str(number).encode() * 50) for number in range(300)]
    )
    first, is_over, wrong, counts = (
        head,
        threading.Event(),
        [],
        {"reads": 0, "clones": 0, "commits": 0, "packings": 0},
    )

    def steadily(name, act):
        def work():
            while not is_over.is_set():
                try:
                    act()
                    counts[name] += 1
                except Exception as error:
                    wrong.append(f"{name}: {error!r}")

        return threading.Thread(target=work)

    old = reopen(repo)

    def read():
        for reader in (old, reopen(repo)):
            entries = [entry for entry in reader.tree(first, recursive=True) if entry.is_file]
            assert len(entries) == 300
            assert all(reader.read(entry.oid) for entry in entries[::10])
        assert reopen(repo).refs().branches

    def clone():
        place = tmp_path / f"clone-{uuid.uuid4().hex}"
        done = subprocess.run(
            ["git", "clone", "-q", "--bare", "--no-local", str(repo.folder), str(place)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def write():
        nonlocal head
        writer = reopen(repo)
        sha = writer.write_commit(
            head, [AddFile(f"new/{counts['commits']}.txt", os.urandom(40))], OWNER, "more"
        )
        writer.move_ref("refs/heads/main", head, sha)
        head = sha

    def tidy():
        assert repo.pack() if counts["packings"] % 2 else repo.clean()

    threads = [
        steadily(*pair)
        for pair in (("reads", read), ("clones", clone), ("commits", write), ("packings", tidy))
    ]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: wrong or min(counts.values()) >= 4, seconds=60, what="four of each")
    finally:
        is_over.set()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert run_git(repo.folder, "fsck", "--strict").returncode == 0
    assert reopen(repo).commit_count(head) == counts["commits"] + 1
