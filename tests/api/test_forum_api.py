"""REST API of the forum."""

import json

import pytest
from django.test import Client

from apps.community.forum.models import Bookmark, Category, Topic, TopicKind
from apps.community.forum.services import polls
from tests.forum_makers import a_category, a_private_category, a_reply, a_topic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
FORUM = "/api/v1/forum"


@pytest.fixture
def general(cast) -> Category:
    return a_category(cast)


def call(person, method, path, body=None, status=200, **headers):
    content = json.dumps(body) if body is not None else ""
    kind = "application/json" if body is not None else ""
    own = {**person.headers, **headers}
    response = Client().generic(method, path, content, kind, headers=own)
    assert response.status_code == status, response.content
    return response.json() if response.content else None


def test_a_program_starts_reads_and_edits_a_topic(cast, general):
    order = {"category": "general", "title": "How to begin", "text": "Where?", "tags": ["help"]}

    made = call(cast.stranger, "POST", f"{FORUM}/topics", order, 201)
    path = f"{FORUM}/topics/{made['id']}"
    edited = call(cast.stranger, "PATCH", path, {"title": "Where to begin", "tags": ["start"]})
    read = call(cast.anonymous, "GET", path)

    assert (made["author"], made["tags"], made["answer_post_id"]) == ("stranger", ["help"], None)
    assert read == edited
    assert (read["title"], read["tags"]) == ("Where to begin", ["start"])
    assert read["url"] == Topic.objects.get().get_absolute_url()


def test_a_program_writes_edits_and_reads_posts_whose_html_is_inert(cast, general):
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)>\n\n@owner [x](javascript:alert(1))"
    order = {"category": "general", "title": "How to begin", "text": hostile}
    topic = call(cast.stranger, "POST", f"{FORUM}/topics", order, 201)
    posts = f"/api/v1/threads/{topic['thread_id']}/posts"
    reply = call(cast.owner, "POST", posts, {"source": f"> quoted\n\n{hostile}"}, 201)

    edit = {"source": f"Edited {hostile}", "revision": 1}
    call(cast.owner, "PATCH", f"/api/v1/posts/{reply['id']}", edit)
    read = call(cast.anonymous, "GET", posts)["items"]
    revisions = call(cast.anonymous, "GET", f"/api/v1/posts/{reply['id']}/revisions")["items"]

    assert [post["source"] for post in read] == [hostile, edit["source"]]
    for post in read:
        assert "<script" not in post["html"]
        assert 'href="javascript' not in post["html"]
        assert "onerror" not in post["html"]
        assert 'href="/owner"' in post["html"]
    assert len(revisions) >= 1


def test_lists_are_paged_filtered_and_sorted(cast, general):
    made = [a_topic(cast.stranger, general, f"Topic {n}", tags=[f"t{n}"]) for n in range(3)]
    a_reply(cast.owner, made[0])

    first = call(cast.anonymous, "GET", f"{FORUM}/topics?limit=2")
    rest = call(cast.anonymous, "GET", f"{FORUM}/topics?limit=2&cursor={first['next_cursor']}")
    found = [row["title"] for row in first["items"] + rest["items"]]

    assert found == ["Topic 0", "Topic 2", "Topic 1"]
    assert rest["next_cursor"] is None
    for query, count in (("tag=t1", 1), ("list=unanswered", 2), ("q=topic", 3), ("author=owner", 0)):
        assert len(call(cast.anonymous, "GET", f"{FORUM}/topics?{query}")["items"]) == count
    call(cast.anonymous, "GET", f"{FORUM}/topics?list=nonsense", status=400)
    call(cast.anonymous, "GET", f"{FORUM}/topics?category=absent", status=401)
    call(cast.stranger, "GET", f"{FORUM}/topics?category=absent", status=404)


def test_wrong_values_are_named(cast, general):
    order = {"category": "general", "title": "x", "text": "", "tags": ["a"] * 6, "more": 1}

    problem = call(cast.stranger, "POST", f"{FORUM}/topics", order, 422)

    assert {error["pointer"] for error in problem["errors"]} >= {"#/more"}
    call(cast.anonymous, "POST", f"{FORUM}/topics", order, 401)
    order = {"category": "absent", "title": "Title", "text": "Text"}
    assert call(cast.stranger, "POST", f"{FORUM}/topics", order, 404)["code"] == "CategoryNotFound"


def test_an_answer_is_accepted_and_cleared(cast, general):
    topic = a_topic(cast.stranger, general, kind=TopicKind.QUESTION)
    reply = a_reply(cast.owner, topic)
    path = f"{FORUM}/topics/{topic.public_id}/answer"

    solved = call(cast.stranger, "PUT", path, {"post_id": reply.public_id})

    assert solved["answer_post_id"] == reply.public_id
    assert call(cast.anonymous, "GET", f"{FORUM}/topics?is_solved=true")["items"][0]["id"] == solved["id"]
    call(cast.owner, "PUT", path, {"post_id": reply.public_id}, 403)
    call(cast.stranger, "PUT", path, {"post_id": "absent"}, 409)
    call(cast.stranger, "DELETE", path, status=204)
    assert call(cast.anonymous, "GET", f"{FORUM}/topics?is_solved=true")["items"] == []


