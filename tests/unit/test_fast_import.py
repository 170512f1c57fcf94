"""Many blobs at once, by git fast-import."""

import os
import uuid

import pytest

from apps.registry.gitstore import AddFile, AddLarge, GitStore, Signature
from apps.registry.gitstore.children import run_git
from apps.registry.gitstore.fast_import import import_blobs
from apps.registry.gitstore.repo import PACK_FROM

OWNER = Signature("owner", "owner@example.com")


@pytest.fixture
def repo(tmp_path):
    return GitStore(tmp_path / "repositories").create(uuid.uuid4())


def test_git_finds_every_blob_of_a_pack_and_nothing_wrong(repo, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(os.urandom(3 << 20))
    contents = [b"", b"x", b"x" * 15, b"x" * 16, b"y" * 2048, os.urandom(70_000), large, b"x"]

    shas = import_blobs(repo.folder, contents)

    assert shas[1] == shas[7]
    (index,) = (repo.folder / "objects/pack").glob("*.idx")
    checked = run_git(repo.folder, "verify-pack", "-v", str(index))
    assert checked.returncode == 0
    assert checked.stdout.count(b" blob ") == 7
    for sha, content in zip(shas, contents, strict=True):
        assert repo.read(sha) == (content if isinstance(content, bytes) else content.read_bytes())
    assert run_git(repo.folder, "fsck", "--full", "--strict").returncode == 0


def test_a_commit_of_many_files_is_one_pack_and_the_same_as_many_of_one(repo):
    files = [AddFile(f"d{number % 3}/{number}.txt", str(number).encode()) for number in range(PACK_FROM * 3)]
    large = [AddLarge("w.bin", "ab" * 32, 5 << 30)]

    together = repo.write_commit(None, [*files, *large], OWNER, "together")
    assert len(list((repo.folder / "objects/pack").glob("*.pack"))) == 1
    alone = None
    for file in [*large, *files]:
        alone = repo.write_commit(alone, [file], OWNER, "alone")

    assert repo.tree_id(together) == repo.tree_id(alone)
    assert repo.entry(together, "w.bin").size == 5 << 30


def test_the_same_files_can_be_packed_twice(repo):
    contents = [str(number).encode() for number in range(30)]

    assert import_blobs(repo.folder, contents) == import_blobs(repo.folder, contents)

    assert run_git(repo.folder, "fsck", "--full", "--strict").returncode == 0


def test_a_file_that_cannot_be_read_leaves_nothing(repo, tmp_path):
    with pytest.raises(FileNotFoundError):
        import_blobs(repo.folder, [b"x", tmp_path / "absent"])
    assert not list((repo.folder / "objects/pack").iterdir())
    assert not list(repo.folder.glob("fast_import_crash_*"))
    assert not list((repo.folder / "objects").glob("tmp_objdir-*"))
