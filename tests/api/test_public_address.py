"""The site's public address: links, host names, TLS, cookies, reserved names."""

import base64
import json
import os
import re
import subprocess
import sys
from http.client import HTTPConnection

import pytest
from django.core import mail
from django.test import Client

from tests.conftest import ROOT
from tests.makers import PASSWORD, a_person, a_repo, a_token

URL = "http://testserver"
ELSEWHERE = ("127.0.0.1:9999", "localhost:6666", "[::1]:1", "LOCALHOST.")


def request_as(site, host: str, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Request the running site by a host name; return (status, headers, body)."""
    connection = HTTPConnection("127.0.0.1", int(site.url.rpartition(":")[2]), timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in {"Host": host, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()


@pytest.mark.django_db
@pytest.mark.parametrize("host", ELSEWHERE)
def test_links_in_mails_use_the_public_url_whatever_the_host(client, cast, settings, host):
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "[::1]"]
    forged = {"HTTP_HOST": host, "HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "gopher"}

    client.post(
        "/signup", {"username": "newcomer", "email": "newcomer@example.net", "password1": PASSWORD}, **forged
    )
    client.post("/logout", **forged)
    client.post("/password/reset", {"email": "owner@example.com"}, **forged)
    client.post("/password/reset", {"email": "nobody@example.com"}, **forged)

    links = [link for message in mail.outbox for link in re.findall(r"\w+://\S+", message.body)]
    assert len(links) == 3
    assert all(link.startswith(f"{URL}/") for link in links)
    assert not any(host in message.body for message in mail.outbox)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("host", ELSEWHERE)
def test_addresses_in_answers_of_the_running_site_are_its_own(site, live_cast, host):
    repo, other = a_repo(live_cast.owner, "tiny"), a_repo(live_cast.owner, "other")
    authorization = {"Authorization": f"Bearer {a_token(live_cast.owner.user)}"}

    answers = [
        request_as(site, host, path, **{**authorization, "X-Forwarded-Host": "evil.example"})
        for path in (
            "/.well-known/openid-configuration",
            "/api/whoami-v2",
            "/api/models?limit=1",
            "/api/v1/repos?kind=model&limit=1",
            "/feeds/repos.atom",
            f"/{repo.address}",
            f"/{repo.address}/branches",
            f"/api/models/{other.address}/xet-read-token/main",
        )
    ]

    found = "".join(f"{headers}{body}" for _status, headers, body in answers)
    assert [status for status, _headers, _body in answers] == [200] * len(answers)
    assert site.url in found
    assert "evil.example" not in found
    assert not re.search(
        r"//(?!127\.0\.0\.1:\d+[^\d])(127\.0\.0\.1|localhost|\[::1\])", found.replace(site.url, "")
    )
    assert ":9999" not in found
    assert ":6666" not in found


@pytest.mark.django_db(transaction=True)
def test_a_foreign_name_is_refused_but_health_answers_to_any(site):
    statuses = {
        path: request_as(site, "evil.example", path)[0]
        for path in ("/", "/login", "/api/models", "/healthz", "/readyz")
    }

    assert statuses == {"/": 400, "/login": 400, "/api/models": 400, "/healthz": 200, "/readyz": 200}


@pytest.mark.django_db
def test_forms_work_under_each_name_of_this_machine_and_at_a_forwarded_port(cast, settings):
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
    browser = Client(enforce_csrf_checks=True)
    for host in ("localhost:8000", "127.0.0.1:9000"):
        page = browser.get("/login", HTTP_HOST=host).content.decode()
        guard = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        facts = {"login": "owner", "password": "wrong", "csrfmiddlewaretoken": guard}

        same = browser.post("/login", facts, HTTP_HOST=host, HTTP_ORIGIN=f"http://{host}")
        other = browser.post("/login", facts, HTTP_HOST=host, HTTP_ORIGIN="http://evil.example")

        assert (same.status_code, other.status_code) == (200, 403)


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", [{}, {"x-forwarded-proto": "http"}])
def test_addresses_are_https_where_the_site_is_whatever_came_between(client, settings, scheme):
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://hub.example.com", ["testserver", "hub.example.com"]

    facts = client.get("/.well-known/openid-configuration", headers=scheme).json()

    assert (facts["issuer"], facts["token_endpoint"]) == (
        "https://hub.example.com",
        "https://hub.example.com/oauth/token",
    )


@pytest.mark.django_db
def test_a_passkey_belongs_to_the_requested_host(cast, settings):
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    browser, accepted = Client(), {"x-requested-with": "XMLHttpRequest", "accept": "application/json"}

    options = browser.get("/login/passkey", headers=accepted, HTTP_HOST="localhost:8000").json()[
        "request_options"
    ]

    assert options["publicKey"]["rpId"] == "localhost"


SHOWN = (
    *(
        "ALLOWED_HOSTS",
        "SECURE_HSTS_SECONDS",
        "SECURE_SSL_REDIRECT",
        "SECURE_SSL_HOST",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
    ),
    *("LANGUAGE_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "LANGUAGE_COOKIE_HTTPONLY"),
)


def settings_with(**environment: str) -> dict:
    """Return settings as read from an environment in a new process."""
    shown = f"{{name: getattr(settings, name) for name in {SHOWN!r}}}"
    code = f"from django.conf import settings; import json; print(json.dumps({shown}))"
    keep = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PUBLIC_URL", "ALLOWED_HOSTS", "TRUSTED_PROXY_COUNT")
    }
    facts = {**keep, "DJANGO_SETTINGS_MODULE": "ecosystem.settings", **environment}
    return json.loads(
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=facts, capture_output=True, text=True, check=True
        ).stdout
    )


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://hub.example.com", ["hub.example.com"]),
        ("http://10.0.0.7:8000", ["10.0.0.7"]),
        ("http://[2001:db8::1]:8000", ["[2001:db8::1]"]),
        ("http://127.0.0.1:8000", ["localhost", "127.0.0.1", "[::1]"]),
        ("http://[::1]:8000", ["localhost", "127.0.0.1", "[::1]"]),
    ],
)
def test_only_a_site_of_this_machine_answers_to_the_names_of_this_machine(url, names):
    assert settings_with(PUBLIC_URL=url)["ALLOWED_HOSTS"] == names


def test_further_names_are_added_to_the_sites_own():
    assert settings_with(PUBLIC_URL="https://hub.example.com", ALLOWED_HOSTS="hub.internal")[
        "ALLOWED_HOSTS"
    ] == [
        "hub.example.com",
        "hub.internal",
    ]


def test_an_https_address_closes_plain_http():
    behind_proxy = settings_with(PUBLIC_URL="https://hub.example.com:8443/", TRUSTED_PROXY_COUNT="1")
    alone = settings_with(PUBLIC_URL="https://hub.example.com")
    without_hsts = settings_with(PUBLIC_URL="https://hub.example.com", HSTS_SECONDS="0")
    plain = settings_with(PUBLIC_URL="http://hub.example.com", TRUSTED_PROXY_COUNT="1")

    cookies = [name for name in SHOWN if name.endswith("COOKIE_SECURE")]
    assert (behind_proxy["SECURE_HSTS_SECONDS"], behind_proxy["SECURE_SSL_REDIRECT"]) == (31_536_000, True)
    assert behind_proxy["SECURE_SSL_HOST"] == "hub.example.com:8443"
    assert [behind_proxy[name] for name in cookies] == [True] * 3
    assert (
        alone["SECURE_HSTS_SECONDS"],
        alone["SECURE_SSL_REDIRECT"],
        without_hsts["SECURE_HSTS_SECONDS"],
    ) == (31_536_000, False, 0)
    assert (plain["SECURE_HSTS_SECONDS"], plain["SECURE_SSL_REDIRECT"], plain["SESSION_COOKIE_SECURE"]) == (
        0,
        False,
        False,
    )
    assert (plain["CSRF_COOKIE_HTTPONLY"], plain["LANGUAGE_COOKIE_HTTPONLY"]) == (True, True)


@pytest.fixture
def tls(settings):
    """Settings of a site behind a TLS proxy."""
    settings.PUBLIC_URL = "https://testserver"
    settings.TRUSTED_PROXY_COUNT, settings.SECURE_PROXY_SSL_HEADER = 1, ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT, settings.SECURE_SSL_HOST, settings.SECURE_HSTS_SECONDS = (
        True,
        "testserver",
        600,
    )
    settings.CSRF_TRUSTED_ORIGINS = ["https://testserver"]
    for name in ("SESSION", "CSRF", "LANGUAGE"):
        setattr(settings, f"{name}_COOKIE_SECURE", True)


@pytest.mark.django_db
def test_plain_http_is_led_to_tls_and_health_is_not(tls, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    client = Client()  # The middleware reads the settings when it is created.

    plain = client.get("/models?sort=new", headers={"x-forwarded-proto": "http"}, HTTP_HOST="other.example")
    health = [
        client.get(path, headers={"x-forwarded-proto": "http"}).status_code
        for path in ("/healthz", "/readyz")
    ]

    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/models?sort=new")
    assert health == [200, 200]


@pytest.mark.django_db
def test_every_response_has_strict_transport_security(tls):
    client, proxied = Client(), {"headers": {"x-forwarded-proto": "https"}}

    answers = [
        client.get(path, **proxied)
        for path in ("/", "/login", "/absent/absent/absent", "/api/whoami-v2", "/static/css/site.css")
    ]

    assert {answer["Strict-Transport-Security"] for answer in answers} == {"max-age=600"}


@pytest.mark.django_db
def test_every_cookie_goes_over_tls_alone(tls, cast):
    browser, proxied = Client(), {"headers": {"x-forwarded-proto": "https"}}

    browser.get("/login", **proxied)
    browser.post("/login", {"login": "owner", "password": PASSWORD}, **proxied)
    browser.post("/settings/preferences", {"language": "en", "time_zone": "", "theme": "dark"}, **proxied)
    browser.post("/language", {"language": "en"}, **proxied)

    kept = {name: cookie for name, cookie in browser.cookies.items() if cookie.value}
    assert {"sessionid", "csrftoken", "known_device", "django_language", "theme"} <= set(kept)
    assert [name for name, cookie in kept.items() if not cookie["secure"]] == []
    assert [name for name, cookie in kept.items() if cookie["samesite"] != "Lax"] == []
    assert [name for name, cookie in kept.items() if not cookie["httponly"]] == ["theme"]


# people's names that start like fixed paths
NAMES = (
    "metrics2",
    "xet2",
    "oauth-app",
    "apiary",
    "loginator",
    "static-lab",
    "v1x",
    "jobs2",
    "healthz2",
    "datasets2",
    "mfa2",
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", NAMES)
def test_names_that_begin_as_an_address_of_the_site_does_work_everywhere(site, live_cast, name):
    person = a_person(name)
    a_repo(person, "hidden", is_private=True)
    a_repo(person, "open")
    host = site.url.removeprefix("http://")
    token = a_token(person.user)
    basic = base64.b64encode(f"{name}:{token}".encode()).decode()
    paths = (
        f"/api/models/{name}/hidden",
        f"/{name}/hidden/resolve/main/.gitattributes",
        f"/{name}/hidden/raw/main/.gitattributes",
        f"/{name}/hidden.git/info/refs?service=git-upload-pack",
        f"/{name}/hidden.git/info/refs?service=git-receive-pack",
        f"/{name}/hidden",
        f"/{name}",
    )

    by_bearer = [request_as(site, host, path, Authorization=f"Bearer {token}")[0] for path in paths]
    by_basic = [request_as(site, host, path, Authorization=f"Basic {basic}")[0] for path in paths[:5]]
    by_garbage = [
        request_as(site, host, path.replace("hidden", "open"), Authorization="Bearer garbage")[0]
        for path in paths
    ]

    assert by_bearer == [200] * 7
    assert by_basic == [200] * 5
    assert by_garbage == [401] * 5 + [302] * 2
