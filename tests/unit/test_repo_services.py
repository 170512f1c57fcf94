"""Create, rename, hide and delete repositories."""

import os
from datetime import timedelta

import pytest

from apps.core.actor import Need
from apps.core.audit.models import AuditEntry
from apps.core.errors import Unauthenticated
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import Forbidden, NameTaken, RepoNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.names import BadName
from apps.registry.repos.selectors import git_of, git_store
from apps.registry.repos.services.create import create_repo
from apps.registry.repos.services.delete import delete_repo, purge_deleted
from apps.registry.repos.services.rename import rename_repo
from apps.registry.repos.services.settings import update_visibility
from apps.registry.storage.services.sweep import sweep_spool
from tests.makers import a_repo


def model(namespace: str, name: str) -> Address:
    return Address(RepoKind.MODEL, namespace, name)


def test_a_new_repo_has_one_commit_with_gitattributes(cast):
    repo = a_repo(owner=cast.owner, name="tiny")

    git = git_of(repo)
    assert [commit.title for commit in git.log(repo.head)] == ["initial commit"]
    assert [entry.path for entry in git.tree(repo.head)] == [".gitattributes"]
    assert AuditEntry.objects.filter(action="repo.created", object="owner/tiny").exists()


def test_a_repo_has_the_default_visibility_of_its_namespace(cast):
    cast.organization.is_private_by_default = True
    cast.organization.save()

    assert a_repo(owner=cast.owner, namespace="grove").is_private
    assert not a_repo(owner=cast.owner, namespace="grove", name="open", is_private=False).is_private


def test_a_name_that_differs_only_by_case_is_taken_and_the_refusal_has_its_url(cast):
    a_repo(owner=cast.owner, name="Tiny")

    with pytest.raises(NameTaken) as refused:
        create_repo(actor=cast.owner.actor, address=model("OWNER", "tINY"))

    assert refused.value.facts == {"existing_url": "/owner/Tiny"}
    assert Repo.objects.count() == 1


def test_anonymous_and_strangers_cannot_create_repos_for_other_owners(cast):
    with pytest.raises(Unauthenticated):
        create_repo(actor=cast.anonymous.actor, address=model("owner", "tiny"))
    with pytest.raises(Forbidden):
        create_repo(actor=cast.stranger.actor, address=model("grove", "tiny"))

    assert not Repo.objects.exists()


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "a--b", "a..b", "x.git", "a/b", "a b", "日本", "a\0b", "n" * 97, "resolve"]
)
def test_a_name_of_another_form_is_refused_and_leaves_nothing(cast, name):
    with pytest.raises(BadName):
        create_repo(actor=cast.owner.actor, address=model("owner", name))

    assert not Repo.objects.exists()


def test_a_renamed_repo_is_found_by_both_names(cast):
    repo = a_repo(owner=cast.owner, name="old")

    rename_repo(actor=cast.owner.actor, address=repo.address, to=model("grove", "new"))

    for address in (model("owner", "OLD"), model("grove", "new")):
        assert repo_for(cast.owner.actor, address, Need.ADMIN).address == model("grove", "new")


def test_a_new_repo_takes_the_old_name_of_a_renamed_one(cast):
    repo = a_repo(owner=cast.owner, name="old")
    rename_repo(actor=cast.owner.actor, address=repo.address, to=model("owner", "new"))

    second = a_repo(owner=cast.owner, name="old")

    assert repo_for(cast.owner.actor, model("owner", "old")).id == second.id
    assert repo_for(cast.owner.actor, model("owner", "new")).id == repo.id


def test_a_repo_that_is_renamed_back_keeps_no_redirect_to_itself(cast):
    repo = a_repo(owner=cast.owner, name="one")
    rename_repo(actor=cast.owner.actor, address=repo.address, to=model("owner", "two"))
    rename_repo(actor=cast.owner.actor, address=model("owner", "two"), to=model("owner", "ONE"))

    assert repo_for(cast.owner.actor, model("owner", "one")).name == "ONE"
    assert list(repo.redirects.values_list("address_key", flat=True)) == ["owner/two"]


def test_a_rename_onto_a_name_in_use_changes_nothing(cast):
    a_repo(owner=cast.owner, name="one")
    a_repo(owner=cast.owner, name="two")

    with pytest.raises(NameTaken, match="owner/two"):
        rename_repo(actor=cast.owner.actor, address=model("owner", "one"), to=model("owner", "Two"))

    assert sorted(Repo.objects.values_list("name", flat=True)) == ["one", "two"]


def test_a_writer_of_the_organization_cannot_delete_what_others_made(cast):
    repo = a_repo(owner=cast.owner, namespace="grove")

    with pytest.raises(Forbidden):
        delete_repo(actor=cast.member.actor, address=repo.address)

    assert Repo.objects.get().deleted_at is None


def test_a_deleted_repo_is_gone_for_its_owner_and_its_name_is_free_but_its_files_stay_a_while(cast):
    repo = a_repo(owner=cast.owner, name="tiny")

    delete_repo(actor=cast.owner.actor, address=repo.address)

    with pytest.raises(RepoNotFound):
        repo_for(cast.owner.actor, repo.address)
    assert a_repo(owner=cast.owner, name="tiny").id != repo.id
    assert git_store().exists(repo.id)


def test_a_deleted_repo_goes_for_good_after_the_grace_period_and_not_before(cast):
    repo, kept = a_repo(owner=cast.owner, name="tiny"), a_repo(owner=cast.owner, name="kept")
    delete_repo(actor=cast.owner.actor, address=repo.address)

    assert purge_deleted() == 0
    assert purge_deleted(older_than=timedelta(0)) == 1

    assert not git_store().exists(repo.id)
    assert git_store().exists(kept.id)
    assert list(Repo.objects.all()) == [kept]


def test_what_a_killed_commit_left_behind_is_swept_and_what_is_new_stays(settings, tmp_path):
    settings.SPOOL_ROOT = tmp_path
    for name in ("commit-old", "commit-new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0").write_bytes(b"x")
    os.utime(tmp_path / "commit-old", (0, 0))

    assert sweep_spool() == 1
    assert [path.name for path in tmp_path.iterdir()] == ["commit-new"]


def test_a_repository_that_was_half_removed_is_swept_and_others_stay(settings, tmp_path, cast):
    settings.REPOSITORIES_ROOT = tmp_path / "repositories"
    kept = git_store().folder(a_repo(owner=cast.owner).id)
    grave = kept.with_name(f".{kept.name}.0123")
    (grave / "objects").mkdir(parents=True)
    for folder in (kept, grave):
        os.utime(folder, (0, 0))

    assert sweep_spool() == 1
    assert kept.is_dir()
    assert not grave.exists()


def test_a_hidden_repo_is_absent_for_strangers(cast):
    repo = a_repo(owner=cast.owner)

    update_visibility(actor=cast.owner.actor, address=repo.address, is_private=True)

    with pytest.raises(RepoNotFound):
        repo_for(cast.stranger.actor, repo.address)
