"""REST API: one's own account, tokens, organizations and members."""

from io import BytesIO
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client, Token
from allauth.mfa.models import Authenticator
from PIL import Image

from apps.core.audit.models import AuditEntry
from apps.users.accounts.models import AccessToken, Invitation, Namespace, User
from tests.api.matrix import session_of
from tests.api.problems import pointers

JSON = "application/json"


@pytest.fixture
def owner(cast):
    return session_of(cast.owner)


def send(client, method, path, body=None):
    return getattr(client, method)(f"/api/v1{path}", body, content_type=JSON)


def test_a_profile_is_changed_in_parts_by_a_person_and_not_by_a_token(cast, client, owner):
    token = client.patch("/api/v1/me", {"display_name": "x"}, content_type=JSON, headers=cast.owner.headers)
    changed = send(owner, "patch", "/me", {"display_name": "The Owner", "time_zone": "Europe/Paris"})
    send(owner, "patch", "/me", {"website": "https://example.com"})

    answer_body = client.get("/api/v1/me", headers=cast.owner.headers).json()
    assert (token.status_code, token.json()["code"], changed.status_code) == (403, "PeopleOnly", 200)
    assert (answer_body["display_name"], answer_body["time_zone"], answer_body["website"]) == (
        "The Owner",
        "Europe/Paris",
        "https://example.com",
    )


@pytest.mark.parametrize(
    "body", [{"website": "javascript:alert(1)"}, {"time_zone": "Mars"}, {"language": "xx"}, {"name": "x"}]
)
def test_a_profile_takes_no_nonsense(owner, body):
    answer = send(owner, "patch", "/me", body)

    assert (answer.status_code, pointers(answer)) == (422, [f"#/{name}" for name in body])


def test_a_token_is_made_shown_once_listed_and_revoked(cast, client, owner):
    grants = [{"kind": "model", "target": "owner/Tiny", "permission": "write"}]
    made = send(
        owner,
        "post",
        "/me/tokens",
        {"name": "t", "role": "fine_grained", "grants": grants, "expires_in_days": 3},
    ).json()
    listed = send(owner, "get", f"/me/tokens/{made['id']}").json()
    raw = {"authorization": f"Bearer {made['token']}"}

    assert listed == {
        name: value for name, value in made.items() if name not in ("token", "last_used_at")
    } | {"last_used_at": None}
    assert listed["grants"] == [{"kind": "model", "target": "owner/tiny", "permission": "write"}]
    assert client.get("/api/v1/me", headers=raw).status_code == 200
    assert send(owner, "delete", f"/me/tokens/{made['id']}").status_code == 204
    assert client.get("/api/v1/me", headers=raw).status_code == 401
    assert AccessToken.objects.get(public_id=made["id"]).revoked_at


@pytest.mark.parametrize(
    "body",
    [
        {"role": "fine_grained"},
        {"role": "read", "grants": [{"kind": "model", "target": "a/b", "permission": "read"}]},
    ],
)
def test_grants_and_role_of_a_token_fit(owner, body):
    assert send(owner, "post", "/me/tokens", {"name": "t", **body}).status_code == 422
    assert not AccessToken.objects.exists()


def test_an_account_goes_only_after_it_was_confirmed(cast, owner):
    answer = send(owner, "delete", "/me?confirm=owner")

    assert (answer.status_code, answer.json()["code"]) == (403, "ConfirmAccess")
    assert User.objects.filter(username="owner").exists()


def test_an_organization_is_created_described_renamed_and_deleted(owner):
    made = send(owner, "post", "/organizations", {"name": "orchard"})
    send(owner, "patch", "/organizations/orchard", {"description": "Apples"})
    renamed = send(owner, "post", "/organizations/orchard/rename", {"name": "garden"}).json()

    assert (made.status_code, made.json()["role"], made["Location"]) == (
        201,
        "admin",
        "/api/v1/organizations/orchard",
    )
    assert (renamed["name"], renamed["description"]) == ("garden", "Apples")
    assert send(owner, "get", "/organizations/orchard").json()["name"] == "garden"
    assert send(owner, "delete", "/organizations/garden").status_code == 204
    assert not Namespace.objects.filter(key="garden").exists()


