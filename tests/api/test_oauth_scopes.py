"""OAuth scopes on every route: an application may do what its person granted and nothing else."""

import json

import pytest
from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client
from django.db import connection

from apps.core.web.policies import SIGNED_IN, admits_applications, policy_of, scopes_of
from apps.users.accounts.oauth import SCOPES
from apps.users.accounts.scopes import OAuthScope
from tests.api.matrix import a_scene, an_application_token, bearer, cells, policy_of_route, send
from tests.api.test_accounts_applications import FORM
from tests.architecture.urls import routes
from tests.makers import a_repo

pytestmark = pytest.mark.django_db
REPO_WORDS = ("read-repos", "contribute-repos", "write-repos", "manage-repos")


def as_application(person, *scopes: str) -> dict:
    return bearer(an_application_token(person.user, "openid", *scopes))


def whoami(client, headers) -> dict:
    return client.get("/api/whoami-v2", headers=headers).json()


def test_openid_alone_returns_the_subject(client, cast):
    headers = as_application(cast.owner)

    found = whoami(client, headers)
    info = client.get("/oauth/userinfo", headers=headers).json()

    assert set(found) == {"type", "id", "auth"}
    assert int(found["id"], 16) == cast.owner.user.pk
    assert info == {"sub": str(cast.owner.user.pk)}


@pytest.mark.parametrize(
    "path", ["/api/v1/me", "/api/v1/me/organizations", "/api/settings/repositories", "/api/v1/me/emails"]
)
def test_openid_alone_opens_nothing_of_the_persons(client, cast, path):
    answer = client.get(path, headers=as_application(cast.owner))

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]
    assert b"owner@example.com" not in answer.content


def test_each_scope_adds_its_claims(client, cast):
    with_profile, with_email = as_application(cast.owner, "profile"), as_application(cast.owner, "email")

    profile, email = whoami(client, with_profile), whoami(client, with_email)

    assert (profile["name"], [one["name"] for one in profile["orgs"]]) == ("owner", ["grove"])
    assert "email" not in profile
    assert (email["email"], email["emailVerified"]) == ("owner@example.com", True)
    assert "name" not in email
    assert client.get("/api/v1/me", headers=with_profile).json()["email"] is None
    assert (
        client.get("/api/v1/me", headers=as_application(cast.owner, "profile", "email")).json()[
            "is_email_verified"
        ]
        is True
    )
    assert client.get("/api/v1/me/organizations", headers=with_profile).status_code == 200


def test_an_application_of_an_administrator_administers_nothing(client, cast):
    headers = as_application(cast.staff, "profile", "email", "manage-repos", "jobs")

    assert client.get("/api/v1/me", headers=headers).json()["is_staff"] is False
    assert client.get("/metrics", headers=headers).status_code in (403, 404)


def test_a_page_fetched_by_an_application_shows_no_person(client, cast):
    headers = as_application(cast.owner)

    pages = [client.get(path, headers=headers).content.decode() for path in ("/", "/models", "/grove")]

    assert all("owner@example.com" not in page and 'id="account-menu"' not in page for page in pages)


@pytest.mark.parametrize("scope", REPO_WORDS)
def test_only_manage_repos_creates_repositories(client, cast, scope):
    headers = as_application(cast.owner, scope)
    a_repo(cast.owner, "source")

    made = client.post(
        "/api/repos/create", {"name": "made"}, content_type="application/json", headers=headers
    )
    made_too = client.post(
        "/api/v1/repos",
        {"kind": "model", "name": "made-too"},
        content_type="application/json",
        headers=headers,
    )
    copied = client.post(
        "/api/models/owner/source/duplicate",
        {"repository": "owner/copy"},
        content_type="application/json",
        headers=headers,
    )

    may = scope == "manage-repos"
    assert [answer.status_code == 403 for answer in (made, made_too, copied)] == [not may] * 3


@pytest.mark.parametrize("scope", REPO_WORDS)
def test_private_files_need_a_scope_that_names_repositories(client, cast, scope):
    a_repo(cast.owner, "secret", is_private=True)

    without = client.get(
        "/api/models/owner/secret", headers=as_application(cast.owner, "profile", "email", "jobs")
    )
    with_it = client.get("/api/models/owner/secret", headers=as_application(cast.owner, scope))
    pushed = client.get(
        "/owner/secret.git/info/refs?service=git-upload-pack", headers=as_application(cast.owner)
    )

    assert (without.status_code, with_it.status_code, pushed.status_code) == (404, 200, 404)


