"""REST API of feedback: what programs read and do, and what no response shows."""

import json

import pytest

from apps.community.feedback.models import Board, ChangelogEntry, Idea, Vote
from tests.api.feedback_makers import a_board, a_security_report, an_idea
from tests.makers import a_repo, a_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]

ROOT = "/api/v1/feedback"


@pytest.fixture
def board(cast) -> Board:
    return a_board(cast.staff)


def send(client, method, path, person=None, body=None, *, headers=None):
    """Send a request with a JSON body."""
    sent = {**(person.headers if person else {}), **(headers or {})}
    data = json.dumps(body) if body is not None else b""
    return client.generic(method, path, data, "application/json", headers=sent)


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["id"] for item in answer.json()["items"]]


def test_a_board_is_created_read_changed_and_deleted(client, cast):
    repo = a_repo(cast.owner)
    body = {"name": "Tiny", "repo": {"kind": "model", "full_name": "owner/tiny"}}

    made = send(client, "POST", f"{ROOT}/boards", cast.owner, body)
    path = made["Location"]
    read = client.get(path)

    assert (made.status_code, read.json(), read["ETag"]) == (201, made.json(), made["ETag"])
    assert read.json()["repo"] == {"kind": "model", "full_name": repo.address.id}
    assert send(client, "PATCH", path, cast.owner, {"about": "For all"}).json()["about"] == "For all"
    assert send(client, "PATCH", path, cast.stranger, {"about": "x"}).status_code == 403
    statuses = {"statuses": [{"slug": "open", "kind": "open"}, {"slug": "x", "kind": "done", "name": "Out"}]}
    changed = send(client, "PUT", f"{path}/statuses", cast.owner, statuses).json()
    assert [(one["slug"], one["name"]) for one in changed["statuses"]] == [
        ("open", "Under review"),
        ("x", "Out"),
    ]
    labels = {"labels": [{"name": "UI"}]}
    assert send(client, "PUT", f"{path}/labels", cast.owner, labels).json()["labels"][0]["is_open"] is True
    assert send(client, "POST", f"{ROOT}/boards", cast.owner, body).status_code == 409
    assert send(client, "DELETE", path, cast.owner).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": " "},
        {"name": "x", "slug": "a b"},
        {"name": "x", "other": 1},
        {"name": "x", "repo": {"kind": "model", "full_name": "tiny"}},
    ],
)
def test_a_board_with_wrong_fields_is_refused(client, cast, body):
    assert send(client, "POST", f"{ROOT}/boards", cast.staff, body).status_code == 422


def test_an_idea_is_created_listed_and_voted_for(client, cast, board):
    path = f"{ROOT}/boards/{board.slug}/ideas"

    made = send(client, "POST", path, cast.owner, {"title": "Dark mode", "text": "At night"})
    idea = made["Location"]
    assert (made.status_code, made.json()["viewer_has_voted"], made.json()["vote_count"]) == (201, True, 1)
    assert client.get(idea).json()["viewer_has_voted"] is False

    for _again in range(2):
        voted = send(client, "PUT", f"{idea}/vote", cast.stranger)
    assert (voted.json()["vote_count"], voted.json()["viewer_has_voted"]) == (2, True)
    listed = client.get(path, headers=cast.stranger.headers).json()["items"]
    assert [one["viewer_has_voted"] for one in listed] == [True]
    assert send(client, "DELETE", f"{idea}/vote", cast.stranger).json()["vote_count"] == 1


