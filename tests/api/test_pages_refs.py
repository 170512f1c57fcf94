"""Pages for branches, tags, comparisons and archives."""

from __future__ import annotations

import io
import re
import tarfile

import pytest

from apps.registry.contents.previews import refs as listed
from apps.registry.contents.services.commit import commit_changes
from apps.registry.contents.services.refs import create_branch, create_tag
from apps.registry.gitstore import AddFile, Signature
from apps.registry.repos.selectors import git_of
from apps.registry.repos.services.protection import protection_of, set_protection
from tests.api.test_pages_history import part, words
from tests.api.test_pages_open import open_page
from tests.history_samples import a_history
from tests.makers import a_repo
from tests.pages import data_of, form_errors, is_empty
from tests.seed import a_model, commit_files

HOME = "/owner/tiny-sentiment"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def as_owner(client, cast):
    client.force_login(cast.owner.user, backend=BACKEND)
    return client


@pytest.fixture
def model(cast):
    """A model whose branch is two commits ahead of the default branch and one behind."""
    repo = a_model(cast.owner)
    facts = {"actor": cast.owner.actor, "address": repo.address}
    create_branch(name="feature/longer", **facts)
    for number in (1, 2):
        commit_changes(
            branch="feature/longer",
            changes=[AddFile("notes.txt", b"step %d\n" % number)],
            message=f"Step {number}",
            **facts,
        )
    return commit_files(cast.owner, repo, {"config.json": '{"hidden_size": 8}\n'}, "Shrink it")


# --- compare


def test_two_branches_are_compared_since_they_parted(client, model):
    page = open_page(client, f"{HOME}/compare/main...feature%2Flonger")

    assert (data_of(page, "ahead"), data_of(page, "behind")) == (["2"], ["1"])
    assert "+step 2" in words(part(page, "notes.txt"))
    assert "config.json" not in page


def test_names_with_slashes_and_two_dot_comparisons_work(client, model):
    page = open_page(client, f"{HOME}/compare/main..feature/longer")

    assert data_of(page, "way") == [".."]
    assert "hidden_size" in words(part(page, "config.json"))


def test_the_picker_leads_to_the_comparison(client, model):
    picked = client.get(f"{HOME}/compare?base=main&head=feature/longer")

    assert picked["Location"] == f"{HOME}/compare/main...feature%2Flonger"
    assert 'name="head"' in open_page(client, f"{HOME}/compare")


@pytest.mark.parametrize(
    "span", ["main...nowhere", "...", "main...", "..main", "a....b", "main", "..%2f..", "x" * 900]
)
def test_missing_ends_of_a_comparison_are_reported(client, model, span):
    assert client.get(f"{HOME}/compare/{span}").status_code in (200, 404)


def test_the_same_commit_at_both_ends_differs_in_nothing(client, model):
    page = open_page(client, f"{HOME}/compare/main...main")

    assert (data_of(page, "ahead"), data_of(page, "behind"), data_of(page, "files")) == (["0"], ["0"], [])


def test_unrelated_histories_are_compared_directly(client, cast, model):
    git = git_of(model)
    git.create_branch(
        "apart",
        git.write_commit(
            None, [AddFile("other.txt", b"x\n")], Signature("stranger", "stranger@example.com"), "Begin anew"
        ),
    )

    page = open_page(client, f"{HOME}/compare/main...apart")

    assert data_of(page, "merge-base") == [""]
    assert "config.json" in page


# --- branches


def test_branches_show_how_far_they_are_from_the_default_one(client, model):
    page = open_page(client, f"{HOME}/branches")

    assert data_of(page, "branch") == ["main", "feature/longer"]
    assert (data_of(page, "behind")[-1], data_of(page, "ahead")[-1]) == ("1", "2")
    assert "Step 2" in page


def test_a_protected_branch_is_marked(client, cast, model):
    set_protection(actor=cast.owner.actor, address=model.address, patterns=["feature/*"])

    assert re.search(
        r'data-branch="feature/longer"[^>]* data-protected', open_page(client, f"{HOME}/branches")
    )


