"""OAuth applications: the device flow, OpenID Connect, what their tokens may do."""

import base64
import hashlib
import json
import re
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import jwt
import oauthlib
import pytest
from allauth.idp.oidc.models import Client, Token
from django.core.management import call_command
from django.core.management.base import CommandError
from oauthlib.oauth2.rfc8628.endpoints import DeviceApplicationServer

from apps.core.actor import Need
from apps.core.errors import BadToken, ValidationFailed
from apps.registry.repos.access import namespace_for, repo_for
from apps.registry.repos.errors import RepoNotFound
from apps.users.accounts.actors import actor_for_token
from apps.users.accounts.oauth import command_line_client_id, signing_key
from apps.users.accounts.services.applications import create_application
from tests.api.hub import BAD_TOKEN_SENTENCE
from tests.makers import a_repo
from tests.pages import data_of, form_errors, has_id

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def send(client, path: str, **facts):
    body = "&".join(f"{name}={value}" for name, value in facts.items())
    return client.post(path, body, content_type=FORM)


def begin(client, **facts) -> dict:
    return send(client, "/oauth/device", client_id=command_line_client_id(), **facts).json()


def poll(client, code: str):
    return send(
        client, "/oauth/token", grant_type=DEVICE_GRANT, device_code=code, client_id=command_line_client_id()
    )


@pytest.fixture
def no_polling_delay(settings):
    """Allow polling without waiting."""
    settings.IDP_OIDC_DEVICE_CODE_INTERVAL = 0


@pytest.fixture
def owner(client, cast):
    browser = type(client)()
    browser.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def complete_device_flow(client, owner, **facts) -> dict:
    """Complete the device flow."""
    device = begin(client, **facts)
    owner.post(f"/device?code={device['user_code']}", {"action": "confirm"})
    return poll(client, device["device_code"]).json()


def test_the_installed_oauth_library_still_serves_the_device_flow(client, no_polling_delay, owner):
    # 4.0.1 renamed what the account library relies on; this test decides when the pin may go.
    assert oauthlib.__version__ == "4.0.0"
    assert hasattr(DeviceApplicationServer, "create_device_authorization_response")
    assert "access_token" in complete_device_flow(client, owner)


def test_a_device_gets_the_confirmation_url(client, db):
    device = begin(client)

    assert device["verification_uri"] == "http://testserver/device"
    assert device["verification_uri_complete"].endswith(f"/device?code={device['user_code']}")
    assert (device["interval"], device["expires_in"]) == (5, 900)
    assert Client.objects.get().type == Client.Type.PUBLIC


def test_a_device_waits_for_confirmation(client, no_polling_delay, owner):
    device = begin(client)

    waiting = poll(client, device["device_code"])
    owner.post(f"/device?code={device['user_code']}", {"action": "confirm"})
    answered = poll(client, device["device_code"])

    assert (waiting.status_code, waiting.json()["error"]) == (400, "authorization_pending")
    assert answered.status_code == 200
    assert {"access_token", "refresh_token", "expires_in"} <= set(answered.json())
    assert poll(client, device["device_code"]).json()["error"] == "invalid_grant"


def test_a_device_that_polls_too_often_is_slowed_down(client, db):
    device = begin(client)
    poll(client, device["device_code"])

    assert poll(client, device["device_code"]).json()["error"] == "slow_down"


def test_a_denied_device_gets_access_denied(client, no_polling_delay, owner):
    device = begin(client)

    owner.post(f"/device?code={device['user_code']}", {"action": "deny"})

    assert poll(client, device["device_code"]).json()["error"] == "access_denied"
    assert not Token.objects.exists()


def test_the_page_shows_the_code_and_what_would_be_allowed(client, owner):
    device = begin(client)

    page = owner.get(f"/device?code={device['user_code']}").content.decode()

    assert device["user_code"] in page
    assert "manage-repos" in data_of(page, "scope")


def test_a_device_gets_no_more_scopes_than_it_requests(client, no_polling_delay, owner):
    device = begin(client, scope="openid+read-repos")
    page = owner.get(f"/device?code={device['user_code']}").content.decode()
    owner.post(f"/device?code={device['user_code']}", {"action": "confirm"})

    actor = actor_for_token(poll(client, device["device_code"]).json()["access_token"])

    assert data_of(page, "scope") == ["openid", "read-repos"]
    assert actor.scope.limit == Need.READ


