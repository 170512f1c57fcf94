"""Git repositories on disk: commits, trees, revisions, refs."""

import multiprocessing
import os
import subprocess
import time
import uuid

import pytest

from apps.registry.gitstore import (
    AddFile,
    AddLarge,
    BadRefName,
    Copy,
    Delete,
    DeleteFolder,
    EntryNotFound,
    GitStore,
    RefExists,
    RefMoved,
    RefProtected,
    RepositoryMissing,
    RevisionNotFound,
    Signature,
    listing,
    trees,
)
from apps.registry.gitstore.children import git_environment, run_git

OWNER = Signature("owner", "owner@example.com")


@pytest.fixture
def store(tmp_path):
    return GitStore(tmp_path / "repositories")


@pytest.fixture
def repo(store):
    return store.create(uuid.uuid4())


def commit(repo, *changes, parent=None, message="a commit", ref="refs/heads/main"):
    """Write a commit and move a ref to it."""
    sha = repo.write_commit(parent, changes, OWNER, message)
    repo.move_ref(ref, parent, sha)
    return sha


def paths(repo, sha, path="", recursive=True):
    return [entry.path for entry in repo.tree(sha, path, recursive)]


def test_a_commit_holds_what_was_put_in_and_git_finds_nothing_wrong(repo):
    sha = commit(
        repo,
        AddFile("README.md", b"hello"),
        AddFile("data/a.txt", b"1"),
        AddLarge("w.bin", "ab" * 32, 5_000_000_000),
    )

    assert paths(repo, sha) == ["README.md", "data", "data/a.txt", "w.bin"]
    assert repo.read(repo.entry(sha, "README.md").oid) == b"hello"
    large = repo.entry(sha, "w.bin")
    assert (large.size, large.pointer.oid, large.pointer.pointer_size) == (
        5_000_000_000,
        "ab" * 32,
        repo.blob_size(large.oid),
    )
    checked = run_git(repo.folder, "fsck", "--full", "--strict")
    assert checked.returncode == 0, checked.stderr


def test_a_file_on_disk_is_stored_byte_by_byte_whatever_its_line_ends(repo, tmp_path):
    spooled = tmp_path / "spooled"
    spooled.write_bytes(b"one\r\ntwo\r\n" * 100_000)

    sha = commit(repo, AddFile("x.csv", spooled), AddFile(".gitattributes", b"*.csv text eol=lf\n"))

    assert repo.read(repo.entry(sha, "x.csv").oid) == spooled.read_bytes()


def test_what_is_removed_goes_first_then_copies_then_additions(repo):
    first = commit(repo, AddFile("old/a.txt", b"a"), AddFile("old/b.txt", b"b"), AddFile("c.txt", b"c"))

    second = commit(
        repo,
        AddFile("old/new.txt", b"n"),
        Copy("old", None, "copied"),
        Copy("c.txt", first, "d.txt"),
        DeleteFolder("old"),
        Delete("c.txt"),
        parent=first,
    )

    assert paths(repo, second) == ["copied", "copied/a.txt", "copied/b.txt", "d.txt", "old", "old/new.txt"]


def test_a_folder_disappears_with_its_last_file_and_a_file_may_take_its_place(repo):
    first = commit(repo, AddFile("a/b/c.txt", b"c"), AddFile("k", b"k"))
    second = commit(repo, Delete("a/b/c.txt"), parent=first)
    third = commit(repo, Delete("k"), AddFile("k/inside", b"i"), parent=second)

    assert paths(repo, second) == ["k"]
    assert paths(repo, third) == ["k", "k/inside"]


def test_deleting_a_folder_by_its_name_takes_all_of_it_and_the_last_file_leaves_an_empty_tree(repo):
    first = commit(repo, AddFile("a/b.txt", b"b"))
    second = commit(repo, Delete("a"), parent=first)

    assert paths(repo, second) == []
    assert list(repo.tree(second, "")) == []


