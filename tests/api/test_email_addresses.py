"""Email addresses: only a confirmed one identifies a person; a reset by mail restores the account."""

import re
from io import StringIO

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.idp.oidc.models import Token
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.registry.repos.models import AccessRequest, AccessState, Gating
from apps.registry.repos.services.access_requests import set_gating
from apps.users.accounts.models import AccessToken, User
from tests.api.matrix import an_application_token, bearer
from tests.makers import PASSWORD, a_repo, a_token
from tests.pages import form_errors, has_id

pytestmark = pytest.mark.django_db
VICTIM = "victim@corp.example"
NEW_PASSWORD = "quite-another-passphrase"


def sign_up(browser, name: str, email: str = VICTIM):
    return browser.post("/signup", {"username": name, "email": email, "password1": PASSWORD})


def link_in(message) -> str:
    return re.search(r"http://[^/]+(/\S+)", message.body)[1]


def ask_for_reset(browser, email: str) -> list:
    """Request a password reset and return the mails with a reset link."""
    mail.outbox.clear()
    browser.post("/password/reset", {"email": email})
    return [message for message in mail.outbox if "/password/reset/" in message.body]


def choose_password(browser, message, **more):
    page = browser.get(link_in(message), follow=True)
    return browser.post(
        page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, **more}
    )


def confirm(browser, name: str) -> None:
    address = EmailAddress.objects.get(user__username=name)
    browser.post(f"/account/confirm-email/{EmailConfirmationHMAC(address).key}")


@pytest.fixture
def squatter(client) -> User:
    """An account with another person's email address, which was never confirmed."""
    sign_up(client, "prehijack")
    return User.objects.get(username="prehijack")


def test_applications_get_the_confirmation_state_of_an_address(client, squatter, cast):
    body = client.get("/api/whoami-v2", headers=bearer(a_token(squatter))).json()
    mine = client.get("/api/v1/me").json()
    confirmed = client.get("/api/whoami-v2", headers=cast.owner.headers).json()

    assert (body["email"], body["emailVerified"]) == (VICTIM, False)
    assert mine["is_email_verified"] is False
    assert (confirmed["email"], confirmed["emailVerified"]) == ("owner@example.com", True)


def test_a_confirmed_address_is_reported_at_once(client, squatter):
    confirm(client, "prehijack")

    assert client.get("/api/whoami-v2", headers=bearer(a_token(squatter))).json()["emailVerified"] is True


def test_an_address_signs_in_only_once_it_was_confirmed(client, squatter):
    client.post("/logout")

    by_address = client.post("/login", {"login": VICTIM, "password": PASSWORD})
    by_name = type(client)().post("/login", {"login": "prehijack", "password": PASSWORD})
    confirm(client, "prehijack")
    later = client.post("/login", {"login": VICTIM.upper(), "password": PASSWORD})

    assert (by_address.status_code, by_name.status_code, later.status_code) == (200, 302, 302)
    assert form_errors(by_address) == {"__all__": ["unverified_login"]}


def test_an_unconfirmed_address_does_not_block_its_owner(client, squatter):
    browser = type(client)()

    answer = sign_up(browser, "victim")
    confirm(browser, "victim")

    assert answer.status_code == 302
    assert EmailAddress.objects.get(email=VICTIM).user.username == "victim"
    assert User.objects.get(username="prehijack").email == ""
    assert not EmailAddress.objects.filter(user=squatter).exists()