def test_a_member_is_invited_accepts_is_promoted_and_leaves(cast, owner):
    stranger = session_of(cast.stranger)
    offer = send(
        owner, "post", "/organizations/grove/invitations", {"person": "stranger", "role": "read"}
    ).json()
    waiting = send(stranger, "get", "/me/invitations").json()["items"]

    accepted = send(stranger, "post", f"/me/invitations/{offer['id']}/accept")
    risen = send(owner, "patch", "/organizations/grove/members/stranger", {"role": "write"})

    assert [one["organization"] for one in waiting] == ["grove"]
    assert (accepted.json()["role"], risen.json()["role"]) == ("read", "write")
    assert send(stranger, "delete", "/me/organizations/grove").status_code == 204
    assert [one["name"] for one in send(owner, "get", "/organizations/grove/members").json()["items"]] == [
        "member",
        "owner",
    ]


def test_the_last_admin_stays(owner):
    answer = send(owner, "patch", "/organizations/grove/members/owner", {"role": "read"})

    assert (answer.status_code, answer.json()["code"]) == (409, "LastAdmin")


def test_members_do_not_manage(cast):
    member = session_of(cast.member)

    assert send(member, "patch", "/organizations/grove", {"description": "mine"}).status_code == 403
    assert send(member, "get", "/organizations/grove/invitations").status_code == 403
    assert send(member, "get", "/storage/grove").status_code == 403
    assert send(member, "get", "/organizations/grove").json()["role"] == "write"


def test_other_browsers_are_signed_out(cast, owner):
    other = session_of(cast.owner)
    for client in (owner, other):
        client.get("/api/v1/me/sessions")

    ended = send(owner, "delete", "/me/sessions")

    assert (ended.status_code, ended.content) == (204, b"")
    assert send(other, "get", "/me").status_code == 401
    assert [one["is_current"] for one in send(owner, "get", "/me/sessions").json()["items"]] == [True]


def test_an_invalid_avatar_is_refused(owner):
    answer = owner.put("/api/v1/me/avatar", b"no picture", content_type="image/png")

    assert (answer.status_code, answer.json()["code"]) == (422, "BadImage")


@pytest.mark.parametrize("address", ["/me/avatar", "/organizations/grove/avatar"])
def test_an_avatar_is_set_shown_and_removed(owner, address):
    drawn = BytesIO()
    Image.new("RGB", (8, 8), "green").save(drawn, "GIF")
    missing = send(owner, "get", address)

    made = owner.put(f"/api/v1{address}", drawn.getvalue(), content_type="image/gif")
    shown = send(owner, "get", address)
    image = owner.get(shown["Location"])
    removed = send(owner, "delete", address)

    assert (missing.status_code, missing.json()["code"]) == (404, "AvatarNotFound")
    assert (shown.status_code, shown["Location"]) == (302, made.json()["avatar_url"])
    assert image["Content-Type"] == "image/webp"
    assert (removed.status_code, send(owner, "get", address).status_code) == (204, 404)


def test_an_avatar_is_replaced_under_a_condition(owner):
    images = []
    for color in ("green", "red"):
        drawn = BytesIO()
        Image.new("RGB", (8, 8), color).save(drawn, "PNG")
        images.append(drawn.getvalue())

    def put(data, **headers):
        return owner.put("/api/v1/me/avatar", data, content_type="image/png", headers=headers)

    tag = put(images[0])["ETag"]
    assert send(owner, "get", "/me/avatar")["ETag"] == tag
    replaced, late = put(images[1], if_match=tag), put(images[0], if_match=tag)

    assert (replaced.status_code, late.status_code) == (200, 412)


def test_writes_carry_the_tag_of_a_read(cast, owner):
    made = send(owner, "post", "/organizations", {"name": "orchard"})
    changed = send(owner, "patch", "/organizations/orchard", {"description": "Apples"})
    me = send(owner, "patch", "/me", {"description": "Hello"})
    offers = [
        send(owner, "post", "/organizations/grove/invitations", {"person": "stranger", "role": role})
        for role in ("read", "write")
    ]
    member = send(owner, "patch", "/organizations/grove/members/member", {"role": "read"})

    assert made["ETag"] != changed["ETag"] == send(owner, "get", "/organizations/orchard")["ETag"]
    assert me["ETag"] == send(owner, "get", "/me")["ETag"]
    assert offers[0]["ETag"] != offers[1]["ETag"] == owner.get(offers[0]["Location"])["ETag"]
    assert member["ETag"] == send(owner, "get", "/organizations/grove/members/member")["ETag"]