@pytest.mark.parametrize(
    "change",
    [Delete("no"), DeleteFolder("no"), DeleteFolder("a.txt"), Delete("a.txt/b"), Copy("no", None, "yes")],
)
def test_what_is_not_there_cannot_be_removed_or_copied(repo, change):
    first = commit(repo, AddFile("a.txt", b"a"))

    with pytest.raises(EntryNotFound):
        repo.write_commit(first, [change], OWNER, "no")


def test_nothing_changed_makes_no_commit(repo):
    first = commit(repo, AddFile("a.txt", b"a"))

    assert repo.write_commit(first, [AddFile("a.txt", b"a")], OWNER, "same") == first


def test_modes_of_pushed_files_and_links_are_kept(repo):
    first = commit(repo, AddFile("d/a.txt", b"a"))
    line = f"100755 blob {repo.entry(first, 'd/a.txt').oid}\trun.sh\n"
    tree = run_git(repo.folder, "mktree", feed=line.encode()).stdout.decode().strip()
    odd = repo.write_tree_commit(tree, [first], OWNER, "by git")

    after = repo.write_commit(odd, [AddFile("b.txt", b"b")], OWNER, "by us")

    assert repo.entry(after, "run.sh").mode == 0o100755


def test_pages_of_a_tree_begin_behind_a_path(repo):
    sha = commit(
        repo,
        *[AddFile(f"{folder}/{number}.txt", b"x") for folder in "abc" for number in range(4)],
        AddFile("a.txt", b"x"),
    )
    whole = paths(repo, sha)

    for place, path in enumerate(whole):
        assert [entry.path for entry in repo.tree(sha, recursive=True, after=path)] == whole[place + 1 :]
    assert [entry.path for entry in repo.tree(sha, "b", after="b/1.txt")] == ["b/2.txt", "b/3.txt"]


def test_a_revision_is_a_branch_a_tag_a_sha_a_short_sha_or_a_full_ref(repo):
    sha = commit(repo, AddFile("a.txt", b"a"))
    repo.create_branch("feature/deep/name", sha)
    repo.create_tag("v1.0", sha)
    repo.create_tag("v1.1", sha, "the first release", OWNER)
    repo.move_ref("refs/pr/1", None, sha)
    repo.move_ref("refs/convert/parquet", None, sha)

    for revision in (
        "main",
        "HEAD",
        "feature/deep/name",
        "v1.0",
        "v1.1",
        "refs/pr/1",
        "refs/convert/parquet",
        "refs/heads/main",
        sha,
        sha[:4],
        sha[:9],
    ):
        assert repo.resolve(revision) == sha


@pytest.mark.parametrize(
    "revision",
    [
        "",
        "no",
        "0" * 40,
        "deadbeef",
        "abc",
        "a..b",
        "main~1",
        "refs/heads/no",
        "x\0y",
        "\udcff",
        "main:README.md",
        "-x",
        "@{0}",
    ],
)
def test_what_names_no_commit_is_not_found(repo, revision):
    commit(repo, AddFile("a.txt", b"a"))

    with pytest.raises(RevisionNotFound):
        repo.resolve(revision)


def test_a_blob_or_tree_is_no_revision(repo):
    sha = commit(repo, AddFile("d/a.txt", b"a"))

    for path in ("d", "d/a.txt"):
        with pytest.raises(RevisionNotFound):
            repo.resolve(repo.entry(sha, path).oid)


def test_the_log_follows_first_parents_and_counts(repo):
    first = commit(repo, AddFile("a.txt", b"1"), message="one")
    side = repo.write_commit(first, [AddFile("s.txt", b"s")], OWNER, "side")
    second = commit(repo, AddFile("a.txt", b"2"), parent=first, message="two")
    tree = repo.tree_id(repo.write_commit(second, [AddFile("s.txt", b"s")], OWNER, "x"))
    merge = repo.write_tree_commit(tree, [second, side], OWNER, "merge side", "with\nits reason")

    assert [one.title for one in repo.log(merge)] == ["merge side", "two", "one"]
    assert repo.log(merge)[0].message == "with\nits reason"
    assert [one.sha for one in repo.log(merge, limit=1, skip=1)] == [second]
    assert repo.commit_count(merge) == 3


