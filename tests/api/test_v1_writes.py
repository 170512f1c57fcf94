"""REST API: every operation that creates or changes a resource says where it is and what its ETag is."""

import json
from hashlib import sha256

import pytest

from apps.community.feedback.services.changelog import create_entry
from apps.core.rest.generator import document_bytes
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.registry.repos.models import Gating
from apps.registry.repos.services.access_requests import set_gating
from apps.toolchain.packages.services.projects import create_project
from apps.toolchain.releases.services.releases import create_release
from apps.users.accounts.models import Role
from apps.users.accounts.services import invite_person
from tests.api.feedback_makers import a_board, an_idea
from tests.api.matrix import session_of
from tests.forum_makers import a_category, a_reply, a_topic
from tests.makers import a_repo

JSON = "application/json"
REPO = "/repos/model/owner/tiny"
INPUTS = {"model": {"full_name": "owner/tiny"}, "dataset": {"kind": "dataset", "full_name": "owner/tweets"}}
JOB = {
    "kind": "fine_tune",
    "recipe": "text-classification",
    "inputs": INPUTS,
    "output": {"full_name": "owner/new"},
}
PUT = {"operation": "put", "path": "b.txt", "content": "b"}
# operation: path below /api/v1, body, caller
CREATES = {
    "create_job": ("/jobs", JOB, "owner"),
    "accept_invitation": ("/me/invitations/{invitation}/accept", {}, "stranger"),
    "create_token": ("/me/tokens", {"name": "new", "role": "read"}, "owner"),
    "create_note": ("/notes", {"title": "Shopping"}, "owner"),
    "create_organization": ("/organizations", {"name": "orchard"}, "owner"),
    "create_invitation": ("/organizations/grove/invitations", {"person": "warden", "role": "read"}, "owner"),
    "create_repo": ("/repos", {"name": "new"}, "owner"),
    "create_access_request": ("/repos/model/owner/gated/access-requests", {"reason": "please"}, "stranger"),
    "create_branch": (f"{REPO}/branches", {"name": "side"}, "owner"),
    "create_commit": (f"{REPO}/commits", {"message": "Add b", "operations": [PUT]}, "owner"),
    "create_tag": (f"{REPO}/tags", {"name": "v1", "revision": "main", "message": "One"}, "owner"),
    "update_access_request": (
        "/repos/model/owner/gated/access-requests/member",
        {"state": "accepted"},
        "owner",
    ),
    "put_file": (f"{REPO}/files/new.txt", b"new", "owner"),
    "create_topic": ("/forum/topics", {"category": "general", "title": "New here", "text": "Hello"}, "owner"),
    "create_category": ("/forum/categories", {"name": "Help"}, "staff"),
    "split_topic": ("/forum/topics/{topic}/split", {"post_ids": ["{post}"], "title": "Elsewhere"}, "staff"),
    "create_post": ("/threads/{thread}/posts", {"source": "**Milk**"}, "owner"),
    "set_subscription": ("/subscriptions/{target}", {"level": "mute"}, "owner"),
    "create_board": ("/feedback/boards", {"name": "Owner", "namespace": "owner"}, "owner"),
    "create_idea": ("/feedback/boards/{board}/ideas", {"title": "Dark mode", "text": "At night."}, "owner"),
    "create_changelog_entry": (
        "/feedback/boards/{board}/changelog",
        {"title": "Two", "text": "New"},
        "owner",
    ),
    "create_repo_review": (f"{REPO}/reviews", {"stars": 5, "text": "It works."}, "stranger"),
    "create_report": ("/reports", {"content": "post:{post}", "reason": "spam"}, "stranger"),
    "create_ban": ("/bans", {"kind": "network", "value": "192.0.2.0/24", "reason": "Flood."}, "staff"),
    "save_reply": ("/saved-replies", {"title": "Spam", "text": "No advertising."}, "staff"),
    "sanction_person": ("/people/stranger/sanctions", {"kind": "silence", "reason": "Flood."}, "staff"),
    "remove_everything": ("/people/stranger/removals", {"reason": "Flood."}, "staff"),
    "create_worker_token": ("/worker-tokens", {"name": "gpu-1", "owner": "owner"}, "owner"),
    "create_package": ("/packages", {"name": "bushes"}, "owner"),
    "create_package_invitation": ("/packages/trees/invitations", {"person": "stranger"}, "owner"),
    "create_release": ("/packages/trees/releases", {"tag": "v2.0"}, "owner"),
    "create_asset_upload": (
        "/packages/trees/releases/v1.0/uploads",
        {"name": "tiny.gguf", "size_bytes": 3, "sha256": sha256(b"new").hexdigest()},
        "owner",
    ),
    "put_release_asset": ("/packages/trees/releases/v1.0/assets/notes.txt", b"new", "owner"),
}
# operation: path of the resource, body that changes it; by the owner
CHANGES = {
    "update_me": ("/me", {"display_name": "The Owner"}),
    "update_note": ("{note}", {"text": "Milk"}),
    "update_organization": ("/organizations/grove", {"display_name": "Trees"}),
    "update_member": ("/organizations/grove/members/member", {"role": "admin"}),
    "update_repo": (REPO, {"is_private": True}),
    "set_protection": (f"{REPO}/protection", {"patterns": ["v*"]}),
    "update_topic": ("/forum/topics/{topic}", {"title": "How to begin with training"}),
    "update_post": ("/posts/{post}", {"source": "Oat milk", "revision": 1}),
    "update_board": ("/feedback/boards/{board}", {"about": "Wishes"}),
    "update_idea": ("/feedback/ideas/{idea}", {"title": "A darker mode"}),
    "update_changelog_entry": ("/feedback/changelog/{entry}", {"title": "Version 2.1"}),
    "update_notification_preferences": ("/notifications/preferences", {"digest": "weekly"}),
    "update_package": ("/packages/trees", {"status": "archived"}),
    "update_release": ("/packages/trees/releases/v1.0", {"notes": "Counts."}),
}
# what they return is not what the same address serves, or is tested with what precedes it
OTHER_CHANGES = {
    *("set_my_avatar", "set_organization_avatar", "put_file", "update_access_request", "set_subscription"),
    # tested with moderation, by the staff
    *("block_person", "set_trust_level", "turn_on_emergency_switch", "update_removal"),
    # tested with packages, releases, workers and benchmarks
    *("update_package_version", "put_release_asset", "continue_asset_upload"),
    *("update_worker", "set_benchmark"),
    # tested with what precedes them
    *("save_draft", "update_category", "update_notification", "update_repo_review", "update_thread"),
}
OTHER_CREATES = {
    # tested with its files, with an issuer
    *("create_attachment", "create_package_publisher"),
    # order jobs, and are tested with what precedes them
    *("publish_job_checkpoint", "repeat_evaluation", "submit_to_benchmark"),
}
# their answer holds more than a read shows (the secret), or is of another resource (the commit)
OTHER_SHAPES = {"create_token", "create_worker_token", "create_commit", "put_file"}


