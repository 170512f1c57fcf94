"""Hub protocol: identity, and creating, moving, configuring and deleting repositories."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.business.usage.meters import Meter
from apps.business.usage.services import set_limit
from apps.registry.repos.models import Repo
from apps.users.accounts.models import TokenRole
from tests.api.hub import BAD_TOKEN_SENTENCE, Hub, refusal
from tests.makers import a_repo, a_token

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"


def with_token(token: str) -> Hub:
    hub = Hub()
    hub.headers = {"authorization": f"Bearer {token}"}
    return hub


def test_whoami_has_name_organizations_and_token(cast):
    answer_body = Hub(cast.owner).get("/api/whoami-v2").json()

    assert (answer_body["name"], answer_body["type"], answer_body["email"]) == (
        "owner",
        "user",
        "owner@example.com",
    )
    assert [(one["name"], one["roleInOrg"]) for one in answer_body["orgs"]] == [("grove", "admin")]
    assert answer_body["auth"]["accessToken"]["role"] == "write"


def test_whoami_has_what_the_javascript_client_types_as_present(cast):
    body = Hub(cast.owner).get("/api/whoami-v2").json()

    assert (body["canPay"], body["periodEnd"], body["billingMode"]) == (False, None, "postpaid")
    (organization,) = body["orgs"]
    assert {name: organization[name] for name in ("canPay", "periodEnd", "email")} == {
        "canPay": False,
        "periodEnd": None,
        "email": None,
    }


def test_somebody_without_a_picture_has_one_of_initials_everywhere(cast):
    body = Hub(cast.owner).get("/api/whoami-v2").json()
    profile = Hub().get("/api/users/owner/overview").json()

    drawn = Hub().get("/avatars/owner.svg")

    assert body["avatarUrl"] == profile["avatarUrl"] == "http://testserver/avatars/owner.svg"
    assert body["orgs"][0]["avatarUrl"] == "http://testserver/avatars/grove.svg"
    assert drawn["Content-Type"] == "image/svg+xml"
    assert b">OW</text>" in drawn.content


def test_whoami_without_a_token_is_401(cast):
    assert refusal(Hub().get("/api/whoami-v2")) == (401, "Unauthenticated")


@pytest.mark.parametrize(
    "path",
    ["/api/whoami-v2", "/api/models", "/api/models/owner/tiny", "/owner/tiny/resolve/main/x", "/api/nothing"],
)
def test_an_unknown_token_is_refused_on_every_route_with_the_sentence_that_clients_know(cast, path):
    a_repo(owner=cast.owner)

    for method in ("GET", "HEAD"):
        response = with_token("hf_unknown").send(method, path)
        assert refusal(response)[0] == 401
        assert response["X-Error-Message"] == BAD_TOKEN_SENTENCE


def test_an_expired_token_is_refused(cast):
    expired = a_token(cast.owner.user, expires_at=timezone.now() - timedelta(seconds=1))

    assert with_token(expired).get("/api/whoami-v2").status_code == 401


def new_repo(hub: Hub, **options):
    return hub.post("/api/repos/create", {"name": "tiny", **options})


def files_of(hub: Hub, path: str = "models/owner/tiny") -> dict[str, str]:
    """Return the content of each file of the only commit."""
    (commit,) = hub.get(f"/api/{path}/commits/main").json()
    assert commit["title"] == "initial commit"
    entries = hub.get(f"/api/{path}/tree/main?recursive=true").json()
    names = [one["path"] for one in entries if one["type"] == "file"]
    address = path.removeprefix("models/")
    return {name: hub.get(f"/{address}/resolve/main/{name}").getvalue().decode() for name in names}


def test_a_new_repository_holds_the_files_and_the_license_in_its_first_commit(cast):
    hub = Hub(cast.owner)
    files = [
        {"path": "notes/one.txt", "content": "hello"},
        {"path": "two.txt", "content": "aGk=", "encoding": "base64"},
    ]

    made = new_repo(hub, files=files, license="mit")

    assert (made.status_code, made.headers.get("X-HF-Warning")) == (200, None)
    found = files_of(hub)
    assert set(found) == {".gitattributes", "README.md", "notes/one.txt", "two.txt"}
    assert (found["notes/one.txt"], found["two.txt"]) == ("hello", "hi")
    info = hub.get("/api/models/owner/tiny").json()
    assert (info["cardData"], "license:mit" in info["tags"]) == ({"license": "mit"}, True)
    assert info["usedStorage"] == sum(map(len, found.values()))


def test_the_card_of_a_new_application_names_its_sdk_and_license(cast):
    hub = Hub(cast.owner)

    new_repo(hub, type="space", sdk="gradio", license="mit")

    assert hub.get("/api/spaces/owner/tiny").json()["cardData"] == {
        "title": "tiny",
        "sdk": "gradio",
        "license": "mit",
    }


def test_a_given_card_is_kept_and_what_has_no_effect_is_named(cast):
    hub, card = Hub(cast.owner), "---\nlicense: apache-2.0\n---\n"

    made = new_repo(
        hub, files=[{"path": "README.md", "content": card}], license="mit", sdk="gradio", x="\r\n"
    )

    assert files_of(hub)["README.md"] == card
    warning = made["X-HF-Warning"]
    assert warning.startswith("repository; ")
    assert all(word in warning for word in ("license", "sdk", "x"))


def test_what_a_new_repository_is_accepted_in_spite_of_is_named(cast):
    files = [{"path": name, "content": "nothing"} for name in ("model.safetensors", "a.txt", "A.txt")]

    made = new_repo(Hub(cast.owner), files=files)

    assert made.status_code == 200
    assert all(name in made["X-HF-Warning"] for name in ("model.safetensors", "a.txt", "A.txt"))


@pytest.mark.parametrize(
    "options",
    [
        {"license": "mine"},
        {"license": "mit\nsdk: x"},
        {"license": ["mit"]},
        {"files": {}},
        {"files": ["one.txt"]},
        {"files": [{"path": "one.txt"}]},
        {"files": [{"path": "one.txt", "content": "%", "encoding": "base64"}]},
        {"files": [{"path": "../one.txt", "content": ""}]},
        {"files": [{"path": ".git/config", "content": ""}]},
        {"files": [{"path": "a", "content": ""}, {"path": "a", "content": ""}]},
        {"files": [{"path": "a", "content": ""}, {"path": "a/b", "content": ""}]},
        {"files": [{"path": f"{number}", "content": ""} for number in range(101)]},
        {"files": [{"path": "README.md", "content": "---\nlicense: mine\n---\n"}]},
        {"files": [{"path": "big.bin", "content": POINTER}]},
        {"files": [{"path": "big.txt", "content": "x" * 5000}]},
    ],
)
def test_a_refused_file_or_license_leaves_no_repository_behind(cast, settings, options):
    settings.REGULAR_FILE_LIMIT_BYTES = 4000

    assert 400 <= new_repo(Hub(cast.owner), **options).status_code < 500

    assert not Repo.objects.exists()
    assert new_repo(Hub(cast.owner)).status_code == 200


def test_odd_files_of_a_new_repository_are_accepted_with_a_warning(cast):
    files = [{"path": path, "content": "nothing"} for path in ("model.safetensors", "aux", "a", "A")]

    response = new_repo(Hub(cast.owner), files=files)

    assert response.status_code == 200
    topic, _, sentences = response["X-HF-Warning"].partition("; ")
    assert topic == "repository"
    assert all(f"{name} " in sentences for name in ("model.safetensors", "aux", "A"))


def test_the_files_of_a_new_repository_count_against_the_quota(cast):
    set_limit(cast.owner.user.namespace_id, Meter.STORAGE_BYTES, 3000)
    files = [{"path": "one.txt", "content": "x" * 2000}]

    assert refusal(new_repo(Hub(cast.owner), files=files))[1] == "OverQuota"
    assert not Repo.objects.exists()
    assert new_repo(Hub(cast.owner)).status_code == 200


def test_a_read_token_cannot_create_and_nothing_is_made(cast):
    hub = with_token(a_token(cast.owner.user, TokenRole.READ))

    assert refusal(hub.post("/api/repos/create", {"name": "tiny"})) == (403, "Forbidden")
    assert not Repo.objects.exists()


def test_a_fine_grained_token_writes_only_to_its_targets(cast):
    a_repo(owner=cast.owner, name="one")
    a_repo(owner=cast.owner, name="two", is_private=True)
    hub = with_token(
        a_token(cast.owner.user, TokenRole.FINE_GRAINED, grants=[{"target": "model:owner/one", "need": 4}])
    )

    assert hub.put("/api/models/owner/one/settings", {"private": True}).status_code == 200
    assert refusal(hub.put("/api/models/owner/two/settings", {"private": False})) == (404, "RepoNotFound")
    assert [one["id"] for one in hub.get("/api/models").json()] == ["owner/one"]


@pytest.mark.parametrize(
    ("body", "is_private"),
    [
        ({}, False),
        ({"visibility": "private"}, True),
        ({"private": True}, True),
        ({"visibility": "public", "private": True}, False),
    ],
)
def test_a_repo_is_created_with_the_requested_visibility(cast, body, is_private):
    response = Hub(cast.owner).post(
        "/api/repos/create", {"name": "tiny", "organization": None, "type": "dataset", **body}
    )

    assert response.json()["url"] == "http://testserver/datasets/owner/tiny"
    assert Repo.objects.get().is_private is is_private


def test_a_space_starts_with_a_card_that_names_its_sdk(cast):
    hub = Hub(cast.owner)
    hub.post("/api/repos/create", {"name": "app", "type": "space", "sdk": "gradio"})

    assert b"sdk: gradio" in hub.get("/spaces/owner/app/resolve/main/README.md").content
    assert len(hub.get("/api/spaces/owner/app/commits/main").json()) == 1


def test_creating_what_is_there_is_409_with_its_url(cast):
    a_repo(owner=cast.owner, namespace="grove", name="Tiny")

    response = Hub(cast.member).post("/api/repos/create", {"name": "tiny", "organization": "grove"})

    assert refusal(response) == (409, "NameTaken")
    assert response.json()["url"] == "http://testserver/grove/Tiny"
    assert "grove/Tiny" in response["X-Error-Message"]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a..b"},
        {"name": ".git"},
        {"name": "n" * 97},
        {"name": 5},
        {"name": "caf\u00e9"},
        {"name": "a\u0000b"},
        {"name": "tiny", "type": "car"},
        {"name": "tiny", "visibility": "some"},
        {"name": "tiny", "private": "yes"},
        {"name": "tiny", "type": "space"},
        {"name": "tiny", "type": "space", "sdk": "\ud800"},
        ["tiny"],
    ],
)
def test_a_repo_that_cannot_be_is_refused(cast, body):
    assert refusal(Hub(cast.owner).post("/api/repos/create", body))[0] == 400
    assert not Repo.objects.exists()


@pytest.mark.parametrize("text", [b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(cast, text):
    response = Hub(cast.owner).send("POST", "/api/repos/create", body=text, kind="text/json")

    assert refusal(response)[0] == 400


def test_creating_in_a_namespace_of_others_is_403(cast):
    assert refusal(Hub(cast.stranger).post("/api/repos/create", {"name": "x", "organization": "grove"})) == (
        403,
        "Forbidden",
    )
    assert refusal(Hub(cast.stranger).post("/api/repos/create", {"name": "x", "organization": "no-one"})) == (
        403,
        "Forbidden",
    )
    assert refusal(Hub().post("/api/repos/create", {"name": "x", "organization": "owner"}))[0] == 401


def test_absent_and_hidden_answer_alike(cast):
    a_repo(owner=cast.owner, name="hidden", is_private=True)

    for name in ("hidden", "absent"):
        assert refusal(Hub(cast.stranger).get(f"/api/models/owner/{name}")) == (404, "RepoNotFound")
        assert refusal(Hub().get(f"/api/models/owner/{name}")) == (401, "RepoNotFound")
        assert refusal(Hub().head(f"/owner/{name}/resolve/main/README.md")) == (401, "RepoNotFound")
        assert refusal(Hub(cast.stranger).get(f"/api/models/owner/{name}/auth-check")) == (
            404,
            "RepoNotFound",
        )


@pytest.mark.parametrize("path", ["/api/models/gpt", "/api/datasets/gpt", "/api/models/%FF"])
def test_invalid_addresses_are_404_in_the_hubs_format(cast, path):
    assert refusal(Hub(cast.owner).get(path)) == (404, "RepoNotFound")


def test_an_address_with_a_nul_is_refused_in_the_hubs_format(cast):
    assert refusal(Hub(cast.owner).get("/api/models/a%00b/c")) == (400, "BadRequest")


def test_auth_check_distinguishes_readers_and_writers(cast):
    a_repo(owner=cast.owner, name="tiny")

    assert Hub(cast.stranger).get("/api/models/owner/tiny/auth-check").status_code == 200
    assert refusal(Hub(cast.stranger).get("/api/models/owner/tiny/auth-check/write")) == (403, "Forbidden")
    assert Hub(cast.owner).get("/api/models/owner/tiny/auth-check/write").status_code == 200


def test_a_deleted_repo_is_gone(cast):
    a_repo(owner=cast.owner, name="tiny", kind="dataset")

    assert refusal(
        Hub(cast.stranger).delete("/api/repos/delete", {"name": "owner/tiny", "type": "dataset"})
    ) == (403, "Forbidden")
    assert Hub(cast.owner).delete("/api/repos/delete", {"name": "tiny", "type": "dataset"}).status_code == 200
    assert refusal(Hub(cast.owner).get("/api/datasets/owner/tiny")) == (404, "RepoNotFound")
    assert refusal(Hub(cast.owner).delete("/api/repos/delete", {"name": "tiny", "type": "dataset"})) == (
        404,
        "RepoNotFound",
    )


def test_a_moved_repo_answers_under_both_names_with_the_new_one(cast):
    a_repo(owner=cast.owner, name="old")
    hub = Hub(cast.owner)

    moved = hub.post("/api/repos/move", {"fromRepo": "owner/old", "toRepo": "grove/new", "type": "model"})

    assert moved.json()["url"] == "http://testserver/grove/new"
    assert hub.get("/api/models/OWNER/old").json()["id"] == "grove/new"
    assert (
        hub.get("/owner/old/resolve/main/.gitattributes")["Location"]
        == "/grove/new/resolve/main/.gitattributes"
    )


def test_a_move_onto_a_taken_name_is_409_with_its_url(cast):
    a_repo(owner=cast.owner, name="one")
    a_repo(owner=cast.owner, name="two")

    response = Hub(cast.owner).post(
        "/api/repos/move", {"fromRepo": "owner/one", "toRepo": "owner/two", "type": "model"}
    )

    assert refusal(response) == (409, "NameTaken")
    assert "owner/two" in response.json()["error"]


def test_settings_hide_and_show(cast):
    a_repo(owner=cast.owner, name="tiny")
    hub = Hub(cast.owner)

    assert hub.put("/api/models/owner/tiny/settings", {"visibility": "private"}).status_code == 200
    assert Hub().get("/api/models/owner/tiny").status_code == 401
    assert hub.put("/api/models/owner/tiny/settings", {"private": False, "gated": False}).status_code == 200
    assert Hub().get("/api/models/owner/tiny").status_code == 200
    assert refusal(Hub(cast.stranger).put("/api/models/owner/tiny/settings", {"private": True})) == (
        403,
        "Forbidden",
    )


def test_a_method_that_an_address_does_not_take_is_405(cast):
    response = Hub(cast.owner).put("/api/repos/create", {})

    assert refusal(response) == (405, "MethodNotAllowed")
    assert response["Allow"] == "POST"


@pytest.mark.parametrize("path", ["discussions", "likers", "resource-group"])
def test_unsupported_routes_of_a_repository_are_named_to_its_readers(cast, path):
    a_repo(owner=cast.owner, name="tiny", is_private=True)

    assert refusal(Hub(cast.owner).get(f"/api/models/owner/tiny/{path}")) == (404, "NotSupported")
    assert refusal(Hub(cast.stranger).get(f"/api/models/owner/tiny/{path}")) == (404, "RepoNotFound")


def test_people_and_organizations_have_an_overview(cast):
    a_repo(owner=cast.owner, name="open")
    a_repo(owner=cast.owner, name="hidden", is_private=True)

    assert Hub().get("/api/users/OWNER/overview").json()["numModels"] == 1
    assert Hub(cast.owner).get("/api/users/owner/overview").json()["numModels"] == 2
    assert Hub().get("/api/organizations/grove/overview").json()["numUsers"] == 2
    assert [one["user"] for one in Hub().get("/api/organizations/grove/members").json()] == [
        "member",
        "owner",
    ]
    assert refusal(Hub().get("/api/users/no-one/overview")) == (404, "NotFound")
    assert Hub().get("/api/users/owner/overview").json()["orgs"] == [
        {"name": "grove", "fullname": "The Grove"}
    ]


@pytest.mark.parametrize(
    "path", ["users/owner/followers", "users/owner/following", "organizations/grove/followers"]
)
def test_follower_lists_are_empty_and_unknown_people_are_404(cast, path):
    assert Hub().get(f"/api/{path}").json() == []
    assert refusal(Hub().get(f"/api/{path}".replace("owner", "no-one").replace("grove", "owner"))) == (
        404,
        "NotFound",
    )


def test_what_a_name_owns_is_listed_with_its_size(cast):
    a_repo(owner=cast.owner, name="one")
    a_repo(owner=cast.owner, name="two", kind="dataset", is_private=True)
    a_repo(owner=cast.owner, namespace="grove", name="three", is_private=True)

    own = Hub(cast.owner).get("/api/settings/repositories").json()

    assert [(one["id"], one["type"], one["visibility"]) for one in own] == [
        ("owner/two", "dataset", "private"),
        ("owner/one", "model", "public"),
    ]
    assert own[0]["storagePercent"] == 0.5
    assert [
        one["id"] for one in Hub(cast.member).get("/api/organizations/grove/settings/repositories").json()
    ] == ["grove/three"]
    assert refusal(Hub(cast.stranger).get("/api/organizations/grove/settings/repositories")) == (
        403,
        "Forbidden",
    )
    assert refusal(Hub().get("/api/settings/repositories")) == (401, "Unauthenticated")


def test_the_request_id_of_the_client_comes_back_on_refusals(cast):
    assert Hub().get("/api/models/a/b", X_Request_Id="my-id")["X-Request-Id"] == "my-id"
    assert "trace-5" in Hub().get("/api/models/a/b", X_Amzn_Trace_Id="trace-5")["X-Request-Id"]


def test_the_first_request_of_every_client_is_answered(db):
    assert Hub().get("/api/agent-harnesses").json() == {"standardEnvVars": [], "harnesses": {}}


def test_cards_are_checked_for_json_and_for_text_clients(db):
    good = {"content": "---\nlicense: mit\n---\n# Hello", "repoType": "model"}
    bad = {"content": "---\nlicense: nonsense\n---\n", "repoType": "model"}
    broken = {"content": "---\na: [1\n---\n", "repoType": "dataset"}

    assert Hub().post("/api/validate-yaml", good).json() == {"errors": [], "warnings": []}
    assert Hub().post("/api/validate-yaml", {"content": "# Hello", "repoType": "model"}).json()["warnings"]
    assert '"license"' in Hub().post("/api/validate-yaml", bad).json()["errors"][0]["message"]
    assert refusal(Hub().post("/api/validate-yaml", broken))[0] == 400
    text = Hub().post("/api/validate-yaml", bad, Accept="text/plain")
    assert (text.status_code, text.content[:9]) == (400, b"- Error: ")


@pytest.mark.parametrize(
    "path",
    [
        "spaces/semantic-search?q=x",
        "spaces/templates",
        "spaces/zero-gpu/quota",
        "daily_papers",
        "collections",
        "settings/webhooks",
    ],
)
def test_unsupported_routes_of_the_api_are_named(cast, path):
    refused = Hub(cast.owner).get(f"/api/{path}")

    assert refusal(refused) == (404, "NotSupported")
    assert path.partition("?")[0] in refused.json()["error"]