def test_the_last_commit_of_each_path_is_the_one_that_changed_it(repo):
    first = commit(
        repo, AddFile("a.txt", b"1"), AddFile("d/b.txt", b"1"), AddFile("d/e/c.txt", b"1"), message="one"
    )
    second = commit(repo, AddFile("d/e/c.txt", b"2"), parent=first, message="two")
    third = commit(repo, AddFile("名 字.txt", b"3"), parent=second, message="three")

    assert {path: info.title for path, info in repo.last_commits(third).items()} == {
        "a.txt": "one",
        "d": "two",
        "名 字.txt": "three",
    }
    assert {path: info.title for path, info in repo.last_commits(third, "d").items()} == {
        "d/b.txt": "one",
        "d/e": "two",
    }
    assert repo.last_commit_ids(third, ["d/e/c.txt", "no"]) == {"d/e/c.txt": second}
    assert repo.last_commits(first)["d"].title == "one"


def test_a_ref_moves_only_from_where_it_was_seen(repo):
    first = commit(repo, AddFile("a.txt", b"1"))
    second = commit(repo, AddFile("a.txt", b"2"), parent=first)
    stale = repo.write_commit(first, [AddFile("a.txt", b"3")], OWNER, "stale")

    with pytest.raises(RefMoved):
        repo.move_ref("refs/heads/main", first, stale)
    with pytest.raises(RefExists, match="refs/heads/main"):
        repo.move_ref("refs/heads/main", None, stale)

    assert repo.resolve("main") == second


def _race(folder, parent, number, barrier, results):
    from pathlib import Path

    from apps.registry.gitstore.repo import GitRepo

    repo = GitRepo(Path(folder))
    sha = repo.write_commit(parent, [AddFile("a.txt", f"by {number}".encode())], OWNER, f"writer {number}")
    barrier.wait()
    try:
        repo.move_ref("refs/heads/main", parent, sha)
        results.put(sha)
    except RefMoved:
        results.put(None)


def test_of_several_writers_in_several_processes_one_wins(repo):
    parent = commit(repo, AddFile("a.txt", b"0"))
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(4), context.Queue()
    writers = [
        context.Process(target=_race, args=(str(repo.folder), parent, number, barrier, results))
        for number in range(4)
    ]
    for writer in writers:
        writer.start()
    answers = [results.get(timeout=60) for _ in writers]
    for writer in writers:
        writer.join(timeout=60)

    winners = [sha for sha in answers if sha]
    assert len(winners) == 1
    assert repo.resolve("main") == winners[0]


def test_a_lock_that_a_dead_process_left_does_not_hold_the_branch_for_ever(repo):
    first = commit(repo, AddFile("a.txt", b"1"))
    lock = repo.folder / "refs/heads/main.lock"
    lock.write_bytes(b"")
    os.utime(lock, (time.time() - 600, time.time() - 600))

    second = commit(repo, AddFile("a.txt", b"2"), parent=first)

    assert repo.resolve("main") == second


def test_branches_and_tags_are_made_listed_and_removed(repo):
    sha = commit(repo, AddFile("a.txt", b"1"))
    repo.create_branch("next", sha)
    repo.create_tag("next", sha, "same name as the branch", OWNER)
    repo.move_ref("refs/pr/3", None, sha)

    refs = repo.refs()
    assert [(ref.name, ref.ref, ref.target) for ref in refs.branches] == [
        ("main", "refs/heads/main", sha),
        ("next", "refs/heads/next", sha),
    ]
    assert [(ref.name, ref.target) for ref in refs.tags] == [("next", sha)]
    assert [ref.name for ref in refs.pulls] == ["3"]

    repo.delete_branch("next")
    repo.delete_tag("next")
    assert [ref.name for ref in repo.refs().branches] == ["main"]
    assert repo.refs().tags == []
    with pytest.raises(RevisionNotFound):
        repo.delete_branch("next")
    with pytest.raises(RefProtected, match="refs/heads/main"):
        repo.delete_branch("main")