@pytest.fixture
def places(cast):
    """Return the parts of paths that depend on the rows of a test."""
    repo = a_repo(cast.owner)
    a_repo(cast.owner, "tweets", kind="dataset")
    gated = a_repo(cast.owner, "gated")
    set_gating(actor=cast.owner.actor, address=gated.address, gating=Gating.MANUAL)
    commit_changes(
        actor=cast.owner.actor,
        address=repo.address,
        branch="main",
        changes=[AddFile("a.txt", b"a")],
        message="Add a",
    )
    offer, _is_new = invite_person(
        actor=cast.owner.actor, organization="grove", name="stranger", role=Role.READ
    )
    topic = a_topic(cast.owner, a_category(cast))
    board = a_board(cast.owner, "Trees", namespace="grove")
    create_project(actor=cast.owner.actor, name="trees")
    create_release(actor=cast.owner.actor, name="trees", tag="v1.0")
    return {
        "invitation": str(offer.public_id),
        "topic": str(topic.public_id),
        "thread": topic.thread.public_id,
        "post": a_reply(cast.owner, topic).public_id,
        "target": f"category:{topic.category_id}",
        "board": board.slug,
        "idea": an_idea(cast.owner, board).key,
        "entry": create_entry(actor=cast.owner.actor, board_slug=board.slug, title="One", source="New").key,
    }


@pytest.fixture(scope="module")
def operations():
    document = json.loads(document_bytes(is_internal=False))
    return {
        operation["operationId"]: (
            method,
            operation["responses"],
            method in ("put", "patch") and "get" in calls,
        )
        for calls in document["paths"].values()
        for method, operation in calls.items()
        if method in ("post", "put", "patch")
    }


def filled(body, places):
    """Return a body with the ids of the rows of a test."""
    if isinstance(body, bytes):
        return body
    text = json.dumps(body)
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return json.loads(text)


def send(client, method, path, body, **headers):
    kind = "application/octet-stream" if isinstance(body, bytes) else JSON
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client.generic(method, f"/api/v1{path}", data, kind, headers=headers)


def test_each_operation_that_creates_or_changes_something_is_played(operations):
    creates = {name for name, (_method, answers, _is_read) in operations.items() if "201" in answers}
    changes = {name for name, (_method, _answers, is_read) in operations.items() if is_read}

    assert creates == set(CREATES) | OTHER_CREATES
    assert changes == set(CHANGES) | OTHER_CHANGES


@pytest.mark.parametrize("name", CREATES)
def test_what_is_created_is_served_at_its_location(cast, places, operations, name):
    path, body, person = CREATES[name]
    caller = session_of(getattr(cast, person))

    made = send(caller, operations[name][0].upper(), path.format(**places), filled(body, places))

    assert made.status_code == 201, made.content
    assert made["Location"].startswith("/api/v1/")
    read = caller.get(made["Location"])
    assert read.status_code == 200, made["Location"]
    if name not in OTHER_SHAPES:
        assert (read.json(), read["ETag"]) == (made.json(), made["ETag"])


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_has_the_tag_that_a_read_gives(cast, places, operations, name):
    caller = session_of(cast.owner)
    note = send(caller, "POST", "/notes", {"title": "Shopping"})["Location"].removeprefix("/api/v1")
    path, body = CHANGES[name]
    path = path.format(note=note, **places)
    before = caller.get(f"/api/v1{path}")["ETag"]

    changed = send(caller, operations[name][0].upper(), path, body, **{"if-match": before})
    stale = send(caller, operations[name][0].upper(), path, body, **{"if-match": before})

    read = caller.get(f"/api/v1{path}")
    assert (changed.status_code, stale.status_code) == (200, 412)
    assert (read.json(), read["ETag"]) == (changed.json(), changed["ETag"])
    assert changed["ETag"] != before
