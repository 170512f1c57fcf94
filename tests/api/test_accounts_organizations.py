"""Organizations: creation, invitations, leaving, and what only administrators may do."""

import pytest

from apps.core.actor import Need
from apps.core.errors import Forbidden
from apps.registry.repos.access import repo_for
from apps.registry.repos.errors import RepoNotFound
from apps.users.accounts.actors import actor_for_token
from apps.users.accounts.errors import (
    AlreadyMember,
    InvitationNotFound,
    LastAdmin,
    MemberNotFound,
    NamespaceNotFound,
    PeopleOnly,
)
from apps.users.accounts.models import Invitation, Membership, Namespace, Role
from apps.users.accounts.services import (
    accept_invitation,
    change_role,
    create_organization,
    decline_invitation,
    invite_person,
    leave_organization,
    remove_member,
)
from tests.makers import a_repo, a_token

pytestmark = pytest.mark.django_db


def browser_of(client, person):
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def role_of(person, name: str = "grove") -> Role | None:
    found = Membership.objects.filter(user=person.user, namespace__key=name).first()
    return Role(found.role) if found else None


def test_the_creator_of_an_organization_is_its_admin(client, cast):
    response = browser_of(client, cast.stranger).post(
        "/organizations/new", {"name": "Orchard", "full_name": "The Orchard"}
    )

    assert response["Location"] == "/Orchard"
    assert role_of(cast.stranger, "orchard") == Role.ADMIN


@pytest.mark.parametrize("name", ["owner", "GROVE", "datasets", "x y"])
def test_an_organization_cannot_take_a_persons_or_the_sites_name(client, cast, name):
    before = Namespace.objects.count()

    response = browser_of(client, cast.stranger).post("/organizations/new", {"name": name})

    assert response.status_code == 422
    assert Namespace.objects.count() == before


def test_an_invited_person_belongs_only_after_accepting(cast):
    repo = a_repo(cast.owner, "secret", namespace="grove", is_private=True)
    invitation, _is_new = invite_person(
        actor=cast.owner.actor, organization="grove", name="STRANGER", role=Role.WRITE
    )
    assert role_of(cast.stranger) is None

    accept_invitation(actor=cast.stranger.actor, invitation_id=invitation.public_id)

    assert repo_for(cast.stranger.actor, repo.address, Need.WRITE) == repo
    assert not Invitation.objects.exists()


def test_an_invitation_cannot_be_accepted_by_another_person(cast):
    invitation, _is_new = invite_person(
        actor=cast.owner.actor, organization="grove", name="stranger", role=Role.ADMIN
    )

    for act in (accept_invitation, decline_invitation):
        with pytest.raises(InvitationNotFound):
            act(actor=cast.staff.actor, invitation_id=invitation.public_id)

    assert Invitation.objects.count() == 1


def test_a_second_invitation_changes_the_role_that_is_offered(cast):
    for role in (Role.READ, Role.WRITE):
        invite_person(actor=cast.owner.actor, organization="grove", name="stranger", role=role)

    assert Invitation.objects.get().role == Role.WRITE


def test_members_and_unknown_people_cannot_be_invited(cast):
    with pytest.raises(AlreadyMember):
        invite_person(actor=cast.owner.actor, organization="grove", name="member", role=Role.ADMIN)
    with pytest.raises(NamespaceNotFound):
        invite_person(actor=cast.owner.actor, organization="grove", name="unheard-of", role=Role.READ)


def test_a_writer_cannot_manage_members(client, cast):
    with pytest.raises(Forbidden):
        invite_person(actor=cast.member.actor, organization="grove", name="stranger", role=Role.READ)
    with pytest.raises(Forbidden):
        change_role(actor=cast.member.actor, organization="grove", name="member", role=Role.ADMIN)
    with pytest.raises(Forbidden):
        remove_member(actor=cast.member.actor, organization="grove", name="owner")

    browser = browser_of(client, cast.member)
    assert browser.get("/organizations/grove/members").status_code == 403
    assert browser.post("/organizations/grove/members/member", {"role": "4"}).status_code == 403
    assert browser.post("/organizations/grove/remove", {"confirm": "grove"}).status_code == 403
    assert role_of(cast.member) == Role.WRITE


def test_a_persons_name_is_no_organization(client, cast):
    assert browser_of(client, cast.owner).get("/organizations/owner/settings").status_code == 404


def test_the_last_admin_neither_leaves_nor_steps_down(cast):
    for act in (
        lambda: leave_organization(actor=cast.owner.actor, organization="grove"),
        lambda: change_role(actor=cast.owner.actor, organization="grove", name="owner", role=Role.WRITE),
        lambda: remove_member(actor=cast.owner.actor, organization="grove", name="owner"),
    ):
        with pytest.raises(LastAdmin):
            act()

    change_role(actor=cast.owner.actor, organization="grove", name="member", role=Role.ADMIN)
    leave_organization(actor=cast.owner.actor, organization="grove")
    assert (role_of(cast.owner), role_of(cast.member)) == (None, Role.ADMIN)


def test_a_removed_member_loses_sight_of_what_is_private(cast):
    repo = a_repo(cast.owner, "secret", namespace="grove", is_private=True)
    token = a_token(cast.member.user)

    remove_member(actor=cast.owner.actor, organization="grove", name="member")

    with pytest.raises(RepoNotFound):
        repo_for(actor_for_token(token), repo.address)
    with pytest.raises(MemberNotFound):
        remove_member(actor=cast.owner.actor, organization="grove", name="member")


def test_a_token_makes_no_organization(cast):
    with pytest.raises(PeopleOnly):
        create_organization(actor=actor_for_token(a_token(cast.owner.user)), name="orchard")


def test_the_members_page_invites_changes_and_removes(client, cast):
    browser = browser_of(client, cast.owner)

    browser.post("/organizations/grove/members", {"person": "stranger", "role": "2"})
    browser.post("/organizations/grove/members/member", {"role": "1"})
    page = browser.get("/organizations/grove/members").content.decode()

    assert Invitation.objects.get().role == Role.CONTRIBUTE
    assert role_of(cast.member) == Role.READ
    assert "stranger" in page
    browser.post("/organizations/grove/members/member", {"remove": "1"})
    assert role_of(cast.member) is None


@pytest.mark.parametrize("facts", [{"role": "9"}, {"role": "x"}, {}])
def test_a_role_that_does_not_exist_is_refused(client, cast, facts):
    response = browser_of(client, cast.owner).post("/organizations/grove/members/member", facts)

    assert response.status_code == 422
    assert role_of(cast.member) == Role.WRITE


def test_an_invitation_is_answered_on_the_settings_page(client, cast):
    invitation, _is_new = invite_person(
        actor=cast.owner.actor, organization="grove", name="stranger", role=Role.READ
    )
    browser = browser_of(client, cast.stranger)
    assert (
        f"/settings/invitations/{invitation.public_id}/accept"
        in browser.get("/settings/organizations").content.decode()
    )

    response = browser.post(f"/settings/invitations/{invitation.public_id}/accept")

    assert response["Location"] == "/grove"
    assert role_of(cast.stranger) == Role.READ


def test_an_invitation_that_was_withdrawn_cannot_be_accepted(client, cast):
    invitation, _is_new = invite_person(
        actor=cast.owner.actor, organization="grove", name="stranger", role=Role.READ
    )

    browser_of(client, cast.owner).post(f"/organizations/grove/invitations/{invitation.public_id}/withdraw")

    with pytest.raises(InvitationNotFound):
        accept_invitation(actor=cast.stranger.actor, invitation_id=invitation.public_id)