def test_an_unconfirmed_address_does_not_block_the_operator_either(squatter):
    call_command("create_user", "victim", "--email", VICTIM, stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("create_user", "another", "--email", VICTIM, stdout=StringIO())

    assert list(EmailAddress.objects.filter(email=VICTIM).values_list("user__username", "verified")) == [
        ("victim", True)
    ]


def test_a_confirmed_address_is_taken(client, cast):
    answer = sign_up(client, "second-one", "Owner@example.com")

    assert answer.status_code == 200
    assert form_errors(answer) == {"email": ["email_taken"]}
    assert not User.objects.filter(username="second-one").exists()


def test_the_link_of_an_address_confirmed_by_another_person_confirms_nothing(client, squatter):
    late = f"/account/confirm-email/{EmailConfirmationHMAC(EmailAddress.objects.get(user=squatter)).key}"
    browser = type(client)()
    sign_up(browser, "victim")
    confirm(browser, "victim")

    client.post(late)

    assert list(EmailAddress.objects.filter(verified=True).values_list("user__username", flat=True)) == [
        "victim"
    ]


def test_resetting_an_unconfirmed_account_revokes_all_other_access(client, squatter):
    token, oauth_token = a_token(squatter), an_application_token(squatter, "openid", "manage-repos")
    EmailAddress.objects.create(user=squatter, email="attacker@evil.example")
    Authenticator.objects.create(user=squatter, type="totp", data={"secret": "x"})
    victim = type(client)()

    (message,) = ask_for_reset(victim, VICTIM)
    answer = choose_password(victim, message)

    assert answer.status_code == 302
    assert victim.get("/settings/profile").status_code == 200
    assert client.get("/settings/profile").status_code == 302
    assert [
        client.get("/api/whoami-v2", headers=bearer(raw)).status_code for raw in (token, oauth_token)
    ] == [
        401,
        401,
    ]
    assert not Authenticator.objects.exists()
    assert not Token.objects.exists()
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [(VICTIM, True, True)]


def test_resetting_a_confirmed_account_can_revoke_tokens(client, cast):
    raw = a_token(cast.owner.user)

    choose_password(client, ask_for_reset(client, "owner@example.com")[0])
    kept = client.get("/api/whoami-v2", headers=bearer(raw)).status_code
    choose_password(client, ask_for_reset(client, "owner@example.com")[0], ends_tokens="on")

    assert kept == 200
    assert client.get("/api/whoami-v2", headers=bearer(raw)).status_code == 401
    assert not AccessToken.objects.filter(user=cast.owner.user, revoked_at=None).exists()


def test_the_page_of_a_reset_offers_to_end_the_tokens(client, cast):
    page = client.get(link_in(ask_for_reset(client, "owner@example.com")[0]), follow=True).content.decode()

    assert 'name="ends_tokens"' in page


def test_a_reset_keeps_the_second_factor_of_a_confirmed_account(client, cast):
    Authenticator.objects.create(user=cast.owner.user, type="totp", data={"secret": "x"})

    answer = choose_password(client, ask_for_reset(client, "owner@example.com")[0])

    assert answer["Location"].startswith("/login/second-factor")
    assert Authenticator.objects.filter(user=cast.owner.user).exists()


def test_a_further_address_resets_nothing_before_it_was_confirmed(client, cast):
    address = EmailAddress.objects.create(user=cast.owner.user, email="typo@example.net")

    before = ask_for_reset(client, "typo@example.net")
    address.set_verified()
    after = ask_for_reset(client, "typo@example.net")

    assert (len(before), len(after)) == (0, 1)


def test_a_link_sent_before_ends_with_a_change_of_the_addresses(client, squatter):
    browser = type(client)()
    (message,) = ask_for_reset(browser, VICTIM)
    sign_up(browser, "victim")
    confirm(browser, "victim")

    page = type(client)().get(link_in(message), follow=True)

    assert has_id(page.content.decode(), "send-again")


def test_owners_of_gated_files_see_confirmed_addresses_alone(client, squatter, cast):
    repo = a_repo(cast.owner, "gated")
    set_gating(actor=cast.owner.actor, address=repo.address, gating=Gating.MANUAL)
    for user in (squatter, cast.stranger.user):
        AccessRequest.objects.create(repo=repo, user=user, state=AccessState.PENDING, is_requested=True)

    pages = [
        client.get("/api/models/owner/gated/user-access-request/pending", headers=cast.owner.headers),
        client.get("/api/v1/repos/model/owner/gated/access-requests", headers=cast.owner.headers),
    ]

    assert [VICTIM in page.content.decode() for page in pages] == [False, False]
    assert ["stranger@example.com" in page.content.decode() for page in pages] == [True, True]