def test_nothing_is_null_and_null_clears(owner):
    send(owner, "patch", "/me", {"description": "Hello", "language": "en"})

    cleared = send(owner, "patch", "/me", {"description": None, "language": None}).json()

    assert {
        cleared[name] for name in ("description", "language", "display_name", "website", "avatar_url")
    } == {None}
    assert cleared["created_at"].endswith("Z")


def test_a_new_invitation_has_an_address_and_a_repeated_one_changes_the_role(cast, owner):
    path = "/organizations/grove/invitations"

    first = send(owner, "post", path, {"person": "stranger", "role": "read"})
    same = send(owner, "post", path, {"person": "stranger", "role": "read"})
    changed = send(owner, "post", path, {"person": "stranger", "role": "write"})

    assert [answer.status_code for answer in (first, same, changed)] == [201, 200, 200]
    assert len({answer.json()["id"] for answer in (first, same, changed)}) == 1
    assert owner.get(first["Location"]).json() == changed.json()
    assert changed.json()["role"] == "write"
    assert AuditEntry.objects.filter(action="organization.invited").count() == 2


def test_ids_of_tokens_and_invitations_do_not_count(cast, owner):
    token = send(owner, "post", "/me/tokens", {"name": "t", "role": "read"}).json()
    offer = send(owner, "post", "/organizations/grove/invitations", {"person": "stranger", "role": "read"})

    assert UUID(token["id"]) == AccessToken.objects.get(name="t").public_id
    assert UUID(offer.json()["id"]) == Invitation.objects.get().public_id
    assert send(owner, "delete", f"/me/tokens/{AccessToken.objects.get(name='t').pk}").status_code == 404


def test_an_accepted_invitation_leads_to_the_new_member(cast, owner):
    stranger = session_of(cast.stranger)
    send(owner, "post", "/organizations/grove/invitations", {"person": "stranger", "role": "read"})
    offer = send(stranger, "get", "/me/invitations").json()["items"][0]
    seen = send(stranger, "get", f"/me/invitations/{offer['id']}").json()

    accepted = send(stranger, "post", f"/me/invitations/{offer['id']}/accept")

    assert seen == offer
    assert (accepted.status_code, accepted["Location"]) == (
        201,
        "/api/v1/organizations/grove/members/stranger",
    )
    assert owner.get(accepted["Location"]).json() == accepted.json()


def pages(client, path) -> list[list]:
    """Follow the cursors of a list, one item at a time."""
    found, cursor = [], ""
    while cursor is not None:
        page = send(client, "get", f"{path}?limit=1&cursor={cursor}" if cursor else f"{path}?limit=1").json()
        found.append(page["items"])
        cursor = page["next_cursor"]
    return found


def test_every_list_of_ones_own_is_paged(cast, owner):
    for name in ("birch", "alder"):
        send(owner, "post", "/organizations", {"name": name})
    for email in ("b@example.com", "a@example.com"):
        EmailAddress.objects.create(user=cast.owner.user, email=email)
    for number in (1, 2):
        client = Client.objects.create(pk=f"app-{number}", name=f"App {number}")
        Token.objects.create(
            user=cast.owner.user,
            client=client,
            type=Token.Type.ACCESS_TOKEN,
            hash=str(number),
            scopes="openid",
        )
        Authenticator.objects.create(
            user=cast.owner.user,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": f"Key {number}", "credential": {}},
        )
    other = session_of(cast.owner)
    for client in (other, owner):
        client.get("/api/v1/me/sessions")

    def names(path, field):
        return [[item[field] for item in items] for items in pages(owner, path)]

    assert names("/me/organizations", "name") == [["alder"], ["birch"], ["grove"]]
    assert names("/me/emails", "email") == [["owner@example.com"], ["a@example.com"], ["b@example.com"]]
    assert names("/me/applications", "client_id") == [["app-2"], ["app-1"]]
    assert names("/me/passkeys", "name") == [["Key 1"], ["Key 2"]]
    assert sorted(names("/me/sessions", "is_current")) == [[False], [True]]