def test_jobs_are_started_by_their_scope_alone(client, cast):
    fields = {"kind": "evaluate"}

    refused = client.post(
        "/api/v1/jobs",
        fields,
        content_type="application/json",
        headers=as_application(cast.owner, "manage-repos"),
    )
    looked_at = client.post(
        "/api/v1/jobs", fields, content_type="application/json", headers=as_application(cast.owner, "jobs")
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "InsufficientScope")
    assert looked_at.json()["code"] != "InsufficientScope"


def test_settings_tokens_and_organizations_open_to_no_scope(client, cast):
    headers = as_application(cast.owner, *(scope for scope in OAuthScope if scope != "openid"))

    for path in (
        "/settings",
        "/settings/tokens",
        "/settings/emails",
        "/mfa",
        "/sessions",
        "/device",
        "/api/v1/me/tokens",
        "/new",
    ):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 403, path


def test_every_scope_has_a_sentence_that_consent_shows():
    assert set(SCOPES) == set(OAuthScope)


def test_a_route_is_closed_to_applications_by_default():
    closed = {
        route.path
        for route in routes()
        if not admits_applications(policy_of(route.view)) and not scopes_of(route.view)
    }

    assert {"settings/tokens", "api/v1/me/tokens", "mfa", "organizations/new", "metrics"} <= closed
    assert not SIGNED_IN.admits_applications


def test_the_command_lines_client_learns_new_scopes(client, cast):
    from apps.users.accounts.oauth import command_line_client, command_line_client_id

    Client.objects.create(
        id=command_line_client_id(),
        name="hf",
        type=Client.Type.PUBLIC,
        scopes="openid",
        default_scopes="openid",
    )

    client.post("/oauth/device", f"client_id={command_line_client_id()}", content_type=FORM)

    assert "jobs" in command_line_client().get_default_scopes()


def test_an_unconfirmed_address_is_not_given_to_applications(client, cast):
    EmailAddress.objects.filter(user=cast.owner.user).update(verified=False)
    headers = as_application(cast.owner, "email", "profile")

    found = whoami(client, headers)

    assert (found["email"], found["emailVerified"]) == ("", False)
    info = client.get("/oauth/userinfo", headers=headers).json()
    assert "email" not in info
    assert info["email_verified"] is False


DOCUMENTS = ("/api/v1/openapi.json", "/api/v1/docs")  # their examples contain this email address
WRITES = ("INSERT", "UPDATE", "DELETE")
# tables that any request may write to
UNOWNED_TABLES = ('"django_session"', "downloads", "packages_downloadday")


@pytest.mark.slow
def test_openid_alone_changes_nothing_and_gets_no_private_fact_at_any_route(cast):
    scene = a_scene(cast)
    (owner, application) = (
        scene.callers[0],
        next(one for one in scene.callers if one.name == "application with openid"),
    )
    private = {
        target.values["name"]
        for targets in scene.repos.values()
        for target in targets
        if target.name.startswith("private")
    }
    wrong, seen = [], 0

    for route in routes():
        for target, method, _template, path, _answer in cells(scene, route):
            written: list[str] = []

            def note(execute, sql, params, many, context, written=written):
                if sql.lstrip().upper().startswith(WRITES) and not any(
                    word in sql for word in UNOWNED_TABLES
                ):
                    written.append(sql[:120])
                return execute(sql, params, many, context)

            with connection.execute_wrapper(note):
                answer = send(application, method, path)
            seen += 1
            body = b"" if answer.streaming else answer.content
            facts = [
                word
                for word in ("owner@example.com", *private)
                if word not in path and word.encode() in body and path not in DOCUMENTS
            ]
            if written or facts or answer.status_code >= 500:
                wrong.append(
                    f"{method} {path} ({target.name}, {policy_of_route(route, method)}): "
                    f"{answer.status_code} {facts} {written[:2]}"
                )

    assert owner.name == "owner"
    assert seen > 500
    assert wrong == [], json.dumps(wrong[:40], indent=1)
