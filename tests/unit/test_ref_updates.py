"""Refs and rows are updated together: failures roll back, crashes are recovered."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from apps.registry.contents.services import recovery, ref_updates
from apps.registry.contents.services.commit import commit_changes
from apps.registry.contents.services.recovery import replay_journal, write_journal_entry
from apps.registry.contents.services.refs import create_branch
from apps.registry.gitstore import AddFile, RefMove
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of, signature_of
from tests.makers import a_repo

AT_ONCE = timedelta(seconds=-1)


def notes(settings):
    return list((Path(settings.REPOSITORIES_ROOT) / ".landing").glob("*"))


def commit(cast, repo, path="a.txt"):
    change = [AddFile(path, b"a")]
    return commit_changes(
        actor=cast.owner.actor, address=repo.address, branch="main", changes=change, message="Add"
    )


@pytest.fixture
def repo(cast):
    """A repository, with an empty recovery journal."""
    replay_journal(age=AT_ONCE)
    return a_repo(cast.owner)


@pytest.fixture
def failing_database(repo, monkeypatch):
    """A database that fails while the row is written, after the refs were updated."""

    def save(row, **options):
        raise OperationalError("the connection was closed")

    monkeypatch.setattr(Repo, "save", save)
    return monkeypatch


def test_a_commit_whose_row_cannot_be_written_is_not_there_and_can_be_sent_again(
    cast, repo, failing_database, settings
):
    with pytest.raises(OperationalError):
        commit(cast, repo)
    left = git_of(repo).target("refs/heads/main")
    failing_database.undo()
    replay_journal(age=AT_ONCE)
    sha = commit(cast, repo).sha

    assert left == repo.head
    assert git_of(repo).target("refs/heads/main") == sha == Repo.objects.get().head
    assert notes(settings) == []


def test_a_branch_whose_row_cannot_be_written_is_not_there(cast, repo, failing_database):
    with pytest.raises(OperationalError):
        create_branch(actor=cast.owner.actor, address=repo.address, name="side")

    assert git_of(repo).target("refs/heads/side") is None


def test_rows_of_a_commit_whose_process_died_are_derived_by_the_next_look(cast, repo, settings):
    git = git_of(repo)
    sha = git.write_commit(
        repo.head, [AddFile("README.md", b"---\nlicense: mit\n---\n")], signature_of(cast.owner.actor), "Add"
    )
    write_journal_entry(repo)
    git.move_refs([RefMove("refs/heads/main", repo.head, sha)])

    young = replay_journal()
    old = replay_journal(age=AT_ONCE)

    assert (young, old, notes(settings)) == (0, 1, [])
    row = Repo.objects.get()
    assert (row.head, row.license) == (sha, "mit")


def test_rows_that_could_not_be_derived_behind_a_commit_are_derived_by_a_later_look(
    cast, repo, settings, monkeypatch
):
    def derive(repo):
        raise OperationalError("the connection was closed")

    monkeypatch.setattr(ref_updates, "refresh_derived", derive)
    monkeypatch.setattr(recovery, "refresh_derived", derive)
    commit(cast, repo)
    stale, failed, left = Repo.objects.get().file_count, replay_journal(age=AT_ONCE), len(notes(settings))
    monkeypatch.undo()

    assert (stale, failed, left) == (repo.file_count, 0, 1)
    assert (replay_journal(age=AT_ONCE), notes(settings)) == (1, [])
    assert Repo.objects.get().file_count == repo.file_count + 1


def test_a_commit_leaves_no_note(cast, repo, settings):
    commit(cast, repo)

    assert notes(settings) == []
    assert ref_updates._moved.get() is None
