"""A session that was left open makes no token and changes no role before access is confirmed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.users.accounts.confirmation import KEY, LASTS
from apps.users.accounts.models import AccessToken, Invitation, Membership, Role
from tests.api.matrix import session_of
from tests.makers import PASSWORD

pytestmark = pytest.mark.django_db
TOKEN = {"name": "laptop", "role": "write", "expires_in_days": "30"}
MEMBER = "/api/v1/organizations/grove/members/member"


@pytest.fixture
def stale(cast) -> Client:
    """A session of `owner` that was left open."""
    client = session_of(cast.owner)
    session = client.session
    session[KEY] = int((timezone.now() - LASTS).timestamp())
    session.save()
    return client


def call(client, method, path, body=None):
    return getattr(client, method)(path, body, content_type="application/json")


def test_a_sign_in_counts_as_a_confirmation_for_an_hour(cast):
    client = Client()
    client.post("/login", {"login": "owner", "password": PASSWORD})

    assert client.post("/settings/tokens/new", TOKEN).status_code == 200
    with time_machine.travel(timezone.now() + LASTS + timedelta(minutes=1)):
        assert client.post("/settings/tokens/new", TOKEN).status_code == 302
    assert AccessToken.objects.filter(name="laptop").count() == 1


def test_a_stale_session_confirms_access_and_the_token_is_made(stale):
    answer = stale.post("/settings/tokens/new", TOKEN)
    assert answer["Location"] == "/account/confirm-access?next=%2Fsettings%2Ftokens%2Fnew"
    assert not AccessToken.objects.filter(name="laptop").exists()

    wrong = stale.post("/account/confirm-access", {"password": "wrong", "next": "/settings/tokens/new"})
    assert not AccessToken.objects.filter(name="laptop").exists()
    assert wrong.status_code == 200

    made = stale.post("/account/confirm-access", {"password": PASSWORD, "next": "/settings/tokens/new"})
    assert "hf_" in made.content.decode()
    assert AccessToken.objects.get(name="laptop").role == "write"


def test_a_stale_session_changes_no_role(stale):
    invited = stale.post("/organizations/grove/members", {"person": "stranger", "role": "admin"})
    changed = stale.post("/organizations/grove/members/member", {"role": "admin"})

    assert [answer.status_code for answer in (invited, changed)] == [302, 302]
    assert not Invitation.objects.exists()
    assert Membership.objects.get(user__username="member").role != Role.ADMIN
    assert stale.get("/organizations/grove/members").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/v1/me/tokens", {"name": "laptop", "role": "write"}),
        ("post", "/api/v1/organizations/grove/invitations", {"person": "stranger", "role": "admin"}),
        ("patch", MEMBER, {"role": "admin"}),
        ("delete", MEMBER, None),
    ],
)
def test_a_call_of_a_stale_session_is_refused_with_the_page_that_confirms(stale, method, path, body):
    answer = call(stale, method, path, body)

    assert (answer.status_code, answer.json()["code"]) == (403, "ConfirmAccess")
    assert answer.json()["url"] == "/account/confirm-access"
    stale.post("/account/confirm-access", {"password": PASSWORD})
    assert call(stale, method, path, body).status_code in (200, 201, 204)
