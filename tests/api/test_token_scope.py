"""What a token may not do although its person may: the refusal names the token."""

import pytest

from apps.core.actor import Need
from apps.registry.repos.models import Gating
from apps.registry.repos.services.access_requests import set_gating
from apps.registry.repos.services.protection import set_protection
from apps.users.accounts.models import AccessToken, Invitation, Membership, TokenRole
from tests.api.matrix import an_application_token, bearer, session_of
from tests.job_makers import a_job
from tests.makers import a_repo, a_token

pytestmark = pytest.mark.django_db
JSON = "application/json"
GROVE = "/api/v1/organizations/grove"


def token_of(person, role=TokenRole.FINE_GRAINED, **grants) -> dict:
    """Return the headers of a token; `model="owner/tiny"` grants full access to it."""
    lines = [{"target": f"{kind}:{target}", "need": int(Need.ADMIN)} for kind, target in grants.items()]
    return bearer(a_token(person.user, role, grants=lines))


def send(client, method, path, body=None, *, headers):
    return getattr(client, method)(path, body, content_type=JSON, headers=headers)


def facts_of(answer) -> dict:
    body = answer.json()
    found = body.get("facts", body)
    return {name: found[name] for name in ("token_role", "needs", "needs_grant") if name in found}


def test_a_read_token_hears_that_it_is_read_only(client, cast):
    a_repo(cast.owner)
    headers = token_of(cast.owner, TokenRole.READ)

    changed = send(client, "patch", "/api/v1/repos/model/owner/tiny", {"is_private": True}, headers=headers)
    created = send(client, "post", "/api/v1/repos", {"kind": "model", "name": "new"}, headers=headers)

    for answer in (changed, created):
        assert (answer.status_code, answer.json()["code"]) == (403, "TokenScope")
        assert facts_of(answer) == {"token_role": "read", "needs": "write"}


def test_a_fine_grained_token_hears_which_grant_it_lacks(client, cast):
    a_repo(cast.owner)

    answer = send(
        client,
        "delete",
        "/api/v1/repos/model/owner/tiny",
        headers=token_of(cast.owner, model="owner/other"),
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "TokenScope")
    assert facts_of(answer) == {
        "token_role": "fine_grained",
        "needs_grant": {"kind": "model", "target": "owner/tiny", "permission": "admin"},
    }


def test_a_person_without_the_right_hears_nothing_of_their_token(client, cast):
    a_repo(cast.owner)
    headers = token_of(cast.stranger, TokenRole.READ)

    answer = send(client, "patch", "/api/v1/repos/model/owner/tiny", {"is_private": True}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "Forbidden")


def test_an_application_hears_which_scope_it_lacks(client, cast):
    a_repo(cast.owner)
    headers = bearer(an_application_token(cast.owner.user, "openid", "read-repos"))

    answer = send(client, "patch", "/api/v1/repos/model/owner/tiny", {"is_private": True}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "InsufficientScope")
    assert 'scope="manage-repos"' in answer["WWW-Authenticate"]


def test_hub_and_git_clients_keep_their_codes(client, cast):
    repo = a_repo(cast.owner, namespace="grove")
    set_gating(actor=cast.owner.actor, address=repo.address, gating=Gating.MANUAL)
    headers = token_of(cast.owner, model="owner/other")

    settings = send(client, "put", "/api/models/grove/tiny/settings", {"private": True}, headers=headers)
    gated = client.get("/grove/tiny/resolve/main/.gitattributes", headers=headers)
    pushed = client.get("/grove/tiny.git/info/refs?service=git-receive-pack", headers=headers)

    assert (settings.status_code, settings["X-Error-Code"]) == (403, "Forbidden")
    assert (gated.status_code, gated["X-Error-Code"]) == (403, "GatedRepo")
    assert pushed.status_code == 403


