"""Gated repositories: listed for everyone, readable with granted access."""

import pytest

from apps.core.actor import Need
from apps.core.errors import TokenScope
from apps.registry.repos.access import repo_for
from apps.registry.repos.errors import (
    AccessRequestDecided,
    GatedRepo,
    NotGated,
    RepoNotFound,
    RequestNotFound,
)
from apps.registry.repos.models import AccessRequest, AccessState, Gating
from apps.registry.repos.services.access_requests import (
    decide_access,
    grant_access,
    request_access,
    set_gating,
)
from apps.toolchain.contracts import PinnedRepo
from apps.users.accounts.actors import actor_for_token
from apps.users.accounts.errors import NamespaceNotFound, PeopleOnly
from apps.users.accounts.models import Membership, Role, TokenRole
from tests.api.hub import Hub, refusal
from tests.job_makers import a_running_job
from tests.makers import a_person, a_repo, a_token
from tests.pages import data_of, form_errors
from tests.seed import a_dataset, commit_files

BACKEND = "django.contrib.auth.backends.ModelBackend"
MODEL = "/api/models/grove/tiny"


@pytest.fixture
def repo(cast):
    made = commit_files(
        cast.owner,
        a_repo(cast.owner, "tiny", namespace="grove"),
        {"README.md": "# Tiny\n\nA card.\n", "notes.txt": "Words."},
    )
    return set_gating(actor=cast.owner.actor, address=made.address, gating=Gating.MANUAL)


@pytest.fixture
def as_stranger(client, cast):
    client.force_login(cast.stranger.user, backend=BACKEND)
    return client


def a_request(cast, repo, **facts) -> AccessRequest:
    return request_access(actor=cast.stranger.actor, address=repo.address, **facts)


def decide(cast, repo, state, **facts) -> AccessRequest:
    return decide_access(actor=cast.owner.actor, address=repo.address, name="stranger", state=state, **facts)


def reads(person) -> int:
    return Hub(person).get("/grove/tiny/resolve/main/notes.txt").status_code


# --- what is open, and what is not


def test_card_and_file_names_of_a_gated_repository_are_public(cast, repo):
    answer_body = Hub().get(MODEL).json()

    assert (answer_body["gated"], [one["rfilename"] for one in answer_body["siblings"]]) == (
        "manual",
        [".gitattributes", "README.md", "notes.txt"],
    )
    assert [one["path"] for one in Hub().get(f"{MODEL}/tree/main").json()] == [
        ".gitattributes",
        "README.md",
        "notes.txt",
    ]


def test_a_file_is_refused_with_the_code_that_clients_know(cast, repo):
    response = Hub(cast.stranger).get("/grove/tiny/resolve/main/notes.txt")

    assert refusal(response) == (403, "GatedRepo")
    assert "grove/tiny" in response["X-Error-Message"]
    assert refusal(Hub().get("/grove/tiny/resolve/main/notes.txt")) == (401, "GatedRepo")
    assert refusal(Hub(cast.stranger).get(f"{MODEL}/auth-check")) == (403, "GatedRepo")


def test_a_duplicate_does_not_circumvent_gating(cast, repo):
    answer = Hub(cast.stranger).post(f"{MODEL}/duplicate", {"repository": "stranger/mine"})

    assert refusal(answer) == (403, "GatedRepo")


def test_a_duplicate_of_a_gated_repository_starts_private(cast, repo):
    grant_access(actor=cast.owner.actor, address=repo.address, name="stranger")

    Hub(cast.stranger).post(f"{MODEL}/duplicate", {"repository": "stranger/mine"})

    assert Hub(cast.stranger).get("/api/models/stranger/mine").json()["private"]


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_members_of_the_owner_need_no_grant(cast, kind):
    made = commit_files(
        cast.owner, a_repo(cast.owner, "inside", namespace="grove", kind=kind), {"notes.txt": "Words."}
    )
    set_gating(actor=cast.owner.actor, address=made.address, gating=Gating.AUTO)
    reader = a_person("reader")
    Membership.objects.create(namespace=cast.organization, user=reader.user, role=Role.READ)

    assert repo_for(reader.actor, made.address) == made
    with pytest.raises(AccessRequestDecided):
        request_access(actor=reader.actor, address=made.address)


def test_granted_access_does_not_reveal_a_private_repository(cast, repo):
    grant_access(actor=cast.owner.actor, address=repo.address, name="stranger")
    repo.is_private = True
    repo.save()

    with pytest.raises(RepoNotFound):
        repo_for(cast.stranger.actor, repo.address, Need.SEE)


