"""The commit service: permissions, rules, concurrent writers, derived columns."""

import hashlib
import json
import threading

import numpy
import pytest
from django.core.management import call_command
from django.db import connection
from safetensors.numpy import save

from apps.core.errors import OverQuota, TooLarge
from apps.registry.blobs.selectors import object_for
from apps.registry.blobs.services import UploadContext, store_blob
from apps.registry.contents.errors import BranchMoved, CommitRefused
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile, AddLarge, Copy, Delete, Signature, packing
from apps.registry.gitstore.pointers import pointer_text
from apps.registry.gitstore.repo import PACK_FROM
from apps.registry.repos.errors import EntryNotFound, Forbidden, RepoNotFound, RevisionNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.storage.services.pack import pack_repo, queue_packing
from tests.makers import a_repo

CARD = b"""---
license: mit
language: [en, zh]
library_name: transformers
pipeline_tag: text-classification
tags: [tweets]
base_model: owner/encoder
datasets: owner/tweets
---
# Feelings of tweets

A small model that reads feelings.
"""


def commit(actor, repo, *changes, **facts):
    facts = {"branch": "main", "message": "a change", **facts}
    return commit_changes(actor=actor, address=repo.address, changes=list(changes), **facts)


def test_a_commit_is_on_the_branch_and_its_facts_are_in_the_row(cast):
    repo = a_repo(cast.owner)

    done = commit(
        cast.owner.actor,
        repo,
        AddFile("README.md", CARD),
        AddFile("config.json", b'{"model_type": "bert", "x": NaN}'),
    )

    row = Repo.objects.get(pk=repo.pk)
    assert git_of(row).resolve("main") == done.sha == row.head
    assert (row.license, row.library, row.task) == ("mit", "transformers", "text-classification")
    assert (row.languages, row.base_models, row.datasets) == (
        ["en", "zh"],
        ["owner/encoder"],
        ["owner/tweets"],
    )
    assert (row.title, row.description, row.file_count) == (
        "Feelings of tweets",
        "A small model that reads feelings.",
        3,
    )
    assert row.config == {"model_type": "bert"}
    tags = set(row.tags)
    assert {
        "transformers",
        "bert",
        "text-classification",
        "tweets",
        "en",
        "zh",
        "license:mit",
        "dataset:owner/tweets",
        "base_model:owner/encoder",
    } <= tags


def test_facts_that_a_card_no_longer_states_are_gone(cast):
    repo = a_repo(cast.owner)
    commit(cast.owner.actor, repo, AddFile("README.md", CARD))

    commit(cast.owner.actor, repo, AddFile("README.md", b"---\nlicense: apache-2.0\n---\n"))

    row = Repo.objects.get(pk=repo.pk)
    assert (row.license, row.task, row.languages) == ("apache-2.0", "", [])
    assert row.tags == ["license:apache-2.0"]


def test_a_commit_to_another_branch_leaves_the_rows_alone(cast):
    repo = a_repo(cast.owner)
    git_of(repo).create_branch("next", repo.head)

    commit(cast.owner.actor, repo, AddFile("README.md", CARD), branch="next")

    assert Repo.objects.get(pk=repo.pk).license == ""
    assert git_of(repo).resolve("main") == repo.head


def test_strangers_cannot_commit_and_hidden_repositories_stay_hidden(cast):
    public, private = a_repo(cast.owner), a_repo(cast.owner, "secret", is_private=True)

    with pytest.raises(Forbidden):
        commit(cast.stranger.actor, public, AddFile("a", b"a"))
    with pytest.raises(RepoNotFound):
        commit(cast.stranger.actor, private, AddFile("a", b"a"))

    assert git_of(public).resolve("main") == public.head


def test_a_stale_parent_is_refused_and_an_abbreviated_one_is_understood(cast):
    repo = a_repo(cast.owner)
    second = commit(cast.owner.actor, repo, AddFile("a", b"1"), parent=repo.head[:5]).sha

    with pytest.raises(BranchMoved):
        commit(cast.owner.actor, repo, AddFile("a", b"2"), parent=repo.head)
    with pytest.raises(CommitRefused):
        commit(cast.owner.actor, repo, AddFile("a", b"2"), parent="main")

    assert git_of(repo).resolve("main") == second