def test_a_branch_is_made_and_deleted_by_forms(as_owner, model):
    made = as_owner.post(f"{HOME}/branches/create", {"name": "try/it", "start": "feature/longer"})
    there = git_of(model).target("refs/heads/try/it")
    gone = as_owner.post(f"{HOME}/branches/delete", {"name": "try/it"})

    assert (made.status_code, gone.status_code) == (302, 302)
    assert there == git_of(model).resolve("feature/longer")
    assert git_of(model).target("refs/heads/try/it") is None


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"name": "main", "start": "main"}, {"name": ["RefExists"]}),
        ({"name": "a..b", "start": "main"}, {"name": ["BadRefName"]}),
        ({"name": "new", "start": "nowhere"}, {"name": ["RevisionNotFound"]}),
        ({"name": "", "start": "main"}, {"name": ["required"]}),
        ({"name": "x" * 300, "start": "main"}, {"name": ["max_length"]}),
    ],
)
def test_an_invalid_branch_form_is_shown_again_with_errors(as_owner, model, fields, errors):
    response = as_owner.post(f"{HOME}/branches/create", fields)

    assert response.status_code == 422
    assert form_errors(response) == errors


def test_another_branch_becomes_the_default(as_owner, model):
    response = as_owner.post(f"{HOME}/branches/default", {"name": "feature/longer"})

    model.refresh_from_db()
    assert response.status_code == 302
    assert model.default_branch == "feature/longer"
    assert model.head == git_of(model).resolve("feature/longer")


def test_the_default_branch_and_absent_ones_are_not_deleted(as_owner, model):
    assert as_owner.post(f"{HOME}/branches/delete", {"name": "main"}).status_code == 422
    assert as_owner.post(f"{HOME}/branches/delete", {"name": "nowhere"}).status_code == 404
    assert as_owner.post(f"{HOME}/branches/delete", {}).status_code == 400
    assert git_of(model).target("refs/heads/main")


def test_a_member_makes_branches_but_deletes_none(client, cast):
    repo = commit_files(cast.owner, a_repo(cast.owner, "shared", namespace="grove"), {"a.txt": "a\n"})
    client.force_login(cast.member.user, backend=BACKEND)

    made = client.post("/grove/shared/branches/create", {"name": "mine", "start": "main"})
    refused = client.post("/grove/shared/branches/delete", {"name": "mine"})

    assert (made.status_code, refused.status_code) == (302, 403)
    assert git_of(repo).target("refs/heads/mine")


def test_strangers_read_branches_and_tags_and_change_nothing(client, cast, model):
    client.force_login(cast.stranger.user, backend=BACKEND)

    assert "branches/create" not in open_page(client, f"{HOME}/branches")
    for act, fields in (
        ("branches/create", {"name": "x", "start": "main"}),
        ("tags/create", {"name": "x", "revision": "main"}),
        ("tags/delete", {"name": "x"}),
    ):
        assert client.post(f"{HOME}/{act}", fields).status_code == 403


def test_many_branches_are_paged_and_searched(client, cast, model, monkeypatch):
    monkeypatch.setattr(listed, "PAGE_REFS", 3)
    monkeypatch.setattr("apps.registry.contents.views.refs.PAGE_REFS", 3)
    for number in range(9):
        create_branch(actor=cast.owner.actor, address=model.address, name=f"work-{number}")

    first, last = open_page(client, f"{HOME}/branches"), open_page(client, f"{HOME}/branches?page=4")

    assert 'rel="next"' in first
    assert 'rel="next"' not in last
    assert "work-7" in open_page(client, f"{HOME}/branches?search=K-7")
    assert is_empty(open_page(client, f"{HOME}/branches?search=nothing"))
    assert open_page(client, f"{HOME}/branches?page=999&search=%2e")


# --- protection