# --- asking and answering


def test_granted_access_lasts_until_it_is_revoked(cast, repo):
    assert a_request(cast, repo, reason="To compare.").state == AccessState.PENDING
    assert reads(cast.stranger) == 403

    decide(cast, repo, AccessState.ACCEPTED)
    assert reads(cast.stranger) == 200

    decide(cast, repo, AccessState.PENDING)
    assert reads(cast.stranger) == 403


def test_a_rejected_request_has_a_reason(cast, repo):
    a_request(cast, repo)

    assert decide(cast, repo, AccessState.REJECTED, reply="Not yet.").reply == "Not yet."
    with pytest.raises(AccessRequestDecided):
        a_request(cast, repo)
    assert reads(cast.stranger) == 403


def test_automatic_gating_grants_on_request(cast, repo):
    set_gating(actor=cast.owner.actor, address=repo.address, gating=Gating.AUTO)

    assert a_request(cast, repo).state == AccessState.ACCEPTED
    assert reads(cast.stranger) == 200


def test_a_pending_request_is_granted_when_repeated_after_the_gate_became_automatic(cast, repo):
    a_request(cast, repo)
    set_gating(actor=cast.owner.actor, address=repo.address, gating=Gating.AUTO)

    assert a_request(cast, repo).state == AccessState.ACCEPTED
    assert AccessRequest.objects.count() == 1


def test_repeating_a_pending_request_updates_its_reason(cast, repo):
    a_request(cast, repo, reason="First.")
    a_request(cast, repo, reason="Second.")

    assert list(AccessRequest.objects.values_list("reason", flat=True)) == ["Second."]


def test_only_a_browser_session_requests_access(cast, repo):
    with pytest.raises(PeopleOnly):
        request_access(actor=actor_for_token(a_token(cast.stranger.user)), address=repo.address)


def test_the_same_answer_twice_is_refused(cast, repo):
    grant_access(actor=cast.owner.actor, address=repo.address, name="stranger")

    with pytest.raises(AccessRequestDecided):
        grant_access(actor=cast.owner.actor, address=repo.address, name="stranger")
    with pytest.raises(AccessRequestDecided):
        decide(cast, repo, AccessState.ACCEPTED)


def test_a_decision_needs_a_person_a_request_and_a_gate(cast, repo):
    with pytest.raises(NamespaceNotFound):
        grant_access(actor=cast.owner.actor, address=repo.address, name="nobody-here")
    with pytest.raises(RequestNotFound):
        decide(cast, repo, AccessState.ACCEPTED)
    set_gating(actor=cast.owner.actor, address=repo.address, gating=Gating.NONE)
    with pytest.raises(NotGated):
        grant_access(actor=cast.owner.actor, address=repo.address, name="stranger")
    with pytest.raises(NotGated):
        a_request(cast, repo)


def test_grants_survive_while_gating_is_off(cast, repo):
    grant_access(actor=cast.owner.actor, address=repo.address, name="stranger")
    set_gating(actor=cast.owner.actor, address=repo.address, gating=Gating.NONE)
    set_gating(actor=cast.owner.actor, address=repo.address, gating=Gating.MANUAL)

    assert reads(cast.stranger) == 200
    assert reads(cast.anonymous) == 401


# --- credentials


@pytest.mark.parametrize(
    ("role", "grants", "is_open"),
    [
        (TokenRole.READ, [], True),
        (TokenRole.FINE_GRAINED, [{"target": "model:grove/tiny", "need": 1}], True),
        (TokenRole.FINE_GRAINED, [{"target": "namespace:stranger", "need": 4}], False),
    ],
)
def test_a_token_reads_gated_files_within_its_scope(cast, repo, role, grants, is_open):
    grant_access(actor=cast.owner.actor, address=repo.address, name="stranger")
    actor = actor_for_token(a_token(cast.stranger.user, role, grants=grants))

    if is_open:
        assert repo_for(actor, repo.address) == repo
    else:
        with pytest.raises(TokenScope) as refused:
            repo_for(actor, repo.address)
        assert refused.value.protocol_code == "GatedRepo"