@pytest.mark.parametrize("branch", ["no", "v1", "refs/pr/1", "refs/tags/v1", "0" * 40])
def test_only_branches_that_are_there_take_commits(cast, branch):
    repo = a_repo(cast.owner)
    git_of(repo).create_tag("v1", repo.head)

    for name in (branch, repo.head):
        with pytest.raises(RevisionNotFound):
            commit(cast.owner.actor, repo, AddFile("a", b"1"), branch=name)


def test_a_refused_commit_leaves_nothing_behind(cast, settings):
    repo = a_repo(cast.owner)
    settings.REGULAR_FILE_LIMIT_BYTES = 100
    settings.USAGE_LIMITS = {"storage_bytes": repo.size_bytes + 50}
    bad = {
        TooLarge: [AddFile("big.txt", b"x" * 101)],
        OverQuota: [AddFile("a.txt", b"x" * 60)],
        EntryNotFound: [AddFile("a.txt", b"x"), Delete("no")],
        CommitRefused: [AddFile("a.txt", b"x"), AddFile("README.md", b"---\nlicense: nobodys\n---\n")],
    }

    for refusal, changes in bad.items():
        with pytest.raises(refusal):
            commit(cast.owner.actor, repo, *changes)
    with pytest.raises(CommitRefused):
        commit(cast.owner.actor, repo, AddFile("a.txt", b"x"), message="  ")

    assert [entry.path for entry in git_of(repo).tree(git_of(repo).resolve("main"))] == [".gitattributes"]


def test_the_refusal_of_a_card_names_each_error(cast):
    repo = a_repo(cast.owner)

    with pytest.raises(CommitRefused) as caught:
        commit(cast.owner.actor, repo, AddFile("README.md", b"---\nlicense: nobodys\nmodel-index: 3\n---\n"))

    assert "README.md" in caught.value.message
    assert [error.partition(" must")[0] for error in caught.value.facts["card_errors"]] == [
        '"license"',
        '"model-index"',
    ]


def test_nothing_changed_is_no_new_commit(cast):
    repo = a_repo(cast.owner)
    first = commit(cast.owner.actor, repo, AddFile("a", b"1")).sha

    assert commit(cast.owner.actor, repo, AddFile("a", b"1")).sha == first


def test_a_copy_takes_a_file_of_an_older_revision(cast):
    repo = a_repo(cast.owner)
    first = commit(cast.owner.actor, repo, AddFile("a", b"old")).sha
    commit(cast.owner.actor, repo, AddFile("a", b"new"))

    done = commit(cast.owner.actor, repo, Copy("a", first, "b"))

    git = git_of(repo)
    assert git.read_file(done.sha, "b") == b"old"


NOT_WEIGHTS = [
    b"",
    b"x" * 7,
    b"\xff" * 100,
    (9).to_bytes(8, "little") + b"not json!",
    (2).to_bytes(8, "little") + b"[]",
]


@pytest.mark.parametrize("content", NOT_WEIGHTS)
def test_weights_with_a_malformed_header_are_accepted_with_a_warning(cast, content):
    repo = a_repo(cast.owner)

    done = commit(cast.owner.actor, repo, AddFile("model.safetensors", content))

    row = Repo.objects.get(pk=repo.pk)
    assert git_of(repo).read_file(done.sha, "model.safetensors") == content
    assert (row.parameters, row.parameters_by_dtype) == (None, {})
    [warning] = done.warnings
    assert warning.startswith("model.safetensors ")
    assert row.files_problem == warning


def test_weights_with_a_header_above_the_limit_are_refused(cast, monkeypatch):
    monkeypatch.setattr("apps.registry.formats.safetensors.HEADER_LIMIT_BYTES", 10)
    repo = a_repo(cast.owner)

    with pytest.raises(CommitRefused, match=r"model\.safetensors"):
        commit(cast.owner.actor, repo, AddFile("model.safetensors", (11).to_bytes(8, "little") + b" " * 11))

    assert git_of(repo).resolve("main") == repo.head