def test_moderators_act_and_others_do_not(cast, general):
    topic, other = a_topic(cast.stranger, general), a_topic(cast.owner, general, "Other")
    reply = a_reply(cast.member, topic)
    a_category(cast, "Support")
    path = f"{FORUM}/topics/{topic.public_id}"
    acts = [
        ("PUT", "pin", {"pinned_to": "site"}, 200),
        ("PUT", "archive", {"is_archived": True}, 200),
        ("PUT", "archive", {"is_archived": False}, 200),
        ("POST", "move", {"category": "support"}, 200),
        ("POST", "split", {"post_ids": [reply.public_id], "title": "Apart"}, 201),
        ("POST", "merge", {"into": str(other.public_id)}, 200),
    ]

    for method, act, body, _status in acts:
        call(cast.stranger, method, f"{path}/{act}", body, 403)
        call(cast.anonymous, method, f"{path}/{act}", body, 401)
    answers = [call(cast.staff, method, f"{path}/{act}", body, status) for method, act, body, status in acts]

    assert [answer["pinned_to"] for answer in answers[:2]] == ["site", "site"]
    assert answers[3]["category"]["slug"] == "support"
    assert call(cast.anonymous, "GET", path)["id"] == str(other.public_id)


def test_a_ballot_is_cast_and_changed(cast, general):
    order = {"category": "general", "title": "Color?", "text": "Choose", "kind": "poll"}
    call(cast.stranger, "POST", f"{FORUM}/topics", order, 422)
    made = call(cast.stranger, "POST", f"{FORUM}/topics", {**order, "poll": {"options": ["A", "B"]}}, 201)
    path = f"{FORUM}/topics/{made['id']}/poll"

    call(cast.owner, "PUT", f"{path}/ballot", {"positions": [0]})
    poll = call(cast.owner, "PUT", f"{path}/ballot", {"positions": [1]})

    assert [option["vote_count"] for option in poll["options"]] == [0, 1]
    assert [option["is_chosen"] for option in call(cast.anonymous, "GET", path)["options"]] == [False] * 2
    call(cast.owner, "PUT", f"{path}/ballot", {"positions": [0, 1]}, 422)
    call(cast.anonymous, "PUT", f"{path}/ballot", {"positions": [0]}, 401)
    call(cast.owner, "POST", f"{path}/close", status=403)
    assert call(cast.stranger, "POST", f"{path}/close")["is_closed"]
    assert call(cast.owner, "PUT", f"{path}/ballot", {"positions": [0]}, 409)["code"] == "PollClosed"


def test_hidden_numbers_are_null(cast, general):
    plan = polls.PollPlan(["A", "B"], results_shown="after_vote")
    topic = a_topic(cast.stranger, general, kind=TopicKind.POLL, poll=plan)

    poll = call(cast.owner, "GET", f"{FORUM}/topics/{topic.public_id}/poll")

    assert [option["vote_count"] for option in poll["options"]] == [None, None]
    plain = a_topic(cast.stranger, general)
    call(cast.owner, "GET", f"{FORUM}/topics/{plain.public_id}/poll", status=404)


def test_staff_makes_changes_and_deletes_categories(cast, general):
    order = {
        "name": "Team",
        "parent": "general",
        "organization": "grove",
        "can_read": {"audience": "organization", "role": "read"},
        "can_create": {"audience": "organization", "role": "write"},
    }

    made = call(cast.staff, "POST", f"{FORUM}/categories", order, 201)

    assert (made["slug"], made["parent"], made["is_public"]) == ("team", "general", False)
    assert made["can_create"] == {"audience": "organization", "role": "write"}
    call(cast.stranger, "GET", f"{FORUM}/categories/team", status=404)
    assert call(cast.member, "GET", f"{FORUM}/categories/team") == made
    assert [row["slug"] for row in call(cast.stranger, "GET", f"{FORUM}/categories")["items"]] == ["general"]
    call(cast.owner, "PATCH", f"{FORUM}/categories/team", {"name": "Mine"}, 404)
    assert call(cast.staff, "PATCH", f"{FORUM}/categories/team", {"color": 4})["color"] == 4
    call(cast.staff, "PATCH", f"{FORUM}/categories/team", {"parent": "absent"}, 422)
    call(cast.staff, "DELETE", f"{FORUM}/categories/general", status=409)
    call(cast.staff, "DELETE", f"{FORUM}/categories/team", status=204)


def test_bookmarks_tags_and_similar_topics(cast, general):
    topic = a_topic(cast.stranger, general, "Training stops early", tags=["help"])
    path = f"/api/v1/me/bookmarks/{topic.first_post.public_id}"

    call(cast.member, "PUT", path, {"note": "Read"})
    call(cast.member, "PUT", path, {"note": "Read again"})

    marks = call(cast.member, "GET", "/api/v1/me/bookmarks")["items"]
    assert [(mark["note"], mark["topic_id"]) for mark in marks] == [("Read again", str(topic.public_id))]
    call(cast.member, "DELETE", path, status=204)
    call(cast.member, "DELETE", path, status=404)
    assert not Bookmark.objects.exists()
    assert [tag["name"] for tag in call(cast.anonymous, "GET", f"{FORUM}/tags?q=hel")["items"]] == ["help"]
    similar = call(cast.anonymous, "GET", f"{FORUM}/similar-topics?title=trainig+stops")["items"]
    assert [row["title"] for row in similar] == ["Training stops early"]


def test_a_private_topic_is_absent_for_others(cast):
    topic = a_topic(cast.member, a_private_category(cast))
    path = f"{FORUM}/topics/{topic.public_id}"

    call(cast.stranger, "GET", path, status=404)
    call(cast.anonymous, "GET", path, status=401)
    assert call(cast.owner, "GET", path)["category"]["slug"] == "team"
    assert call(cast.stranger, "PATCH", path, {"title": "Mine"}, 404)["code"] == "TopicNotFound"
