"""The last commit of each path, cached by commit."""

import pytest

from apps.registry.contents.selectors.changes import last_commits
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile, GitRepo
from apps.registry.repos.selectors.files import git_of
from tests.makers import a_repo


@pytest.fixture
def changed(cast):
    """A repository whose folder `d` has 20 files, the third of which was changed again."""
    repo = a_repo(cast.owner)

    def commit(message, *files):
        return commit_changes(
            actor=cast.owner.actor, address=repo.address, branch="main", changes=files, message=message
        ).sha

    commit("all", *[AddFile(f"d/{number:02d}.txt", b"1") for number in range(20)], AddFile("other.txt", b"1"))
    return git_of(repo), commit("third", AddFile("d/03.txt", b"2"))


def test_every_page_of_a_folder_is_served_by_one_look_through_the_history(changed, monkeypatch):
    git, sha = changed
    looks, look = [], GitRepo.last_commit_ids
    monkeypatch.setattr(
        GitRepo, "last_commit_ids", lambda *facts, **more: looks.append(facts) or look(*facts, **more)
    )

    first = last_commits(git, sha, [f"d/{number:02d}.txt" for number in range(10)], under="d")
    rest = last_commits(git, sha, [f"d/{number:02d}.txt" for number in range(10, 20)], under="d")

    assert [info.title for info in first.values()] == ["all"] * 3 + ["third"] + ["all"] * 6
    assert [info.title for info in rest.values()] == ["all"] * 10
    assert len(looks) == 1


def test_paths_in_several_folders_and_missing_ones_are_distinguished(changed):
    git, sha = changed

    found = last_commits(git, sha, ["d", "d/03.txt", "d/04.txt", "other.txt", "absent"])

    assert {path: info.title for path, info in found.items()} == {
        "d": "third",
        "d/03.txt": "third",
        "d/04.txt": "all",
        "other.txt": "all",
    }
    assert last_commits(git, sha, []) == {}