def test_another_site_cannot_confirm_a_device(client, cast, no_polling_delay):
    device = begin(client)
    browser = type(client)(enforce_csrf_checks=True)
    browser.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    response = browser.post(f"/device?code={device['user_code']}", {"action": "confirm"})

    assert response.status_code == 403
    assert poll(client, device["device_code"]).json()["error"] == "authorization_pending"


def test_anonymous_signs_in_before_entering_a_code(client, db):
    device = begin(client)

    response = client.get(f"/device?code={device['user_code']}")

    assert response["Location"] == f"/login?next=%2Fdevice%3Fcode%3D{device['user_code']}"


def test_a_wrong_code_is_refused_and_guessing_is_stopped(owner):
    pages = [owner.get(f"/device?code=WRONG{i}") for i in range(7)]

    assert form_errors(pages[0]) == {"code": ["incorrect_code"]}
    assert form_errors(pages[-1]) == {"code": ["rate_limited"]}


def test_an_application_token_acts_for_its_person(client, no_polling_delay, owner, cast):
    repo = a_repo(cast.owner, "tiny", is_private=True)
    raw = complete_device_flow(client, owner)["access_token"]

    who = client.get("/api/whoami-v2", headers={"authorization": f"Bearer {raw}"}).json()
    actor = actor_for_token(raw)

    assert who["name"] == "owner"
    assert who["auth"]["accessToken"]["role"] == "write"
    assert "displayName" not in who["auth"]["accessToken"]
    assert repo_for(actor, repo.address, Need.WRITE) == repo
    assert namespace_for(actor, "grove", Need.CONTRIBUTE).name == "grove"


def test_an_application_token_works_as_a_git_password(client, no_polling_delay, owner, cast):
    raw = complete_device_flow(client, owner)["access_token"]
    word = base64.b64encode(f"owner:{raw}".encode()).decode()

    assert client.get("/api/whoami-v2", headers={"authorization": f"Basic {word}"}).json()["name"] == "owner"


def test_an_application_without_repository_scope_sees_only_public_repositories(
    client, no_polling_delay, owner, cast
):
    private, public = a_repo(cast.owner, "private", is_private=True), a_repo(cast.owner, "public")
    actor = actor_for_token(complete_device_flow(client, owner, scope="openid+profile")["access_token"])

    assert repo_for(actor, public.address) == public
    with pytest.raises(RepoNotFound):
        repo_for(actor, private.address)


def test_a_token_is_renewed_and_the_old_refresh_token_ends(client, no_polling_delay, owner):
    first = complete_device_flow(client, owner)
    facts = {"grant_type": "refresh_token", "client_id": command_line_client_id()}

    renewed = send(client, "/oauth/token", refresh_token=first["refresh_token"], **facts)
    again = send(client, "/oauth/token", refresh_token=first["refresh_token"], **facts)

    assert actor_for_token(renewed.json()["access_token"]).name == "owner"
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_person_revokes_an_application(client, no_polling_delay, owner):
    raw = complete_device_flow(client, owner)["access_token"]
    page = owner.get("/settings/tokens").content.decode()
    assert has_id(page, "applications")

    owner.post(f"/settings/applications/{command_line_client_id()}/revoke")

    with pytest.raises(BadToken):
        actor_for_token(raw)
    response = client.get("/api/models", headers={"authorization": f"Bearer {raw}"})
    assert response["X-Error-Message"] == BAD_TOKEN_SENTENCE


def test_a_refresh_token_is_no_access_token(client, no_polling_delay, owner):
    with pytest.raises(BadToken):
        actor_for_token(complete_device_flow(client, owner)["refresh_token"])


def test_tokens_are_stored_as_hashes(client, no_polling_delay, owner):
    answer = complete_device_flow(client, owner)

    stored = str(list(Token.objects.values()))
    assert answer["access_token"] not in stored
    assert answer["refresh_token"] not in stored