def test_weights_of_a_new_dtype_are_counted(cast):
    repo = a_repo(cast.owner)
    header = b'{"a":{"dtype":"F2_NEW","shape":[8],"data_offsets":[0,2]}}'

    done = commit(
        cast.owner.actor,
        repo,
        AddFile("model.safetensors", len(header).to_bytes(8, "little") + header + b"xx"),
    )

    assert Repo.objects.get(pk=repo.pk).parameters_by_dtype == {"F2_NEW": 8}
    assert len(done.warnings) == 1


def test_names_that_some_computers_cannot_store_are_named_once_in_the_commit_that_adds_them(cast):
    repo = a_repo(cast.owner)
    commit(cast.owner.actor, repo, AddFile("data/Read.me", b"1"))

    done = commit(cast.owner.actor, repo, AddFile("data/read.me", b"2"), AddFile("data/aux.txt", b""))
    later = commit(cast.owner.actor, repo, AddFile("data/read.me", b"3"))

    clash, unportable = done.warnings
    assert "data/Read.me" in clash
    assert "data/read.me" in clash
    assert "data/aux.txt" in unportable
    assert later.warnings == ()


def test_an_executable_file_stays_one_and_a_new_file_is_none(cast):
    repo = a_repo(cast.owner)
    git = git_of(repo)
    builder = git.git.TreeBuilder()
    for name, mode in (("run.sh", 0o100755), ("link", 0o120000)):
        builder.insert(name, git.git.create_blob(b"#!/bin/sh"), mode)
    sha = git.write_tree_commit(str(builder.write()), [repo.head], Signature("o", "o@example.com"), "scripts")
    git.move_ref("refs/heads/main", repo.head, sha)

    commit(cast.owner.actor, repo, AddFile("run.sh", b"1"), AddFile("new.sh", b"1"), AddFile("link", b"1"))
    commit(cast.owner.actor, repo, Delete("run.sh"), AddFile("run.sh", b"2"))
    commit(cast.owner.actor, repo, Copy("run.sh", None, "copy.sh"))
    done = commit(cast.owner.actor, repo, Delete("run.sh"), AddFile("moved.sh", b"3", replaces="run.sh"))

    modes = {entry.path: entry.mode for entry in git.tree(done.sha) if entry.is_file}
    assert modes == {
        "copy.sh": 0o100755,
        "moved.sh": 0o100755,
        "link": 0o100644,
        "new.sh": 0o100644,
    }


def test_small_weights_inside_a_commit_are_counted(cast):
    repo = a_repo(cast.owner)
    content = save({"a": numpy.zeros((3, 4), numpy.float32), "b": numpy.zeros(5, numpy.float16)})

    commit(cast.owner.actor, repo, AddFile("model.safetensors", content))

    row = Repo.objects.get(pk=repo.pk)
    assert (row.parameters, row.parameters_by_dtype) == (17, {"F32": 12, "F16": 5})
    assert "safetensors" in row.tags


@pytest.mark.django_db(transaction=True)
def test_concurrent_commits_both_succeed_unless_they_name_a_parent():
    from tests.makers import the_cast

    cast = the_cast()
    repo, actor = a_repo(cast.owner), cast.owner.actor
    outcomes: list[str] = []

    def write(name, parent):
        try:
            commit(actor, repo, AddFile(name, name.encode()), parent=parent)
            outcomes.append("landed")
        except BranchMoved:
            outcomes.append("moved")
        finally:
            connection.close()

    for names, parent, expected in (
        (("a", "b", "c"), None, ["landed"] * 3),
        (("d", "e", "f"), "head", ["landed", "moved", "moved"]),
    ):
        outcomes.clear()
        parent = parent and git_of(repo).resolve("main")
        writers = [threading.Thread(target=write, args=(name, parent)) for name in names]
        [writer.start() for writer in writers]
        [writer.join() for writer in writers]
        assert sorted(outcomes) == expected

    files = {entry.path for entry in git_of(repo).tree(git_of(repo).resolve("main"))}
    assert {"a", "b", "c"} <= files
    assert len(files & {"d", "e", "f"}) == 1
    assert Repo.objects.get(pk=repo.pk).head == git_of(repo).resolve("main")


def upload(repo, data):
    """Store bytes in a repository as LFS does, and return their sha256."""
    sha256 = hashlib.sha256(data).hexdigest()
    store_blob(UploadContext(repo.pk), sha256=sha256, size=len(data), blocks=[data])
    return sha256


