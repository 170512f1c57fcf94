"""Protected refs: one rule for commits, pushes and pages."""

import json

import pytest

from apps.registry.contents.services.commit import commit_changes
from apps.registry.contents.services.push import accept_push
from apps.registry.contents.services.refs import (
    create_branch,
    create_tag,
    delete_branch,
    delete_tag,
    squash_branch,
)
from apps.registry.gitstore import AddFile, RefMove
from apps.registry.gitstore.quarantine import Quarantine
from apps.registry.repos.errors import BadPattern, Forbidden
from apps.registry.repos.selectors.files import git_of, signature_of
from apps.registry.repos.services.protection import protection_of, set_protection
from tests.makers import a_repo


@pytest.fixture
def repo(cast):
    """A repository of the organization, where `owner` is an administrator and `member` writes."""
    return a_repo(cast.owner, namespace="grove")


def commit(person, repo, text=b"x", branch="main"):
    changes = [AddFile("a.txt", text)]
    return commit_changes(
        actor=person.actor, address=repo.address, branch=branch, changes=changes, message="a change"
    ).sha


def push(person, repo, *moves):
    with Quarantine(git_of(repo).folder) as quarantine:
        accept_push(
            actor=person.actor,
            address=repo.address,
            moves=[RefMove(*move) for move in moves],
            quarantine=quarantine,
        )


def protect(cast, repo, *patterns):
    return set_protection(actor=cast.owner.actor, address=repo.address, patterns=patterns)


def test_writers_push_forward_and_only_administrators_replace_history(cast, repo):
    first = repo.head
    second = commit(cast.member, repo)
    other = git_of(repo).write_commit(
        first, [AddFile("b.txt", b"b")], signature_of(cast.member.actor), "another history"
    )

    with pytest.raises(Forbidden, match="refs/heads/main"):
        push(cast.member, repo, ("refs/heads/main", second, other))
    push(cast.member, repo, ("refs/heads/side", None, first))
    push(cast.member, repo, ("refs/heads/side", first, second))

    push(cast.owner, repo, ("refs/heads/main", second, other))
    assert git_of(repo).resolve("main") == other


def test_writers_delete_no_branch_by_push_nor_by_button(cast, repo):
    create_branch(actor=cast.member.actor, address=repo.address, name="side")

    with pytest.raises(Forbidden, match="refs/heads/side"):
        push(cast.member, repo, ("refs/heads/side", repo.head, None))
    with pytest.raises(Forbidden):
        delete_branch(actor=cast.member.actor, address=repo.address, name="side")

    delete_branch(actor=cast.owner.actor, address=repo.address, name="side")
    assert git_of(repo).target("refs/heads/side") is None


def test_writers_squash_nothing_and_make_no_branch_over_another(cast, repo):
    first, second = repo.head, commit(cast.member, repo)

    with pytest.raises(Forbidden):
        squash_branch(actor=cast.member.actor, address=repo.address, branch="main", message="all in one")
    with pytest.raises(Forbidden):
        create_branch(actor=cast.member.actor, address=repo.address, name="main", start=first, overwrite=True)

    assert git_of(repo).resolve("main") == second


def test_the_history_of_a_conversion_may_be_replaced_by_writers(cast, repo):
    git_of(repo).move_ref("refs/convert/parquet", None, repo.head)

    squashed = squash_branch(
        actor=cast.member.actor, address=repo.address, branch="refs/convert/parquet", message="again"
    )

    assert git_of(repo).target("refs/convert/parquet") == squashed


def test_a_protected_branch_takes_commits_from_administrators_alone(cast, repo):
    protect(cast, repo, "main", "release/*")

    for attempt in (
        lambda: commit(cast.member, repo),
        lambda: push(cast.member, repo, ("refs/heads/release/2", None, repo.head)),
        lambda: create_branch(actor=cast.member.actor, address=repo.address, name="release/2"),
    ):
        with pytest.raises(Forbidden, match=r"refs/heads/(main|release/2)"):
            attempt()

    push(cast.member, repo, ("refs/heads/side", None, repo.head))
    assert commit(cast.owner, repo) == git_of(repo).resolve("main")


def test_a_protected_tag_is_made_moved_and_deleted_by_administrators_alone(cast, repo):
    protect(cast, repo, "refs/tags/v*")
    create_tag(actor=cast.owner.actor, address=repo.address, name="v1", revision="main")
    second = commit(cast.member, repo)

    for attempt in (
        lambda: create_tag(actor=cast.member.actor, address=repo.address, name="v2", revision="main"),
        lambda: delete_tag(actor=cast.member.actor, address=repo.address, name="v1"),
        lambda: push(cast.member, repo, ("refs/tags/v1", repo.head, second)),
        lambda: push(cast.member, repo, ("refs/tags/free", None, second), ("refs/tags/v1", repo.head, None)),
    ):
        with pytest.raises(Forbidden, match=r"refs/tags/v[12]"):
            attempt()

    create_tag(actor=cast.member.actor, address=repo.address, name="free", revision="main")
    delete_tag(actor=cast.member.actor, address=repo.address, name="free")
    assert [tag.name for tag in git_of(repo).refs().tags] == ["v1"]


def test_patterns_are_kept_in_one_form_and_only_administrators_name_them(cast, repo):
    kept = protect(cast, repo, " main ", "refs/heads/main", "", "refs/tags/v?")

    assert kept.patterns == ("main", "refs/tags/v?")
    repo.refresh_from_db()
    assert protection_of(repo) == kept
    with pytest.raises(Forbidden):
        set_protection(actor=cast.member.actor, address=repo.address, patterns=[])
    assert protect(cast, repo).patterns == ()


@pytest.mark.parametrize("pattern", ["refs/pr/1", "refs/tags/", "a b", "x" * 201, "a[b", "\x00", "v\u202e1"])
def test_odd_patterns_are_refused_and_the_old_ones_stay(cast, repo, pattern):
    protect(cast, repo, "main")

    with pytest.raises(BadPattern):
        protect(cast, repo, "side", pattern)

    repo.refresh_from_db()
    assert protection_of(repo).patterns == ("main",)


def test_every_protocol_answers_403_with_the_reason(cast, client, repo):
    protect(cast, repo, "main")
    create_branch(actor=cast.member.actor, address=repo.address, name="side")
    lines = [
        {"key": "header", "value": {"summary": "s"}},
        {"key": "file", "value": {"path": "a.txt", "content": "a"}},
    ]
    hub = "/api/models/grove/tiny"

    answers = [
        client.post(
            f"{hub}/commit/main",
            "\n".join(map(json.dumps, lines)),
            "application/x-ndjson",
            headers=cast.member.headers,
        ),
        client.delete(f"{hub}/branch/side", headers=cast.member.headers),
        client.post(f"{hub}/super-squash/main", "{}", "application/json", headers=cast.member.headers),
        client.post(
            f"{hub}/branch/main", '{"overwrite": true}', "application/json", headers=cast.member.headers
        ),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 200]
    assert "refs/heads/main" in answers[0].json()["error"]
    assert git_of(repo).resolve("main") == repo.head