def test_a_branch_in_the_way_of_another_is_a_conflict(repo):
    sha = commit(repo, AddFile("a.txt", b"1"))
    repo.create_branch("a", sha)

    with pytest.raises(RefExists):
        repo.create_branch("a/b", sha)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "a..b",
        "x.lock",
        "x/",
        "/x",
        "-x",
        ".x",
        "a//b",
        "a~1",
        "@",
        "a@{1}",
        "x\n",
        "refs/heads/x",
        "HEAD",
        "f" * 40,
        "\udcff",
        "z" * 300,
    ],
)
def test_bad_names_of_refs_are_refused(repo, name):
    sha = commit(repo, AddFile("a.txt", b"1"))

    with pytest.raises(BadRefName):
        repo.create_branch(name, sha)


def test_all_refs_move_or_none(repo):
    sha = commit(repo, AddFile("a.txt", b"1"))
    from apps.registry.gitstore import RefMove

    with pytest.raises(RefMoved):
        repo.move_refs([RefMove("refs/heads/new", None, sha), RefMove("refs/heads/main", "1" * 40, None)])

    assert [ref.name for ref in repo.refs().branches] == ["main"]


def test_the_default_branch_can_change_to_one_that_is_there(repo):
    sha = commit(repo, AddFile("a.txt", b"1"))
    repo.create_branch("trunk", sha)

    repo.set_default_branch("trunk")

    assert repo.default_branch == "trunk"
    with pytest.raises(RevisionNotFound):
        repo.set_default_branch("no")


def test_signatures_cannot_break_the_commit_header(repo):
    sha = repo.write_commit(
        None, [AddFile("a", b"a")], Signature("x <y>\ncommitter evil", "<a@b>\n"), "title\n\nbody"
    )

    assert run_git(repo.folder, "fsck", "--strict").returncode == 0
    assert repo.commit(sha).author == "x ycommitter evil"


def test_a_deleted_repository_is_gone_and_a_repeated_creation_is_harmless(store):
    key = uuid.uuid4()
    sha = commit(store.create(key), AddFile("a.txt", b"1"))
    assert store.create(key).resolve("main") == sha

    store.delete(key)

    with pytest.raises(RepositoryMissing):
        store.open(key)
    store.delete(key)


def test_packing_keeps_everything(store, repo):
    sha = commit(repo, *[AddFile(f"d/{number}.txt", str(number).encode()) for number in range(200)])

    repo.pack()

    assert not list(repo.folder.glob("objects/[0-9a-f][0-9a-f]"))
    assert len(paths(store.open(repo.folder.stem), sha)) == 201


def test_a_long_listing_by_git_is_the_same_as_our_own_walk(repo):
    odd = ["tab\there"[:3] + " x", "quote'\".txt", "back\\slash", "中文/文件.txt", "-dash", "é/ü.bin"]
    files = [
        AddFile(f"d{number % 7}/deep/{number}.txt", b"x" * number) for number in range(listing.SHORT + 900)
    ]
    large = [AddLarge(f"large/{number}.bin", f"{number:064x}", number * 10**9) for number in range(1, 20)]
    sha = commit(repo, *files, *large, *[AddFile(path, b"odd") for path in odd])

    for path in ("", "d3", "d3/deep", "中文"):
        found = list(repo.tree(sha, path, recursive=True))
        assert found == list(trees.walk(repo.git, trees.tree_of(repo.git, sha), path, recursive=True))
    whole = list(repo.tree(sha, recursive=True))
    assert next(entry.size for entry in whole if entry.path.startswith("large/")) == 10**9
    half = len(whole) // 2
    assert list(repo.tree(sha, recursive=True, after=whole[half].path)) == whole[half + 1 :]


def test_git_children_see_nothing_of_the_host(repo, monkeypatch, tmp_path):
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = host\n[alias]\n\tx = y\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("SECRET_KEY", "not for children")

    seen = run_git(repo.folder, "config", "--list").stdout.decode()

    assert "user.name" not in seen
    assert "alias.x" not in seen
    shown = subprocess.run(
        ["git", "-c", "alias.e=!env", "e"],
        env=git_environment(),
        capture_output=True,
    )
    assert b"not for children" not in shown.stdout