def test_a_token_hears_why_it_cannot_cancel_its_persons_job(client, cast):
    path = f"/api/v1/jobs/{a_job(cast.owner).pk}/cancel"

    reading = send(client, "post", path, {}, headers=token_of(cast.owner, TokenRole.READ))
    granted = send(client, "post", path, {}, headers=token_of(cast.owner, namespace="owner", model="owner/x"))

    assert (reading.status_code, reading.json()["code"]) == (403, "TokenScope")
    assert facts_of(reading) == {"token_role": "read", "needs": "write"}
    assert granted.status_code == 200


def test_a_token_that_only_writes_hears_why_a_protected_branch_needs_more(client, cast):
    repo = a_repo(cast.owner)
    set_protection(actor=cast.owner.actor, address=repo.address, patterns=["main"])
    headers = bearer(
        a_token(
            cast.owner.user,
            TokenRole.FINE_GRAINED,
            grants=[{"target": "model:owner/tiny", "need": int(Need.WRITE)}],
        )
    )

    answer = client.put(
        "/api/v1/repos/model/owner/tiny/files/a.txt?branch=main",
        b"a",
        content_type="application/octet-stream",
        headers=headers,
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "TokenScope")
    assert facts_of(answer)["needs_grant"]["permission"] == "admin"
    assert "refs/heads/main" in answer.json()["detail"]


def test_a_hidden_repository_stays_hidden_from_a_token(client, cast):
    a_repo(cast.owner, "secret", is_private=True)

    answer = client.get("/api/v1/repos/model/owner/secret", headers=token_of(cast.owner, model="owner/other"))

    assert (answer.status_code, answer.json()["code"]) == (404, "RepoNotFound")


def test_a_token_of_an_organization_manages_its_people_and_profile(client, cast):
    headers = token_of(cast.owner, organization="grove")

    def call(method, path, body=None):
        return send(client, method, f"{GROVE}{path}", body, headers=headers)

    profile = call("patch", "", {"description": "Trees"})
    offer = call("post", "/invitations", {"person": "stranger", "role": "read"})
    listed = call("get", "/invitations").json()["items"]
    read = client.get(offer["Location"], headers=headers).json()
    withdrawn = call("delete", f"/invitations/{offer.json()['id']}")
    changed = call("patch", "/members/member", {"role": "read"})
    removed = call("delete", "/members/member")

    assert profile.json()["description"] == "Trees"
    assert listed == [read] == [offer.json()]
    assert (offer.status_code, withdrawn.status_code, removed.status_code) == (201, 204, 204)
    assert changed.json()["role"] == "read"
    assert not Invitation.objects.exists()
    assert not Membership.objects.filter(user=cast.member.user).exists()


def test_a_token_of_an_organization_does_nothing_else(client, cast):
    a_repo(cast.owner, "tiny", namespace="grove")
    headers = token_of(cast.owner, organization="grove")

    def code(method, path, body=None):
        return send(client, method, path, body, headers=headers).json().get("code")

    assert code("delete", GROVE) == "PeopleOnly"
    assert code("post", f"{GROVE}/rename", {"name": "garden"}) == "PeopleOnly"
    assert code("post", "/api/v1/me/tokens", {"name": "t", "role": "write"}) == "PeopleOnly"
    assert code("post", "/api/v1/organizations", {"name": "garden"}) == "PeopleOnly"
    assert code("patch", "/api/v1/me", {"description": "x"}) == "PeopleOnly"
    assert code("patch", "/api/v1/repos/model/grove/tiny", {"is_private": True}) == "TokenScope"
    assert code("post", "/api/v1/repos", {"kind": "model", "namespace": "grove", "name": "n"}) == "TokenScope"
    assert code("get", "/api/v1/storage/grove") == "PeopleOnly"


@pytest.mark.parametrize("role", [TokenRole.READ, TokenRole.WRITE, TokenRole.FINE_GRAINED])
def test_other_tokens_of_an_admin_hear_which_grant_they_lack(client, cast, role):
    grants = {"namespace": "grove"} if role == TokenRole.FINE_GRAINED else {}

    answer = send(
        client,
        "patch",
        f"{GROVE}/members/member",
        {"role": "read"},
        headers=token_of(cast.owner, role, **grants),
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "TokenScope")
    assert facts_of(answer)["needs_grant"] == {
        "kind": "organization",
        "target": "grove",
        "permission": "admin",
    }


