"""Account pages: layout, the reader's language, sessions."""

import re

import pytest
from django.urls import reverse, reverse_lazy

from apps.users.accounts.models import Membership, User
from apps.users.accounts.services import rename_namespace
from tests.makers import PASSWORD, a_person, a_token
from tests.pages import has_id

pytestmark = pytest.mark.django_db

PUBLIC = """
account_login account_signup account_reset_password account_reset_password_done
account_reset_password_from_key_done account_inactive account_email_verification_sent
""".split()
OWN = """
settings_profile settings_preferences settings_account settings_tokens settings_new_token
settings_organizations account_email account_change_password usersessions_list mfa_index mfa_list_webauthn
account_logout new_organization idp:oidc:device_authorization account_reauthenticate
""".split()


@pytest.fixture
def owner(client, cast):
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def check_look(response) -> None:
    page = response.content.decode()
    assert response.status_code == 200
    assert 'class="site-header"' in page
    assert len(re.findall(r"<h1[ >]", page)) <= 1
    assert re.search(r"<title>\S.* · Banyan</title>", page)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)
    assert " style=" not in page


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_has_the_layout(client, db, name):
    check_look(client.get(reverse(name)))


@pytest.mark.parametrize("name", OWN)
def test_a_personal_page_has_the_layout(owner, name):
    check_look(owner.get(reverse(name)))


@pytest.mark.parametrize("name", OWN)
def test_a_personal_page_redirects_anonymous_to_sign_in(client, cast, name):
    response = client.get(reverse(name))

    assert response.status_code == 302
    assert response["Location"].startswith("/login") or name == "account_logout"


@pytest.mark.parametrize(
    "path",
    [
        "/owner",
        "/grove",
        "/organizations/grove/people",
        "/organizations/grove/settings",
        "/organizations/grove/members",
    ],
)
def test_profile_pages_have_the_layout(owner, path):
    check_look(owner.get(path))


def test_a_profile_shows_what_its_person_wrote_and_no_script_of_theirs(owner, client):
    facts = {
        "full_name": "Olive Owner",
        "about": "I grow *models*. <script>alert(1)</script>",
        "website": "https://example.com/olive",
    }
    owner.post("/settings/profile", facts)

    page = client.get("/owner").content.decode()

    assert "Olive Owner" in page
    assert "<em>models</em>" in page
    assert "alert(1)</script>" not in page
    assert 'href="https://example.com/olive"' in page


@pytest.mark.parametrize("website", ["javascript:alert(1)", "not a site", "https://"])
def test_an_invalid_website_is_refused(owner, website):
    response = owner.post("/settings/profile", {"website": website})

    assert response.status_code == 422
    assert User.objects.get(username="owner").namespace.website == ""


def test_another_spelling_and_a_former_name_lead_to_the_profile(client, cast):
    assert client.get("/OWNER")["Location"] == "/owner"
    rename_namespace(actor=cast.owner.actor, name="owner", new_name="gardener")

    assert client.get("/owner")["Location"] == "/gardener"
    assert client.get("/gardener").status_code == 200


@pytest.mark.parametrize("path", ["/nobody-of-this-name", "/organizations/nobody-of-this-name/people"])
def test_an_unknown_name_is_not_found(client, cast, path):
    assert client.get(path).status_code == 404


def test_anybody_switches_the_language_without_scripts(client, db):
    response = client.post("/language", {"language": "zh-hans", "next": "/login"})

    assert response["Location"] == "/login"
    assert 'lang="zh-hans"' in client.get("/login").content.decode()


def test_a_persons_language_goes_with_the_account_to_another_browser(owner, client, cast):
    owner.post("/language", {"language": "zh-hans", "next": "/owner"})
    del owner.cookies["django_language"]

    page = owner.get("/owner").content.decode()

    assert 'lang="zh-hans"' in page
    assert User.objects.get(username="owner").language == "zh-hans"


