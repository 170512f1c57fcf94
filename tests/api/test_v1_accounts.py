"""REST API: one's own account, tokens, organizations and members."""

from io import BytesIO

import pytest
from PIL import Image

from apps.users.accounts.models import AccessToken, Namespace, User
from tests.api.matrix import session_of
from tests.api.problems import pointers

JSON = "application/json"


@pytest.fixture
def owner(cast):
    return session_of(cast.owner)


def send(client, method, path, body=None):
    return getattr(client, method)(f"/api/v1{path}", body, content_type=JSON)


def test_a_profile_is_changed_in_parts_by_a_person_and_not_by_a_token(cast, client, owner):
    token = client.patch("/api/v1/me", {"full_name": "x"}, content_type=JSON, headers=cast.owner.headers)
    changed = send(owner, "patch", "/me", {"full_name": "The Owner", "time_zone": "Europe/Paris"})
    send(owner, "patch", "/me", {"website": "https://example.com"})

    answer_body = client.get("/api/v1/me", headers=cast.owner.headers).json()
    assert (token.status_code, token.json()["code"], changed.status_code) == (403, "PeopleOnly", 200)
    assert (answer_body["full_name"], answer_body["time_zone"], answer_body["website"]) == (
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
    grants = [{"kind": "model", "target": "owner/Tiny", "need": "write"}]
    made = send(
        owner,
        "post",
        "/me/tokens",
        {"name": "t", "role": "fineGrained", "grants": grants, "expires_in_days": 3},
    ).json()
    listed = send(owner, "get", f"/me/tokens/{made['id']}").json()
    raw = {"authorization": f"Bearer {made['token']}"}

    assert listed == {
        name: value for name, value in made.items() if name not in ("token", "last_used_at")
    } | {"last_used_at": None}
    assert listed["grants"] == [{"kind": "model", "target": "owner/tiny", "need": "write"}]
    assert client.get("/api/v1/me", headers=raw).status_code == 200
    assert send(owner, "delete", f"/me/tokens/{made['id']}").status_code == 204
    assert client.get("/api/v1/me", headers=raw).status_code == 401
    assert AccessToken.objects.get(pk=made["id"]).revoked_at


@pytest.mark.parametrize(
    "body",
    [
        {"role": "fineGrained"},
        {"role": "read", "grants": [{"kind": "model", "target": "a/b", "need": "read"}]},
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
    made = send(owner, "post", "/organisations", {"name": "orchard"})
    send(owner, "patch", "/organisations/orchard", {"about": "Apples"})
    renamed = send(owner, "post", "/organisations/orchard/rename", {"name": "garden"}).json()

    assert (made.status_code, made.json()["role"], made["Location"]) == (
        201,
        "admin",
        "/api/v1/organisations/orchard",
    )
    assert (renamed["name"], renamed["about"]) == ("garden", "Apples")
    assert send(owner, "get", "/organisations/orchard").json()["name"] == "garden"
    assert send(owner, "delete", "/organisations/garden").status_code == 204
    assert not Namespace.objects.filter(key="garden").exists()


def test_a_member_is_invited_accepts_is_promoted_and_leaves(cast, owner):
    stranger = session_of(cast.stranger)
    offer = send(
        owner, "post", "/organisations/grove/invitations", {"person": "stranger", "role": "read"}
    ).json()
    waiting = send(stranger, "get", "/me/invitations").json()["items"]

    accepted = send(stranger, "post", f"/me/invitations/{offer['id']}/accept")
    risen = send(owner, "patch", "/organisations/grove/members/stranger", {"role": "write"})

    assert [one["organisation"] for one in waiting] == ["grove"]
    assert (accepted.json()["role"], risen.json()["role"]) == ("read", "write")
    assert send(stranger, "delete", "/me/organisations/grove").status_code == 204
    assert [one["name"] for one in send(owner, "get", "/organisations/grove/members").json()["items"]] == [
        "member",
        "owner",
    ]


def test_the_last_admin_stays(owner):
    answer = send(owner, "patch", "/organisations/grove/members/owner", {"role": "read"})

    assert (answer.status_code, answer.json()["code"]) == (409, "LastAdmin")


def test_members_do_not_manage(cast):
    member = session_of(cast.member)

    assert send(member, "patch", "/organisations/grove", {"about": "mine"}).status_code == 403
    assert send(member, "get", "/organisations/grove/invitations").status_code == 403
    assert send(member, "get", "/storage/grove").status_code == 403
    assert send(member, "get", "/organisations/grove").json()["role"] == "write"


def test_other_browsers_are_signed_out(cast, owner):
    other = session_of(cast.owner)
    for client in (owner, other):
        client.get("/api/v1/me/sessions")

    ended = send(owner, "delete", "/me/sessions").json()["ended"]

    assert ended == 1
    assert send(other, "get", "/me").status_code == 401
    assert [one["is_current"] for one in send(owner, "get", "/me/sessions").json()["items"]] == [True]


def test_an_invalid_avatar_is_refused(owner):
    answer = owner.put("/api/v1/me/picture", b"no picture", content_type="image/png")

    assert (answer.status_code, answer.json()["code"]) == (422, "BadPicture")


def test_an_avatar_is_shown_and_removed(owner):
    drawn = BytesIO()
    Image.new("RGB", (8, 8), "green").save(drawn, "PNG")

    assert (
        owner.put(
            "/api/v1/organisations/grove/picture", drawn.getvalue(), content_type="image/png"
        ).status_code
        == 200
    )
    assert Namespace.objects.get(key="grove").avatar
    assert owner.delete("/api/v1/organisations/grove/picture").status_code == 204
    assert not Namespace.objects.get(key="grove").avatar