def test_ideas_are_filtered_sorted_and_paged(client, cast, board):
    first, second = an_idea(cast.owner, board, "First"), an_idea(cast.stranger, board, "Second")
    send(client, "PUT", f"{ROOT}/ideas/{first.key}/vote", cast.member)

    assert ids(client.get(f"{ROOT}/ideas")) == [first.key, second.key]
    assert ids(client.get(f"{ROOT}/ideas?sort=created_at")) == [second.key, first.key]
    assert ids(client.get(f"{ROOT}/ideas?sort=vote_count&direction=asc")) == [second.key, first.key]
    assert ids(client.get(f"{ROOT}/ideas?author=stranger&board={board.slug}&kind=idea&q=sec")) == [second.key]
    page = client.get(f"{ROOT}/ideas?limit=1").json()
    assert ids(client.get(f"{ROOT}/ideas?limit=1&cursor={page['next_cursor']}")) == [second.key]
    assert ids(client.get(f"{ROOT}/boards/{board.slug}/similar-ideas?title=firs")) == [first.key]
    assert client.get(f"{ROOT}/ideas?sort=x").status_code == 400
    assert client.get(f"{ROOT}/ideas?nothing=1").status_code == 400
    assert ids(client.get(f"{ROOT}/ideas?board=none")) == []


def test_a_bug_report_keeps_its_facts_and_a_security_report_is_hidden(client, cast, board):
    path = f"{ROOT}/boards/{board.slug}/ideas"
    bug = {"severity": "high", "version": "1.2", "reproducibility": "always"}

    reported = send(client, "POST", path, cast.stranger, {"title": "x", "text": "y", "bug": bug}).json()
    hidden = send(
        client, "POST", path, cast.stranger, {"title": "Leak", "text": "y", "bug": {}, "is_security": True}
    )

    assert (reported["kind"], reported["bug"]["severity"], reported["bug"]["environment"]) == (
        "bug",
        "high",
        None,
    )
    assert hidden.json()["is_security"] is True
    for person, status in [(cast.stranger, 200), (cast.staff, 200), (cast.owner, 404), (None, 401)]:
        for end in ("", "/status-changes"):
            headers = person.headers if person else {}
            assert client.get(f"{hidden['Location']}{end}", headers=headers).status_code == status
    assert hidden.json()["id"] not in ids(client.get(path, headers=cast.staff.headers))


def test_a_private_board_is_absent_from_the_api(client, cast):
    board = a_board(cast.owner, "Inner", namespace="grove", is_private=True)
    idea = an_idea(cast.member, board)

    for person in (cast.stranger, cast.staff):
        assert client.get(f"{ROOT}/boards", headers=person.headers).json()["items"] == []
        assert ids(client.get(f"{ROOT}/ideas", headers=person.headers)) == []
        for path in (f"boards/{board.slug}", f"ideas/{idea.key}", f"boards/{board.slug}/changelog"):
            assert client.get(f"{ROOT}/{path}", headers=person.headers).status_code == 404
        assert send(client, "PUT", f"{ROOT}/ideas/{idea.key}/vote", person).status_code == 404
    assert client.get(f"{ROOT}/ideas/{idea.key}").status_code == 401
    assert ids(client.get(f"{ROOT}/ideas", headers=cast.member.headers)) == [idea.key]


def test_the_team_changes_statuses_votes_for_people_and_merges(client, cast, board):
    kept, gone = an_idea(cast.owner, board), an_idea(cast.stranger, board)
    path = f"{ROOT}/ideas/{kept.key}"

    changed = send(
        client, "PUT", f"{path}/status", cast.staff, {"status": "planned", "reply": "In May"}
    ).json()
    added = send(client, "PUT", f"{path}/voters/member", cast.staff, {"weight": 7})
    merged = send(client, "POST", f"{ROOT}/ideas/{gone.key}/merge", cast.staff, {"into": kept.key}).json()

    assert (changed["status"]["slug"], changed["official_reply"]) == ("planned", "In May")
    assert [one["after"] for one in client.get(f"{path}/status-changes").json()["items"]] == ["Planned"]
    assert (merged["id"], merged["vote_count"]) == (kept.key, 3)
    assert client.get(f"{ROOT}/ideas/{gone.key}").json()["merged_into"] == kept.key
    assert Vote.objects.get(user=cast.member.user).weight == 7
    assert "weight" not in added.content.decode()
    assert send(client, "PUT", f"{ROOT}/ideas/{gone.key}/vote", cast.owner).json()["key"] == kept.key
    assert send(client, "DELETE", f"{path}/voters/member", cast.staff).json()["vote_count"] == 2
    for end, body in [("status", {"status": "open"}), ("voters/member", {})]:
        assert send(client, "PUT", f"{path}/{end}", cast.owner, body).status_code == 403