def test_an_unsupported_language_changes_nothing(owner):
    owner.post("/language", {"language": "xx", "next": "/owner"})

    assert User.objects.get(username="owner").language == ""


def test_times_are_shown_in_the_persons_zone(owner):
    owner.post("/settings/preferences", {"language": "", "time_zone": "Asia/Shanghai", "theme": "dark"})

    page = owner.get("/sessions").content.decode()

    assert "CST" in page
    assert owner.cookies["theme"].value == "dark"
    assert 'data-theme="dark"' in page


def test_an_unknown_time_zone_is_refused(owner):
    response = owner.post("/settings/preferences", {"time_zone": "Mars/Olympus"})

    assert response.status_code == 422
    assert User.objects.get(username="owner").time_zone == ""


def test_the_sessions_page_signs_other_browsers_out(client, cast, django_user_model):
    other = type(client)()
    for browser in (client, other):
        browser.post("/login", {"login": "owner", "password": PASSWORD})
        browser.get("/sessions")

    client.post("/sessions")

    assert client.get("/settings/profile").status_code == 200
    assert other.get("/settings/profile").status_code == 302


def test_an_account_goes_only_by_its_name_typed_and_the_password(client, cast):
    client.post("/login", {"login": "stranger", "password": PASSWORD})
    answer = client.post("/settings/account/remove", {"confirm": "stranger"})
    assert answer["Location"].startswith("/account/confirm-access")

    client.post("/account/confirm-access", {"password": PASSWORD, "next": "/settings/account/remove"})

    assert not User.objects.filter(username="stranger").exists()
    assert client.get("/stranger").status_code == 404


def test_an_account_stays_when_another_name_is_typed(client, cast):
    client.post("/login", {"login": "stranger", "password": PASSWORD})
    client.post("/settings/account/remove", {"confirm": "owner"})
    client.post("/account/confirm-access", {"password": PASSWORD, "next": "/settings/account/remove"})

    assert User.objects.filter(username="stranger").exists()
    assert User.objects.filter(username="owner").exists()


@pytest.mark.parametrize(
    "path", ["/owner", "/grove", "/organizations/grove/members", *(reverse_lazy(name) for name in OWN)]
)
def test_every_page_has_a_query_budget(owner, cast, path, django_assert_max_num_queries):
    for number in range(20):
        a_token(cast.owner.user)
        someone = a_person(f"someone-{number}").user
        Membership.objects.create(namespace=cast.organization, user=someone)
    owner.get(str(path))

    with django_assert_max_num_queries(12):
        owner.get(str(path))


def test_a_changed_password_signs_other_browsers_out_and_keeps_this_one(client, cast):
    other = type(client)()
    for browser in (client, other):
        browser.post("/login", {"login": "owner", "password": PASSWORD})
    new = "quite-another-passphrase"

    client.post("/settings/password", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert other.get("/settings/profile").status_code == 302
    page = client.get("/sessions").content.decode()
    assert page.count('<td class="mono">') == 1
    assert has_id(page, "this-session")


def test_a_session_is_listed_with_its_browser_and_system(client, cast):
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"
    client.post("/login", {"login": "owner", "password": PASSWORD}, headers={"user-agent": firefox})

    page = client.get("/sessions", headers={"user-agent": firefox}).content.decode()

    assert f'<span title="{firefox}">Firefox on Windows</span>' in page


def test_the_query_count_does_not_grow_with_sessions(client, cast, django_assert_max_num_queries):
    for _ in range(8):
        type(client)().post("/login", {"login": "owner", "password": PASSWORD})
    client.post("/login", {"login": "owner", "password": PASSWORD})
    client.get("/sessions")

    with django_assert_max_num_queries(12):
        page = client.get("/sessions").content.decode()

    assert page.count('<td class="mono">') == 9


def test_the_british_address_of_own_organizations_redirects(client, cast):
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    response = client.get("/settings/organisations")

    assert (response.status_code, response["Location"]) == (301, "/settings/organizations")