def test_the_key_of_a_job_reads_its_inputs_as_long_as_its_person_may(cast, repo):
    grant_access(actor=cast.owner.actor, address=repo.address, name="stranger")
    lines = a_dataset(cast.stranger)
    pins = {one.kind: PinnedRepo(one.kind, one.address.id, one.head, str(one.pk)) for one in (repo, lines)}
    _job, claim = a_running_job(cast.stranger, cast.staff, inputs=pins)
    actor = actor_for_token(claim.key)
    assert repo_for(actor, repo.address) == repo

    decide(cast, repo, AccessState.REJECTED)
    with pytest.raises(GatedRepo):
        repo_for(actor, repo.address)


# --- the hub's protocol


def test_the_hub_client_lists_grants_and_handles_requests(cast, repo):
    hub = Hub(cast.owner)
    base = f"{MODEL}/user-access-request"
    a_request(cast, repo, reason="To compare.")

    waiting = hub.get(f"{base}/pending").json()
    assert [(one["user"]["user"], one["user"]["email"], one["fields"]) for one in waiting] == [
        ("stranger", "stranger@example.com", {"reason": "To compare."})
    ]
    answer = hub.post(
        f"{base}/handle",
        {"requestId": waiting[0]["requestId"], "status": "rejected", "rejectionReason": "No."},
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    assert hub.post(f"{base}/grant", {"user": "Member"}).json()["user"] == {
        "user": "member",
        "fullname": "member",
        "type": "user",
    }
    assert [len(hub.get(f"{base}/{state}").json()) for state in ("pending", "accepted", "rejected")] == [
        0,
        1,
        1,
    ]
    assert refusal(hub.post(f"{base}/grant", {"user": "member"})) == (409, "AccessRequestDecided")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"user": "stranger", "status": "away"}, 400),
        ({"status": "accepted"}, 400),
        ({"requestId": "not hex", "status": "accepted"}, 404),
        ({"requestId": "f" * 24, "status": "accepted"}, 404),
        ({"user": "nobody-here", "status": "accepted"}, 404),
    ],
)
def test_a_decision_without_a_request_is_refused(cast, repo, body, status):
    assert refusal(Hub(cast.owner).post(f"{MODEL}/user-access-request/handle", body))[0] == status


def test_settings_gate_hide_and_open(cast, repo):
    hub = Hub(cast.owner)

    assert hub.put(f"{MODEL}/settings", {"gated": "auto", "private": True}).json() == {
        "private": True,
        "gated": "auto",
    }
    assert hub.put(f"{MODEL}/settings", {"gated": False, "visibility": "public"}).json() == {
        "private": False,
        "gated": False,
    }
    assert refusal(hub.put(f"{MODEL}/settings", {"gated": "perhaps"})) == (400, "BadRequest")
    assert refusal(Hub(cast.member).put(f"{MODEL}/settings", {"gated": "auto"})) == (403, "Forbidden")
    assert reads(cast.anonymous) == 200


@pytest.mark.parametrize(
    ("query", "names"),
    [("gated=true", ["grove/tiny"]), ("gated=false", ["owner/open"]), ("", ["grove/tiny", "owner/open"])],
)
def test_a_list_is_narrowed_to_what_is_gated(cast, repo, query, names):
    a_repo(cast.owner, "open")

    assert sorted(one["id"] for one in Hub().get(f"/api/models?{query}").json()) == names


# --- pages


def test_a_gated_page_offers_to_request_access(as_stranger, repo):
    response = as_stranger.get("/grove/tiny/blob/main/notes.txt")

    assert response.status_code == 403
    assert "/grove/tiny/ask-access" in response.content.decode()
    assert "Words." not in response.content.decode()


def test_a_dataset_that_is_gated_shows_no_rows(as_stranger, cast):
    made = a_dataset(cast.owner)
    assert as_stranger.get(made.get_absolute_url()).context["preview"]
    set_gating(actor=cast.owner.actor, address=made.address, gating=Gating.MANUAL)

    response = as_stranger.get(made.get_absolute_url())

    assert (response.status_code, "preview" in response.context) == (200, False)


def test_access_is_requested_on_the_page_and_granted_on_the_list(as_stranger, cast, repo, client):
    as_stranger.post("/grove/tiny/ask-access", {"reason": "To <b>compare</b>."})
    assert data_of(as_stranger.get("/grove/tiny").content.decode(), "state") == ["pending"]

    client.force_login(cast.owner.user, backend=BACKEND)
    listed = client.get("/grove/tiny/settings/access").content.decode()
    assert ("stranger@example.com" in listed, "To &lt;b&gt;compare&lt;/b&gt;." in listed) == (True, True)
    client.post("/grove/tiny/settings/access/decide", {"name": "stranger", "state": "accepted"})
    assert AccessRequest.objects.get().decided_by == cast.owner.user

    client.force_login(cast.stranger.user, backend=BACKEND)
    assert client.get("/grove/tiny/blob/main/notes.txt").status_code == 200


