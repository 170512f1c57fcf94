"""Sign-up, sign-in and sign-out; email confirmation; forgotten and one-time passwords."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from apps.users.accounts.models import Namespace, NamespaceKind, User
from apps.users.accounts.services import create_first_admin, create_person, set_one_time_password
from tests.makers import PASSWORD, a_token
from tests.pages import data_of

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
NEW_PASSWORD = "quite-another-passphrase"


def sign_up(client, name: str, email: str = "newcomer@example.com"):
    return client.post("/signup", {"username": name, "email": email, "password1": PASSWORD})


def link_in(message) -> str:
    return re.search(r"http://[^/]+(/\S+)", message.body)[1]


def test_signing_up_takes_the_name_and_signs_in(client):
    response = sign_up(client, "Newcomer")

    assert response.status_code == 302
    user = User.objects.get(username="Newcomer")
    assert (user.namespace.name, user.namespace.key, user.namespace.kind) == (
        "Newcomer",
        "newcomer",
        NamespaceKind.PERSON,
    )
    assert client.get("/settings/profile").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "owner",
        "OWNER",
        "Grove",
        "models",
        "Settings",
        "api",
        "a",
        "-x",
        "x..y",
        "é",
        "x" * 97,
        "x.git",
        "x/y",
        "x\x00y",
        "",
    ],
)
def test_a_name_that_is_taken_reserved_or_malformed_is_refused_and_nothing_is_stored(client, cast, name):
    before = (User.objects.count(), Namespace.objects.count())

    response = sign_up(client, name)

    assert response.status_code == 200
    assert b"errorlist" in response.content
    assert (User.objects.count(), Namespace.objects.count()) == before


def test_a_name_taken_concurrently_leaves_no_partial_account(client, monkeypatch):
    monkeypatch.setattr(
        "apps.users.accounts.adapters.check_name", lambda name: create_person(name, is_checked=False)
    )

    response = sign_up(client, "contested")

    assert response.status_code == 409
    assert User.objects.filter(username="contested").count() == 1
    assert not EmailAddress.objects.exists()


def test_signing_up_twice_with_one_confirmed_address_makes_one_person(client):
    sign_up(client, "first-one")
    EmailAddress.objects.get().set_verified()
    client.post("/logout")

    response = sign_up(client, "second-one")

    assert response.status_code == 200
    assert not User.objects.filter(username="second-one").exists()
    assert not Namespace.objects.filter(key="second-one").exists()


def test_closed_sign_up_creates_no_account(client, settings):
    settings.SIGN_UP = False

    response = sign_up(client, "newcomer")

    assert not User.objects.exists()
    assert "newcomer" not in response.content.decode()


def test_the_link_in_the_mail_confirms_the_address(client):
    sign_up(client, "newcomer")
    link = link_in(mail.outbox[0])

    page, confirmed = client.get(link), client.post(link)

    assert page.status_code == 200
    assert confirmed.status_code == 302
    assert EmailAddress.objects.get(email="newcomer@example.com").verified


def test_people_sign_in_by_name_in_any_case_or_by_address(client, cast):
    for login in ("owner", "OWNER", "owner@example.com"):
        response = client.post("/login", {"login": login, "password": PASSWORD})
        assert response.status_code == 302, login
        client.post("/logout")
        assert client.get("/settings/profile").status_code == 302


def test_a_wrong_password_does_not_sign_in_and_many_are_rate_limited(client, cast):
    answers = [client.post("/login", {"login": "owner", "password": f"wrong {i}"}) for i in range(7)]

    assert "sessionid" not in client.cookies or not client.session.get("_auth_user_id")
    assert data_of(answers[-1].content.decode(), "code") == ["TooManyAttempts"]
    assert client.post("/login", {"login": "owner", "password": PASSWORD}).status_code == 429


def test_signing_in_redirects_back_to_the_requested_page(client, cast):
    answer = client.get("/settings/tokens")

    response = client.post(
        answer["Location"], {"login": "owner", "password": PASSWORD, "next": "/settings/tokens"}
    )

    assert answer["Location"] == "/login?next=%2Fsettings%2Ftokens"
    assert response["Location"] == "/settings/tokens"


def test_signing_in_never_leads_to_another_site(client, cast):
    response = client.post("/login", {"login": "owner", "password": PASSWORD, "next": "https://example.com/"})

    assert response["Location"] == "/"


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(client, cast):
    client.post("/password/reset", {"email": "owner@example.com"})
    form = client.get(link_in(mail.outbox[0]), follow=True)

    client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    assert User.objects.get(username="owner").check_password(NEW_PASSWORD)
    assert client.get(link_in(mail.outbox[0]), follow=True).status_code == 200


def test_the_reset_page_does_not_reveal_accounts(client, cast):
    known = client.post("/password/reset", {"email": "owner@example.com"})
    unknown = client.post("/password/reset", {"email": "unheard-of@example.com"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_the_first_admin_is_made_once(db):
    name, password = create_first_admin()

    admin = User.objects.get()
    assert (admin.username, admin.is_staff, admin.must_change_password) == (name, True, True)
    assert admin.check_password(password)
    assert create_first_admin() is None


def test_a_one_time_password_opens_only_the_page_that_replaces_it(client, cast):
    password = set_one_time_password(cast.owner.user)
    client.post("/login", {"login": "owner", "password": password})

    assert client.get("/settings/tokens")["Location"] == "/settings/password"
    assert client.get("/")["Location"] == "/settings/password"
    assert client.post("/settings/tokens/new", {"name": "early"}).status_code == 403
    assert client.get("/settings/password").status_code == 200

    client.post(
        "/settings/password", {"oldpassword": password, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    )

    assert client.get("/settings/tokens").status_code == 200
    assert not User.objects.get(username="owner").must_change_password


def test_tokens_keep_working_while_a_one_time_password_is_pending(client, cast):
    token = a_token(cast.owner.user)
    set_one_time_password(cast.owner.user)

    response = client.get("/api/whoami-v2", headers={"authorization": f"Bearer {token}"})

    assert response.json()["name"] == "owner"


def test_a_mail_names_the_site_and_the_person(client):
    sign_up(client, "newcomer")

    message = mail.outbox[0]
    assert message.subject.startswith("[Banyan] ")
    assert "newcomer" in message.body
    assert "testserver" in message.body


def test_an_unreachable_mail_server_does_not_prevent_sign_up(client, monkeypatch):
    def refuse(*args, **options):
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)

    assert sign_up(client, "newcomer").status_code == 302
    assert User.objects.filter(username="newcomer").exists()


def test_a_password_change_is_announced_by_mail(client, cast):
    client.post("/login", {"login": "owner", "password": PASSWORD})
    facts = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}

    client.post("/settings/password", facts, headers={"user-agent": FIREFOX})

    assert mail.outbox[-1].to == ["owner@example.com"]
    assert "127.0.0.1" in mail.outbox[-1].body
    assert "Firefox on Linux" in mail.outbox[-1].body