def test_protected_names_are_kept_a_line_each(as_owner, model):
    response = as_owner.post(
        f"{HOME}/settings/protection", {"patterns": "main\r\n  release/*\r\n\r\nrefs/tags/v*\r\n"}
    )

    model.refresh_from_db()
    assert response.status_code == 302
    assert protection_of(model).patterns == ("main", "release/*", "refs/tags/v*")
    assert "release/*" in open_page(as_owner, f"{HOME}/settings")


@pytest.mark.parametrize(
    "patterns", ["a b", "refs/heads~", "x" * 300, "refs/other/*", "\n".join(f"b{n}" for n in range(80))]
)
def test_patterns_that_name_nothing_are_refused_and_nothing_is_kept(as_owner, model, patterns):
    response = as_owner.post(f"{HOME}/settings/protection", {"patterns": f"main\n{patterns}"})

    model.refresh_from_db()
    assert response.status_code == 422
    assert protection_of(model).patterns == ()
    assert "errorlist" in response.content.decode()


# --- tags


def test_a_tag_is_made_with_its_message_and_deleted(as_owner, model):
    made = as_owner.post(
        f"{HOME}/tags/create",
        {"name": "v1.0", "revision": "main", "message": "First release\n\nIt is small."},
    )
    page = open_page(as_owner, f"{HOME}/tags")
    gone = as_owner.post(f"{HOME}/tags/delete", {"name": "v1.0"})

    assert (made.status_code, gone.status_code) == (302, 302)
    assert "It is small." in page
    assert f"{HOME}/archive/v1.0.tar" in page
    assert "--revision v1.0" in words(page)
    assert is_empty(open_page(as_owner, f"{HOME}/tags"))


def test_a_tag_of_an_odd_name_is_quoted_for_the_shell(client, cast, model):
    create_tag(actor=cast.owner.actor, address=model.address, name="v1;reboot", revision="main")

    assert "--revision 'v1;reboot'" in words(open_page(client, f"{HOME}/tags"))


def test_a_tag_that_is_there_is_not_made_again(as_owner, model):
    facts = {"name": "v1", "revision": "main"}
    as_owner.post(f"{HOME}/tags/create", facts)

    assert as_owner.post(f"{HOME}/tags/create", facts).status_code == 422


# --- everything in one


def test_an_archive_holds_every_file_with_its_own_bytes(client, cast):
    repo = a_history(cast.owner)

    response = client.get("/owner/grown/archive/main.tar")
    with tarfile.open(fileobj=io.BytesIO(b"".join(response.streaming_content))) as files:
        members = {member.name.removeprefix("grown-main/"): member for member in files}
        weights, train = (
            files.extractfile(members[name]).read() for name in ("model.safetensors", "train.py")
        )

    git = git_of(repo)
    assert set(members) == {entry.path for entry in git.tree(repo.head, recursive=True) if entry.is_file}
    assert train == git.read_file(repo.head, "train.py")
    assert len(weights) == git.entry(repo.head, "model.safetensors").size
    assert b"sha256:" not in weights
    assert members["run.sh"].mode == 0o755
    assert members["latest"].issym()


@pytest.mark.parametrize("path", ["nowhere.tar", "main", "main.zip", ".tar", "feature/none.tar"])
def test_an_archive_of_nothing_is_absent(client, model, path):
    assert client.get(f"{HOME}/archive/{path}").status_code == 404


def test_a_private_repository_shows_none_of_it(client, cast):
    commit_files(cast.owner, a_repo(cast.owner, "hidden", is_private=True), {"a.txt": "a\n"})

    for page in ("branches", "tags", "compare", "compare/main...main", "archive/main.tar", "commits/main"):
        assert client.get(f"/owner/hidden/{page}").status_code in (302, 401, 404), page


def test_pages_of_an_empty_repository_have_instructions(as_owner, cast):
    a_repo(cast.owner, "bare")

    assert is_empty(open_page(as_owner, "/owner/bare/tags"))
    open_page(as_owner, "/owner/bare/branches")