def test_a_large_file_is_linked_and_its_header_is_read_by_range(cast):
    repo = a_repo(cast.owner)
    sha256 = upload(repo, save({"a": numpy.zeros((1000, 100), numpy.float32)}))

    done = commit(cast.owner.actor, repo, AddLarge("model.safetensors", sha256))

    entry = git_of(repo).entry(done.sha, "model.safetensors")
    assert entry.pointer.oid == sha256
    assert entry.size == object_for(repo.pk, sha256, committed=True).size
    assert (done.repo.parameters, done.repo.parameters_by_dtype) == (100_000, {"F32": 100_000})


def test_the_shards_of_an_index_are_added_up_and_others_are_not(cast):
    repo = a_repo(cast.owner)
    shards = [upload(repo, save({f"t{number}": numpy.zeros(number, numpy.float16)})) for number in (3, 4, 5)]
    index = {"weight_map": {"t3": "model-1.safetensors", "t4": "model-2.safetensors"}}

    done = commit(
        cast.owner.actor,
        repo,
        AddLarge("model-1.safetensors", shards[0]),
        AddLarge("model-2.safetensors", shards[1]),
        AddLarge("optimizer.safetensors", shards[2]),
        AddFile("model.safetensors.index.json", json.dumps(index).encode()),
    )

    assert done.repo.parameters == 7


def test_large_files_must_be_in_this_repository_with_this_size(cast):
    repo, other = a_repo(cast.owner), a_repo(cast.owner, "other")
    mine, theirs = upload(repo, b"mine"), upload(other, b"theirs")
    pointer = AddFile("p.bin", pointer_text(theirs, 6))

    for change in (
        AddLarge("w.bin", "ab" * 32, 4),
        AddLarge("w.bin", theirs, 6),
        AddLarge("w.bin", mine, 5),
        pointer,
    ):
        with pytest.raises(CommitRefused, match=r"[wp]\.bin"):
            commit(cast.owner.actor, repo, change)

    assert git_of(repo).resolve("main") == repo.head
    assert object_for(repo.pk, mine, committed=True) is None


def test_large_weights_with_a_malformed_header_are_linked_with_a_warning(cast):
    repo = a_repo(cast.owner)
    sha256 = upload(repo, (1 << 40).to_bytes(8, "little") + b"{}" * 1000)

    done = commit(cast.owner.actor, repo, AddLarge("model.safetensors", sha256))

    assert [warning.split()[0] for warning in done.warnings] == ["model.safetensors"]
    assert object_for(repo.pk, sha256, committed=True) is not None


def test_a_refused_tree_links_no_object(cast):
    repo = a_repo(cast.owner)
    sha256 = upload(repo, b"bytes")

    with pytest.raises(EntryNotFound):
        commit(cast.owner.actor, repo, AddLarge("w.bin", sha256), Delete("absent"))

    assert object_for(repo.pk, sha256, committed=True) is None


def test_derived_rows_are_rebuilt_from_the_files(cast):
    repo = a_repo(cast.owner)
    commit(cast.owner.actor, repo, AddFile("README.md", CARD))
    Repo.objects.update(tags=[], license="", head="", file_count=0)

    call_command("reindex", "owner/tiny")

    row = Repo.objects.get(pk=repo.pk)
    assert (row.license, row.file_count, row.head) == ("mit", 2, git_of(repo).resolve("main"))
    assert "license:mit" in row.tags


def test_a_repository_of_many_packs_is_packed_and_keeps_its_files(cast, monkeypatch):
    monkeypatch.setattr(packing, "PACKS_LIMIT", 5)
    repo = a_repo(cast.owner)
    for number in range(6):
        commit(
            cast.owner.actor,
            repo,
            *[AddFile(f"{number}/{file}.txt", f"{number} {file}".encode()) for file in range(PACK_FROM)],
        )
    assert git_of(repo).wants_packing
    assert queue_packing() == 1

    assert pack_repo(repo.pk)

    assert not git_of(repo).wants_packing
    assert not pack_repo(repo.pk)
    assert queue_packing() == 0
    assert (
        sum(entry.is_file for entry in git_of(repo).tree(git_of(repo).resolve("main"), recursive=True))
        == 6 * PACK_FROM + 1
    )
