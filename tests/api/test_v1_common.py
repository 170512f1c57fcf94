"""REST API: conditional requests, idempotency keys, pagination, problems."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.idempotency import services
from apps.core.idempotency.models import StoredResponse
from apps.core.web.policies import policy_of
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN, REPO_SEE
from apps.users.accounts.models import AccessToken, TokenRole
from tests.api.matrix import session_of
from tests.api.problems import parameters, pointers
from tests.architecture.urls import routes
from tests.makers import a_repo, a_token


def post(client, path, body, person=None, key=None, **headers):
    sent = {
        **(person.headers if person else {}),
        **({"idempotency-key": key} if key is not None else {}),
        **headers,
    }
    return client.post(f"/api/v1{path}", body, content_type="application/json", headers=sent)


def test_a_policy_may_differ_by_method():
    view = next(route.view for route in routes() if route.name == "api_repo")

    assert (policy_of(view), policy_of(view, "GET"), policy_of(view, "DELETE")) == (
        REPO_SEE,
        REPO_SEE,
        REPO_ADMIN,
    )


def test_what_is_read_again_unchanged_comes_without_a_body(cast, client):
    a_repo(cast.owner)

    first = client.get("/api/v1/repos/model/owner/tiny")
    again = client.get("/api/v1/repos/model/owner/tiny", headers={"if-none-match": f'"x", W/{first["ETag"]}'})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert client.get("/api/v1/repos", headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_change_that_depends_on_what_was_read_is_refused_once_that_changed(cast, client):
    a_repo(cast.owner)
    path, kind = "/api/v1/repos/model/owner/tiny", "application/json"
    seen = client.get(path, headers=cast.owner.headers)["ETag"]

    hidden = client.patch(
        path, {"is_private": True}, content_type=kind, headers={**cast.owner.headers, "if-match": seen}
    )
    stale = client.patch(
        path, {"is_private": False}, content_type=kind, headers={**cast.owner.headers, "if-match": seen}
    )
    kept = client.delete(path, headers={**cast.owner.headers, "if-match": seen})

    assert (hidden.status_code, stale.status_code, kept.status_code) == (200, 412, 412)
    assert stale["ETag"] == client.get(path, headers=cast.owner.headers)["ETag"]
    assert Repo.objects.get().is_private
    assert Repo.objects.get().deleted_at is None
    assert client.delete(path, headers={**cast.owner.headers, "if-match": "*"}).status_code == 204


def test_a_condition_shows_nothing_to_those_who_may_not_read(cast, client):
    a_repo(cast.owner, is_private=True)

    response = client.delete(
        "/api/v1/repos/model/owner/tiny", headers={**cast.stranger.headers, "if-match": '"x"'}
    )

    assert (response.status_code, response.json()["code"]) == (404, "RepoNotFound")


def test_a_post_that_is_sent_again_under_its_key_is_done_once(cast, client):
    token = {"authorization": f"Bearer {cast.owner.token}"}

    first = post(client, "/repos", {"name": "new"}, key="k-1", **token)
    again = post(client, "/repos", {"name": "new"}, key="k-1", **token)

    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again["Location"]) == (first.json(), first["Location"])
    assert again["Idempotency-Replayed"] == "true"
    assert Repo.objects.count() == 1


def test_a_refusal_is_kept_too(cast, client):
    token = {"authorization": f"Bearer {cast.owner.token}"}
    a_repo(cast.owner, "there")

    assert post(client, "/repos", {"name": "there"}, key="k", **token).status_code == 409
    Repo.objects.get().delete()

    assert post(client, "/repos", {"name": "there"}, key="k", **token).json()["code"] == "NameTaken"
    assert post(client, "/repos", {"name": "there"}, key="another", **token).status_code == 201


def test_a_key_is_for_one_request_of_one_credential(cast, client):
    token = {"authorization": f"Bearer {cast.owner.token}"}
    post(client, "/repos", {"name": "one"}, key="k", **token)

    assert post(client, "/repos", {"name": "two"}, key="k", **token).json()["code"] == "IdempotencyKeyReused"
    assert post(client, "/repos", {"name": "two"}, cast.owner, key="k").status_code == 201
    assert post(client, "/repos", {"name": "three"}, cast.anonymous, key="k").status_code == 401
    for key in ("", "two words", "k" * 256):
        refused = post(client, "/repos", {"name": "three"}, key=key, **token)
        assert (refused.status_code, refused.json()["code"]) == (400, "InvalidHeader")


def test_a_key_in_use_must_wait_until_its_process_ends(cast, client):
    token = {"authorization": f"Bearer {cast.owner.token}"}
    post(client, "/repos", {"name": "new"}, key="k", **token)
    StoredResponse.objects.update(status=None)

    waiting = post(client, "/repos", {"name": "new"}, key="k", **token)
    StoredResponse.objects.update(created_at=timezone.now() - timedelta(hours=1))

    assert (waiting.status_code, waiting.json()["code"], waiting["Retry-After"]) == (
        409,
        "IdempotencyKeyInUse",
        "1",
    )
    assert post(client, "/repos", {"name": "new"}, key="k", **token).json()["code"] == "NameTaken"


def test_faults_are_not_kept(cast, client, monkeypatch):
    token = {"authorization": f"Bearer {cast.owner.token}"}
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("apps.registry.contents.api.repos.create_repo_with_files", lambda **facts: 1 / 0)
        assert post(client, "/repos", {"name": "new"}, key="k", **token).status_code == 500

    assert post(client, "/repos", {"name": "new"}, key="k", **token).status_code == 201


def test_what_is_shown_once_is_not_kept(cast):
    client = session_of(cast.owner)

    made = post(client, "/me/tokens", {"name": "t", "role": "read"}, key="k")
    again = post(client, "/me/tokens", {"name": "t", "role": "read"}, key="k")

    assert (made.status_code, again.status_code, again.json()["code"]) == (201, 409, "ResponseNotStored")
    assert (again.json()["response_status"], again.json()["location"]) == (201, made["Location"])
    assert not StoredResponse.objects.filter(body__isnull=False).exists()
    assert AccessToken.objects.filter(name="t").count() == 1


def test_kept_answers_go_after_a_day(cast, client):
    post(client, "/repos", {"name": "new"}, cast.owner, key="k")
    assert services.sweep_responses() == 0

    StoredResponse.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert services.sweep_responses() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_under_one_key_do_it_once():
    done, started = [], threading.Barrier(2)

    def act():
        started.wait()
        try:
            services.run_once("place", "same", slow)
        except services.KeyInUse:
            done.append("told to wait")
        finally:
            connection.close()

    def slow():
        from django.http import HttpResponse

        threading.Event().wait(0.3)
        done.append("did it")
        return HttpResponse(b"", status=201)

    threads = [threading.Thread(target=act) for _one in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == ["did it", "told to wait"]


@pytest.mark.parametrize(
    ("query", "code", "errors"),
    [
        ("Kind=x&colour=red", "UnknownParameter", [("Kind", "unknown"), ("colour", "unknown")]),
        ("kind=", "InvalidParameter", [("kind", "invalid_choice")]),
        ("kind=models", "InvalidParameter", [("kind", "invalid_choice")]),
        ("kind=model&kind=dataset", "InvalidParameter", [("kind", "repeated")]),
        ("parameters=", "InvalidParameter", [("parameters", "invalid")]),
        ("parameters=min:many", "InvalidParameter", [("parameters", "invalid")]),
        ("limit=0", "InvalidParameter", [("limit", "invalid")]),
        ("limit=201", "InvalidParameter", [("limit", "invalid")]),
        ("limit=", "InvalidParameter", [("limit", "invalid")]),
        ("limit=abc&kind=x", "InvalidParameter", [("kind", "invalid_choice"), ("limit", "invalid")]),
    ],
)
def test_a_query_that_an_operation_does_not_take_is_refused(client, db, query, code, errors):
    response = client.get(f"/api/v1/repos?{query}")

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert parameters(response) == errors


def test_a_parameter_may_be_repeated_where_it_takes_many_values(client, db):
    assert client.get("/api/v1/repos?tag=a&tag=b").status_code == 200


def test_a_required_parameter_is_missed_by_name(client, db):
    assert parameters(client.get("/api/v1/search")) == [("q", "required")]
    assert parameters(client.get("/api/v1/search?q=")) == [("q", "required")]


def test_a_write_takes_no_query_that_it_does_not_declare(cast, client):
    response = post(client, "/repos?dry_run=true", {"name": "new"}, cast.owner)

    assert (response.status_code, parameters(response)) == (400, [("dry_run", "unknown")])
    assert not Repo.objects.exists()


def test_a_problem_names_each_wrong_field_with_a_pointer(cast, client):
    wrong = post(client, "/repos", {"name": 5, "is_private": "yes"}, cast.owner)
    unknown = post(client, "/repos", {"name": "new", "a/b~c": 1}, cast.owner)

    assert (wrong.status_code, wrong.json()["code"]) == (422, "ValidationFailed")
    assert pointers(wrong) == ["#/name", "#/is_private"]
    assert {error["code"] for error in wrong.json()["errors"]} == {"invalid"}
    assert pointers(unknown) == ["#/a~1b~0c"]


def test_a_problem_has_a_title_and_its_facts_as_members(cast, client):
    a_repo(cast.owner)

    problem = post(client, "/repos", {"name": "tiny"}, cast.owner).json()

    assert (problem["title"], problem["code"]) == ("Name taken", "NameTaken")
    assert problem["existing_url"] == "/owner/tiny"
    assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [("#/name", "conflict")]
    assert problem["type"].endswith("/api/v1/docs#problem-NameTaken")
    assert "facts" not in problem


@pytest.mark.parametrize("path", ["/me", "/repos/model/owner/hidden", "/repos/model/owner/absent"])
def test_without_credentials_everything_answers_alike(cast, client, path):
    a_repo(cast.owner, "hidden", is_private=True)

    response = client.get(f"/api/v1{path}")

    assert (response.status_code, response.json()["code"]) == (401, "Unauthenticated")
    assert response.json()["title"] == "Unauthenticated"
    assert response["WWW-Authenticate"] == "Bearer"


def test_wrong_credentials_are_told_from_none(client, db):
    response = client.get("/api/v1/me", headers={"authorization": "Bearer hf_wrong"})

    assert (response.status_code, response.json()["code"]) == (401, "Unauthenticated")
    assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2", "/api/v2/repos", "/api/v1/repos/a/b/c/d/e"])
def test_an_unknown_address_is_a_problem(client, db, path):
    response = client.get(path)

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["code"] == "NotFound"


def test_a_trailing_slash_makes_no_difference(cast, client):
    made = post(client, "/repos/", {"name": "new"}, cast.owner)

    assert (made.status_code, made["Location"]) == (201, "/api/v1/repos/model/owner/new")
    assert client.get("/api/v1/repos/?limit=2").json()["items"][0]["name"] == "new"
    assert client.get("/api/v1/nothing/").status_code == 404


def test_a_method_that_a_resource_does_not_have_is_a_problem(cast, client):
    response = client.put("/api/v1/repos", b"{}", content_type="application/json", headers=cast.owner.headers)

    assert (response.status_code, response.json()["code"]) == (405, "MethodNotAllowed")
    assert set(response["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}


def test_the_root_leads_to_the_document_and_the_reference(client, db):
    root = client.get("/api/v1")

    assert client.get(root.json()["openapi_url"]).status_code == 200
    assert client.get(root.json()["docs_url"]).status_code == 200
    assert set(re.findall(r'rel="([^"]+)"', root["Link"])) == {"service-desc", "service-doc"}


def test_a_write_answers_with_the_tag_that_a_read_gives(cast, client):
    made = post(client, "/repos", {"name": "new"}, cast.owner)
    path = made["Location"]
    changed = client.patch(
        path,
        {"is_private": True},
        content_type="application/json",
        headers={**cast.owner.headers, "if-match": made["ETag"]},
    )

    read = client.get(path, headers=cast.owner.headers)

    assert (made.status_code, changed.status_code) == (201, 200)
    assert changed["ETag"] == read["ETag"] != made["ETag"]


def test_a_stored_response_has_its_tag(cast, client):
    token = {"authorization": f"Bearer {cast.owner.token}"}
    first, again = (post(client, "/repos", {"name": "new"}, key="k", **token) for _one in range(2))

    assert first["ETag"] == again["ETag"]


def test_what_is_no_resource_has_no_tag(cast, client):
    a_repo(cast.owner)

    gone = client.delete("/api/v1/repos/model/owner/tiny", headers=cast.owner.headers)

    assert (gone.status_code, "ETag" in gone) == (204, False)


@pytest.mark.parametrize("condition", ["", "abc", '"a" "b"', '"a",'])
def test_a_condition_that_names_no_tag_is_refused(cast, client, condition):
    a_repo(cast.owner)

    response = client.delete(
        "/api/v1/repos/model/owner/tiny", headers={**cast.owner.headers, "if-match": condition}
    )

    assert (response.status_code, response.json()["code"]) == (400, "InvalidHeader")
    assert response.json()["errors"][0]["header"] == "If-Match"
    assert Repo.objects.get().deleted_at is None


@pytest.mark.parametrize(
    "path",
    ["/repos?namespace=member", "/repos?kind=dataset", "/repos", "/jobs", "/repos?namespace=owner&tag=x"],
)
def test_a_cursor_works_with_its_own_list_alone(cast, client, path):
    for number in range(3):
        a_repo(cast.owner, f"repo-{number}")
    cursor = client.get("/api/v1/repos?namespace=owner&limit=1").json()["next_cursor"]

    other = client.get(f"/api/v1{path}{'&' if '?' in path else '?'}cursor={cursor}")
    longer = client.get(f"/api/v1/repos?cursor={cursor}&limit=200&namespace=owner")

    assert (other.status_code, other.json()["code"]) == (400, "InvalidCursor")
    assert parameters(other) == [("cursor", "invalid")]
    assert len(longer.json()["items"]) == 2


@pytest.mark.parametrize("cursor", ["x", "0123456789.", "é.é", "."])
def test_a_cursor_that_no_list_gave_is_refused(client, db, cursor):
    response = client.get("/api/v1/repos", {"cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (400, "InvalidCursor")


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b'{"name": "a", "name": "b"}', "application/json", 400, "InvalidJson"),
        (b'{"name": "a"}', "", 415, "UnsupportedMediaType"),
    ],
)
def test_a_body_that_can_be_read_in_two_ways_is_refused(cast, client, body, kind, status, code):
    response = client.generic("POST", "/api/v1/repos", body, kind, headers=cast.owner.headers)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Repo.objects.exists()


def test_a_name_that_stands_twice_is_pointed_at(cast, client):
    response = client.generic(
        "POST", "/api/v1/repos", b'{"a": [{"b": 1, "b": 2}]}', "application/json", headers=cast.owner.headers
    )

    assert pointers(response) == ["#/a/0/b"]


def test_a_compressed_body_is_refused(cast, client):
    response = post(client, "/repos", {"name": "new"}, cast.owner, **{"content-encoding": "gzip"})

    assert (response.status_code, response["Accept-Encoding"]) == (415, "identity")
    assert response.json()["code"] == "UnsupportedContentEncoding"


def test_options_names_the_methods_alone(client, db):
    response = client.options("/api/v1/repos")

    assert (response.status_code, response.content) == (204, b"")
    assert set(response["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}


def test_head_answers_as_get_without_a_body(cast, client):
    a_repo(cast.owner)
    path = "/api/v1/repos/model/owner/tiny"

    head, get = client.head(path), client.get(path)

    assert (head.status_code, head.content, head["ETag"]) == (200, b"", get["ETag"])
    assert client.head(f"{path}?limit=1").status_code == 400


def test_scripts_of_other_origins_see_what_an_answer_names(cast, client):
    response = client.get("/api/v1/repos", headers={"origin": "https://elsewhere.example"})

    exposed = {name.strip().lower() for name in response["Access-Control-Expose-Headers"].split(",")}
    assert {"location", "etag", "link", "idempotency-replayed", "retry-after", "ratelimit"} <= exposed


def test_the_headers_of_limits_are_structured_lists(client, db, settings):
    settings.RATE_LIMITS = {"api": {"anonymous": 5, "signed_in": 5}}

    response = client.get("/api/v1/repos")

    assert re.fullmatch(r'"api";r=\d+;t=\d+', response["RateLimit"])
    assert re.fullmatch(r'"api";q=\d+;w=\d+', response["RateLimit-Policy"])


def test_the_next_page_is_in_a_header_too(cast, client):
    for number in range(3):
        a_repo(cast.owner, f"repo-{number}")

    first = client.get("/api/v1/repos?limit=2&namespace=owner")
    address = first["Link"].removeprefix("<").removesuffix('>; rel="next"')
    second = client.get(address)

    assert "namespace=owner" in address
    assert [one["name"] for one in second.json()["items"]] == ["repo-0"]
    assert "Link" not in second


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b'{"name": 5}', "application/json", 422),
        (b'{"name": "x", "colour": "red"}', "application/json", 422),
        (b'{"name": "x", "is_private": "yes"}', "application/json", 422),
        (b'{"name": "' + b"x" * 300_000 + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_does_not_fit_is_a_problem(cast, client, body, kind, status):
    response = client.generic("POST", "/api/v1/repos", body, kind, headers=cast.owner.headers)

    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status
    assert not Repo.objects.exists()


def test_a_read_token_changes_nothing(cast, client):
    a_repo(cast.owner)
    headers = {"authorization": f"Bearer {a_token(cast.owner.user, TokenRole.READ)}"}
    below, kind = "/api/v1/repos/model/owner/tiny", "application/json"

    statuses = {
        client.post("/api/v1/repos", {"name": "x"}, content_type=kind, headers=headers).status_code,
        client.patch(below, {"is_private": True}, content_type=kind, headers=headers).status_code,
        client.delete(below, headers=headers).status_code,
        client.put(
            f"{below}/files/a.txt", b"x", content_type="application/octet-stream", headers=headers
        ).status_code,
        client.post(f"{below}/branches", {"name": "b"}, content_type=kind, headers=headers).status_code,
        client.post(
            f"{below}/large-files/purge", {"sha256": ["0" * 64]}, content_type=kind, headers=headers
        ).status_code,
    }

    assert statuses == {403}


def test_a_cookie_alone_changes_nothing(cast):
    client = session_of(cast.owner)
    client.handler.enforce_csrf_checks = True

    response = post(client, "/repos", {"name": "x"})

    assert (response.status_code, response.json()["code"]) == (403, "CsrfFailed")
    assert not Repo.objects.exists()


def test_a_condition_on_a_method_that_a_resource_lacks_is_answered_as_the_method(client, db):
    response = client.patch("/api/v1/organizations/grove/avatar", headers={"if-match": '"a"'})

    assert (response.status_code, response.json()["code"]) == (405, "MethodNotAllowed")
