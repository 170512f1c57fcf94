"""Names of people and organizations: renames, redirects and what is stored under a name."""

import pytest

from apps.core.errors import Forbidden
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Repo
from apps.users.accounts.access import namespace_by_name
from apps.users.accounts.actors import actor_for_token
from apps.users.accounts.errors import LastAdmin, NameNotAllowed, NamespaceNotFound, NameTaken, StillOwns
from apps.users.accounts.models import AccessToken, Namespace, NamespaceRedirect, TokenRole, User
from apps.users.accounts.services import create_person, remove_organization, remove_person, rename_namespace
from apps.users.accounts.services.namespaces import renamed_target
from tests.makers import a_repo, a_token
from tests.pages import form_errors

pytestmark = pytest.mark.django_db


def rename(cast, name: str, new_name: str) -> Namespace:
    return rename_namespace(actor=cast.owner.actor, name=name, new_name=new_name)


def test_a_renamed_person_keeps_the_account_and_the_old_name_leads_on(cast):
    rename(cast, "owner", "Gardener")

    assert User.objects.get(pk=cast.owner.user.pk).username == "Gardener"
    assert namespace_by_name("OWNER").name == "Gardener"


def test_repositories_follow_the_name_and_old_addresses_lead_to_them(cast):
    repo = a_repo(cast.owner, "tiny", is_private=True)

    rename(cast, "owner", "gardener")

    moved = repo_for(cast.owner.actor, Address(RepoKind.MODEL, "gardener", "tiny"))
    assert (moved.pk, moved.address_key) == (repo.pk, "gardener/tiny")
    assert repo_for(cast.owner.actor, Address(RepoKind.MODEL, "owner", "tiny")).pk == repo.pk


def test_renaming_there_and_back_leaves_no_circle(cast):
    repo = a_repo(cast.owner, "tiny")
    rename(cast, "owner", "gardener")
    rename(cast, "gardener", "owner")

    assert repo_for(cast.anonymous.actor, Address(RepoKind.MODEL, "owner", "tiny")).pk == repo.pk
    assert repo_for(cast.anonymous.actor, Address(RepoKind.MODEL, "gardener", "tiny")).pk == repo.pk
    assert list(NamespaceRedirect.objects.values_list("key", flat=True)) == ["gardener"]


def test_changing_only_the_case_needs_no_redirect(cast):
    rename(cast, "owner", "Owner")

    assert namespace_by_name("owner").name == "Owner"
    assert not NamespaceRedirect.objects.exists()


def test_taking_the_old_name_ends_the_redirect(cast):
    a_repo(cast.owner, "tiny")
    rename(cast, "owner", "gardener")

    create_person("owner", email="second@example.com")

    assert namespace_by_name("owner").person.email == "second@example.com"
    assert not NamespaceRedirect.objects.exists()


@pytest.mark.parametrize(
    ("new_name", "refusal"),
    [("stranger", NameTaken), ("GROVE", NameTaken), ("models", NameNotAllowed), ("x y", NameNotAllowed)],
)
def test_an_unavailable_name_changes_nothing(cast, new_name, refusal):
    with pytest.raises(refusal):
        rename(cast, "owner", new_name)

    assert User.objects.get(pk=cast.owner.user.pk).username == "owner"


def test_a_malformed_name_is_refused_by_the_rule_that_it_breaks(cast):
    messages = set()
    for name in ("x y", "x", "x.git", "x--y"):
        with pytest.raises(NameNotAllowed) as refused:
            rename(cast, "owner", name)
        messages.add(refused.value.message)

    assert len(messages) == 4


def test_only_admins_rename_an_organization(cast):
    with pytest.raises(Forbidden):
        rename_namespace(actor=cast.member.actor, name="grove", new_name="wood")

    assert rename(cast, "grove", "wood").name == "wood"


def test_a_person_cannot_rename_another(cast):
    with pytest.raises(Forbidden):
        rename_namespace(actor=cast.stranger.actor, name="owner", new_name="mine")
    with pytest.raises(NamespaceNotFound):
        rename_namespace(actor=cast.stranger.actor, name="unheard-of", new_name="mine")


def test_fine_grained_tokens_of_all_members_follow_the_name(cast):
    lines = [
        {"target": "namespace:grove", "need": 3},
        {"target": "model:grove/tiny", "need": 1},
        {"target": "model:grover/x", "need": 1},
    ]
    raw = a_token(cast.member.user, role=TokenRole.FINE_GRAINED, grants=lines)

    rename(cast, "grove", "wood")

    assert [line["target"] for line in AccessToken.objects.get().grants] == [
        "namespace:wood",
        "model:wood/tiny",
        "model:grover/x",
    ]
    assert actor_for_token(raw).name == "member"


def test_only_the_exact_name_in_a_target_moves():
    assert renamed_target("model:old/old", "old", "new") == "model:new/old"
    assert renamed_target("model:older/x", "old", "new") == "model:older/x"


def test_the_page_renames_and_says_what_is_wrong(client, cast):
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    refused = client.post("/settings/account/rename", {"name": "stranger"})
    renamed = client.post("/settings/account/rename", {"name": "gardener"})

    assert (refused.status_code, renamed.status_code) == (422, 302)
    assert form_errors(refused) == {"name": ["NameTaken"]}
    assert client.get("/gardener").status_code == 200


def test_an_account_with_repositories_stays(cast):
    a_repo(cast.stranger, "tiny")

    with pytest.raises(StillOwns, match=r"\b1\b"):
        remove_person(actor=cast.stranger.actor)

    assert User.objects.filter(username="stranger").exists()
    assert Repo.objects.count() == 1


def test_the_only_admin_of_an_organization_and_of_the_site_stay(cast):
    with pytest.raises(LastAdmin, match="grove"):
        remove_person(actor=cast.owner.actor)
    with pytest.raises(LastAdmin, match="warden"):
        remove_person(actor=cast.staff.actor)


def test_a_removed_account_takes_its_tokens_and_frees_its_name(cast):
    a_token(cast.stranger.user)

    remove_person(actor=cast.stranger.actor)

    assert not AccessToken.objects.exists()
    assert create_person("stranger").username == "stranger"


def test_an_organization_with_repositories_stays_and_an_empty_one_goes(cast):
    repo = a_repo(cast.owner, "tiny", namespace="grove")
    with pytest.raises(StillOwns):
        remove_organization(actor=cast.owner.actor, organization="grove")
    repo.delete()

    remove_organization(actor=cast.owner.actor, organization="grove")

    assert not Namespace.objects.filter(key="grove").exists()