def test_no_response_of_the_api_shows_a_weight(client, cast):
    document = client.get("/api/v1/openapi.json").json()["components"]["schemas"]

    shown = {name for name, schema in document.items() if "weight" in schema.get("properties", {})}
    assert shown == {"VoteOnBehalf"}


def test_comments_are_posts_of_the_ideas_conversation(client, cast, board):
    idea = an_idea(cast.owner, board)
    thread = client.get(f"{ROOT}/ideas/{idea.key}").json()["thread_id"]

    made = send(client, "POST", f"/api/v1/threads/{thread}/posts", cast.stranger, {"source": "Me **too**"})

    assert made.status_code == 201
    assert client.get(f"{ROOT}/ideas/{idea.key}").json()["comment_count"] == 1


def test_a_read_token_does_not_vote(client, cast, board):
    idea = an_idea(cast.owner, board)
    headers = {"authorization": f"Bearer {a_token(cast.stranger.user, 'read')}"}

    answer = send(client, "PUT", f"{ROOT}/ideas/{idea.key}/vote", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "TokenScope")
    assert Idea.objects.get().vote_count == 1


def test_a_changelog_is_written_published_and_read(client, cast, board):
    idea = an_idea(cast.owner, board)
    path = f"{ROOT}/boards/{board.slug}/changelog"
    body = {"title": "Version 2", "text": "**Dark**", "kinds": ["added"], "ideas": [idea.key]}

    made = send(client, "POST", path, cast.staff, body)
    entry = made["Location"]
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    assert client.get(entry).status_code == 401
    later = send(client, "PUT", f"{entry}/publication", cast.staff, {"at": "2126-01-31T12:00:00Z"})
    assert later.json()["state"] == "scheduled"
    assert send(client, "DELETE", f"{entry}/publication", cast.staff).json()["state"] == "draft"
    assert send(client, "PUT", f"{entry}/publication", cast.staff, {}).json()["state"] == "published"

    read = client.get(entry).json()
    assert (read["ideas"], read["kinds"], read["html"]) == (
        [idea.key],
        ["added"],
        "<p><strong>Dark</strong></p>",
    )
    assert ids(client.get(f"{ROOT}/changelog?kind=added")) == ids(client.get(path)) == [read["id"]]
    assert ids(client.get(f"{ROOT}/changelog?kind=fixed")) == []
    assert send(client, "PATCH", entry, cast.staff, {"title": "2.1"}).json()["title"] == "2.1"
    assert send(client, "PATCH", entry, cast.owner, {"title": "2.1"}).status_code == 403
    assert send(client, "PUT", f"{entry}/publication", cast.staff, {}).status_code == 409
    assert send(client, "DELETE", entry, cast.staff).status_code == 204
    assert not ChangelogEntry.objects.exists()


def test_a_board_is_exported_and_imported(client, cast, board):
    an_idea(cast.owner, board)
    a_security_report(cast.stranger, board)
    path = f"{ROOT}/boards/{board.slug}"

    content = client.get(f"{path}/export", headers=cast.staff.headers).json()["content"]
    Idea.objects.all().delete()
    body = {"format": "json", "content": json.dumps(content)}
    result = send(client, "POST", f"{path}/import", cast.staff, body).json()
    again = send(client, "POST", f"{path}/import", cast.staff, body).json()
    wrong = send(
        client, "POST", f"{path}/import", cast.staff, {"format": "csv", "content": "title\n\n x\n , \n"}
    )

    assert (result["imported_count"], result["problems"], again["skipped_count"]) == (2, [], 2)
    assert [problem["line"] for problem in wrong.json()["problems"]] == [4]
    assert (
        send(client, "POST", f"{path}/import", cast.staff, {"format": "csv", "content": ""}).status_code
        == 422
    )
    assert send(client, "POST", f"{path}/import", cast.owner, body).status_code == 403