def test_a_token_of_an_organization_is_no_stronger_than_its_person(client, cast):
    headers = token_of(cast.member, organization="grove")
    owners = token_of(cast.owner, organization="grove")
    path = f"{GROVE}/members/member"

    refused = send(client, "patch", path, {"role": "admin"}, headers=headers)
    send(client, "patch", path, {"role": "admin"}, headers=owners)
    demoted = send(client, "patch", f"{GROVE}/members/owner", {"role": "write"}, headers=headers)
    afterwards = send(client, "patch", path, {"role": "read"}, headers=owners)

    assert (refused.status_code, refused.json()["code"]) == (403, "Forbidden")
    assert demoted.status_code == 200
    assert (afterwards.status_code, afterwards.json()["code"]) == (403, "Forbidden")


def test_a_grant_on_an_organization_follows_its_new_name(client, cast):
    headers = token_of(cast.owner, organization="grove")
    browser = session_of(cast.owner)
    send(browser, "post", f"{GROVE}/rename", {"name": "garden"}, headers={})

    answer = client.get("/api/v1/organizations/garden/invitations", headers=headers)

    assert answer.status_code == 200


def test_the_form_of_a_token_offers_the_organizations_that_its_person_administers(client, cast):
    owner, member = session_of(cast.owner), session_of(cast.member)
    facts = {"name": "t", "role": "fineGrained", "expires_in_days": "30", "organization-0-is_granted": "on"}

    made = owner.post("/settings/tokens/new", facts)
    refused = member.post("/settings/tokens/new", facts)

    assert (made.status_code, refused.status_code) == (200, 422)
    assert AccessToken.objects.get().grants == [{"target": "organization:grove", "need": 4}]
    assert b"organization:grove" in owner.get("/settings/tokens").content
    assert b'id="organization-grants"' in owner.get("/settings/tokens/new").content
    assert b'id="organization-grants"' not in member.get("/settings/tokens/new").content


@pytest.mark.parametrize(("permission", "status"), [("admin", 201), ("read", 422)])
def test_a_grant_on_an_organization_is_for_admin(cast, permission, status):
    grant = {"kind": "organization", "target": "Grove", "permission": permission}
    body = {"name": "t", "role": "fine_grained", "grants": [grant]}

    answer = send(session_of(cast.owner), "post", "/api/v1/me/tokens", body, headers={})

    assert answer.status_code == status
    if status == 201:
        assert answer.json()["grants"] == [{**grant, "target": "grove"}]


def current(client, headers) -> dict:
    return client.get("/api/v1/me/token", headers=headers).json()


def test_a_token_looks_at_itself(client, cast):
    fine, plain = token_of(cast.owner, model="owner/tiny"), token_of(cast.owner, TokenRole.READ)

    seen, other = current(client, fine), current(client, plain)

    token = AccessToken.objects.get(role=TokenRole.FINE_GRAINED)
    assert (seen["kind"], seen["person"], seen["role"]) == ("access_token", "owner", "fine_grained")
    assert (seen["id"], seen["token_hint"], seen["name"]) == (str(token.public_id), token.hint, "test")
    assert seen["grants"] == [{"kind": "model", "target": "owner/tiny", "permission": "admin"}]
    assert (other["role"], other["grants"], other["scopes"], other["expires_at"]) == ("read", [], [], None)


def test_an_application_looks_at_its_scopes(client, cast):
    seen = current(client, bearer(an_application_token(cast.owner.user, "openid", "jobs")))

    assert (seen["kind"], seen["name"], seen["role"], seen["id"]) == (
        "oauth_application",
        "An app",
        None,
        None,
    )
    assert sorted(seen["scopes"]) == ["jobs", "openid"]
    assert seen["expires_at"].endswith("Z")


def test_a_session_has_no_token_to_look_at(client, cast):
    answer = session_of(cast.owner).get("/api/v1/me/token")

    assert (answer.status_code, answer.json()["code"]) == (404, "TokenNotFound")
    assert client.get("/api/v1/me/token").status_code == 401