@pytest.mark.parametrize("path", ["/oauth/device", "/oauth/token", "/oauth/revoke"])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", FORM),
        ("{}", "application/json"),
        ("client_id=unknown", FORM),
        ("client_id=%00&device_code=%00&grant_type=refresh_token&refresh_token=%00&token=%00", FORM),
        ("client_id=a&client_id=b", FORM),
        (f"grant_type={DEVICE_GRANT}&device_code=x&client_id=unknown", FORM),
        ("grant_type=password&username=owner&password=x", FORM),
        ("grant_type=authorization_code&code=x&client_id=unknown", FORM),
        ("%FF%FE=%ZZ", FORM),
        ("grant_type=nonsense", "multipart/form-data; boundary=x"),
    ],
)
def test_malformed_oauth_requests_are_400_or_401(client, db, path, body, content_type):
    response = client.post(path, body, content_type=content_type)

    assert (
        response.status_code in (200, 400, 401)
        if path == "/oauth/revoke"
        else response.status_code in (400, 401)
    )
    if response.status_code != 200:
        assert json.loads(response.content)["error"]
    assert not Token.objects.exists()


def test_device_codes_are_rate_limited(client, db):
    answers = [send(client, "/oauth/device", client_id=command_line_client_id()) for _ in range(32)]

    assert [answer.status_code for answer in answers[:30]] == [200] * 30
    assert (answers[31].status_code, answers[31]["Retry-After"]) == (429, "60")


def a_web_application(**facts) -> Client:
    application = Client(
        id="a-program",
        name="A program",
        type=Client.Type.PUBLIC,
        scopes="openid\nprofile\nemail\nread-repos",
        **facts,
    )
    application.set_redirect_uris(["https://program.example.com/back"])
    application.save()
    return application


def test_discovery_names_the_addresses(client, db):
    facts = client.get("/.well-known/openid-configuration").json()

    assert facts["issuer"] == "http://testserver"
    assert facts["token_endpoint"] == "http://testserver/oauth/token"
    assert facts["device_authorization_endpoint"] == "http://testserver/oauth/device"
    assert facts["authorization_endpoint"] == "http://testserver/oauth/authorize"
    assert "manage-repos" in facts["scopes_supported"]


def test_a_web_application_signs_a_person_in_by_code_and_pkce(client, owner, cast):
    a_web_application()
    verifier = "a-verifier-that-is-long-enough-for-the-standard-0123456789"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    fields = {
        "client_id": "a-program",
        "response_type": "code",
        "scope": "openid profile",
        "redirect_uri": "https://program.example.com/back",
    }
    fields |= {"state": "s", "code_challenge": challenge, "code_challenge_method": "S256"}

    page = owner.get("/oauth/authorize", fields)
    signed = re.search(r'name="request" value="([^"]+)"', page.content.decode())[1]
    granted = owner.post(
        "/oauth/authorize", {"request": signed, "scopes": ["openid", "profile"], "action": "grant"}
    )
    back = parse_qs(urlsplit(granted["Location"]).query)
    facts = {
        "grant_type": "authorization_code",
        "code": back["code"][0],
        "client_id": "a-program",
        "code_verifier": verifier,
    }
    answer = send(client, "/oauth/token", redirect_uri="https://program.example.com/back", **facts).json()
    about = client.get(
        "/oauth/userinfo", headers={"authorization": f"Bearer {answer['access_token']}"}
    ).json()

    assert "form-action 'self' https://program.example.com" in page["Content-Security-Policy"]
    assert back["state"] == ["s"]
    assert (about["preferred_username"], about["profile"]) == ("owner", "http://testserver/owner")
    assert about["orgs"][0]["preferred_username"] == "grove"
    key = jwt.PyJWK(client.get("/oauth/jwks.json").json()["keys"][0])
    assert (
        jwt.decode(answer["id_token"], key, algorithms=["RS256"], audience="a-program")["sub"] == about["sub"]
    )


def test_redirect_uris_must_be_registered(client, owner):
    a_web_application()
    fields = {
        "client_id": "a-program",
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": "https://elsewhere.example.com/",
    }

    response = owner.get("/oauth/authorize", fields)

    assert response.status_code == 200
    assert next(template.name for template in response.templates) == "idp/oidc/error.html"


def test_the_signing_key_is_made_once_and_only_its_owner_reads_it(settings, tmp_path):
    settings.OIDC_KEY_FILE = tmp_path / "secrets" / "key.pem"

    first = signing_key()

    assert signing_key() == first
    assert settings.OIDC_KEY_FILE.stat().st_mode & 0o777 == 0o600
    assert list(settings.OIDC_KEY_FILE.parent.iterdir()) == [settings.OIDC_KEY_FILE]