def test_the_owner_grants_access_and_an_unknown_name_is_an_error(client, cast, repo):
    client.force_login(cast.owner.user, backend=BACKEND)

    assert client.post("/grove/tiny/settings/access/admit", {"name": "stranger"}).status_code == 302
    refused = client.post("/grove/tiny/settings/access/admit", {"name": "nobody-here"})
    assert (refused.status_code, form_errors(refused)) == (422, {"name": ["NamespaceNotFound"]})
    assert (
        "stranger@example.com"
        not in client.get("/grove/tiny/settings/access?state=accepted").content.decode()
    )


def test_settings_gate_on_the_page(client, cast, repo):
    client.force_login(cast.owner.user, backend=BACKEND)

    client.post("/grove/tiny/settings/gating", {"gating": "open"})
    repo.refresh_from_db()
    assert repo.gating == Gating.NONE
    assert client.post("/grove/tiny/settings/gating", {"gating": "perhaps"}).status_code == 400


# --- the REST API


def test_the_api_gates_requests_and_decides(client, cast, repo):
    api, owner = (
        "/api/v1/repos/model/grove/tiny",
        {"headers": cast.owner.headers, "content_type": "application/json"},
    )
    assert client.patch(api, {"gating": "auto"}, **owner).json()["gating"] == "auto"
    assert client.patch(api, {"gating": "manual"}, **owner).json()["gating"] == "manual"
    client.force_login(cast.stranger.user, backend=BACKEND)
    made = client.post(f"{api}/access-requests", {"reason": "To compare."}, content_type="application/json")
    assert (made.status_code, made.json()["state"]) == (201, "pending")
    client.logout()

    assert [
        one["name"]
        for one in client.get(f"{api}/access-requests", headers=cast.owner.headers).json()["items"]
    ] == ["stranger"]
    answer_body = client.put(f"{api}/access-requests/stranger", {"state": "accepted"}, **owner).json()
    assert (answer_body["state"], answer_body["decided_by"], answer_body["email"]) == (
        "accepted",
        "owner",
        "stranger@example.com",
    )
    assert (
        client.put(f"{api}/access-requests/stranger", {"state": "rejected", "reply": "No."}, **owner).json()[
            "reply"
        ]
        == "No."
    )
    assert (
        client.get(f"{api}/access-requests/stranger", headers=cast.owner.headers).json()["state"]
        == "rejected"
    )
    assert client.get(f"{api}/access-requests/member", headers=cast.owner.headers).status_code == 404
    assert client.get(f"{api}/access-requests?state=away", headers=cast.owner.headers).status_code == 400


def test_a_request_is_located_where_its_author_reads_it(client, cast, repo):
    api, body = "/api/v1/repos/model/grove/tiny/access-requests", {"reason": "To compare."}
    client.force_login(cast.stranger.user, backend=BACKEND)

    made = client.post(api, body, content_type="application/json")
    again = client.post(api, body, content_type="application/json")

    assert (made.status_code, again.status_code) == (201, 200)
    assert client.get(made["Location"]).json() == again.json()
    assert client.get(f"{api}/member").status_code == 403
    client.logout()
    assert client.get(made["Location"], headers=cast.stranger.headers).json()["name"] == "stranger"
    assert client.get(made["Location"], headers=cast.member.headers).status_code == 403


def test_a_decision_that_stands_is_repeated_in_peace(client, cast, repo):
    api = "/api/v1/repos/model/grove/tiny/access-requests/stranger"
    facts = {"content_type": "application/json", "headers": cast.owner.headers}

    answers = [client.put(api, {"state": "accepted"}, **facts) for _time in range(2)]

    assert [one.status_code for one in answers] == [201, 200]
    assert answers[0]["Location"] == api
    assert answers[0].json() == answers[1].json()


def test_a_request_to_an_open_repository_is_a_conflict(client, cast):
    a_repo(cast.owner, "open")
    client.force_login(cast.stranger.user, backend=BACKEND)

    answer = client.post(
        "/api/v1/repos/model/owner/open/access-requests", {}, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "NotGated")


def test_content_is_refused_as_a_problem(client, cast, repo):
    response = client.get("/api/v1/repos/model/grove/tiny/files/notes.txt", headers=cast.stranger.headers)

    assert (response.status_code, response.json()["code"]) == (403, "GatedRepo")