def a_confidential_application() -> str:
    return create_application(
        "A service", redirect_uris=["https://service.example.com/back"], client_id="a-service"
    )[1]


def authorization_query(**more) -> dict:
    facts = {"client_id": "a-service", "response_type": "code", "scope": "openid profile", "state": "s"}
    return {**facts, "redirect_uri": "https://service.example.com/back", **more}


def complete_code_flow(client, owner, secret: str) -> dict:
    """Complete the authorization code flow of the service."""
    page = owner.get("/oauth/authorize", authorization_query())
    signed = re.search(r'name="request" value="([^"]+)"', page.content.decode())[1]
    granted = owner.post(
        "/oauth/authorize", {"request": signed, "scopes": ["openid", "profile"], "action": "grant"}
    )
    assert granted.status_code == 303
    facts = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(granted["Location"]).query)["code"][0],
    }
    return send(
        client,
        "/oauth/token",
        client_id="a-service",
        client_secret=secret,
        redirect_uri="https://service.example.com/back",
        **facts,
    ).json()


def test_userinfo_has_the_claims_that_the_hubs_client_needs(client, owner):
    raw = complete_code_flow(client, owner, a_confidential_application())["access_token"]

    about = client.get("/oauth/userinfo", headers={"authorization": f"Bearer {raw}"}).json()

    assert {"sub", "name", "preferred_username", "picture", "profile", "website", "isPro", "orgs"} <= set(
        about
    )
    assert about["picture"].startswith("http://testserver/")
    assert {"sub", "name", "preferred_username", "picture", "isEnterprise"} <= set(about["orgs"][0])


def test_a_confidential_application_asks_for_consent_once(client, owner):
    complete_code_flow(client, owner, a_confidential_application())

    again = owner.get("/oauth/authorize", authorization_query(), follow=False)
    back = owner.get(again["Location"])

    assert again["Location"].endswith("&prompt=none")
    assert back.status_code == 303
    assert parse_qs(urlsplit(back["Location"]).query)["state"] == ["s"]
    more = owner.get("/oauth/authorize", authorization_query(scope="openid profile email", prompt="none"))
    assert more.status_code == 303
    assert "error=consent_required" in more["Location"]


def test_consent_for_one_application_does_not_cover_another(client, no_polling_delay, owner):
    complete_device_flow(client, owner)
    a_confidential_application()

    silent = owner.get("/oauth/authorize", authorization_query(prompt="none"))

    assert silent["Location"] == "https://service.example.com/back?error=consent_required&state=s"
    assert owner.get("/oauth/authorize", authorization_query()).status_code == 200


def test_prompt_none_never_redirects_to_an_unregistered_uri(client, owner):
    a_confidential_application()

    response = owner.get(
        "/oauth/authorize", authorization_query(prompt="none", redirect_uri="https://elsewhere.example.com/")
    )

    assert "Location" not in response


@pytest.mark.parametrize(
    "uri",
    [
        "http://service.example.com/",
        "https://*.example.com/",
        "/back",
        "https://a.example.com/#x",
        "ftp",
        "http://[x",
    ],
)
def test_an_application_with_an_insecure_redirect_uri_is_refused(uri):
    with pytest.raises(ValidationFailed):
        create_application("A program", redirect_uris=[uri])
    assert not Client.objects.exists()


def test_the_operator_registers_applications(client, db):
    out = StringIO()
    call_command(
        "create_application",
        "A desk",
        "--redirect-uri",
        "http://localhost:3000/back",
        "--public",
        "--scope",
        "openid",
        stdout=out,
    )
    call_command(
        "create_application", "A service", "--redirect-uri", "https://service.example.com/back", stdout=out
    )

    lines = out.getvalue().splitlines()
    assert Client.objects.get(pk=lines[1]).type == Client.Type.PUBLIC
    assert Client.objects.get(pk=lines[3]).check_secret(lines[-1])
    with pytest.raises(CommandError):
        call_command(
            "create_application",
            "Twice",
            "--redirect-uri",
            "https://a.example.com/",
            "--id",
            lines[1],
            stdout=out,
        )
