"""REST API of moderation, on comments of the sample app."""

import json

import pytest

from apps.core.conversations.models import Post, PostState
from apps.core.conversations.services import posts
from apps.core.moderation.models import ReviewItem, Trust
from apps.core.moderation.services import Facts, continue_removals
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def thread(cast):
    return thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping"))


@pytest.fixture
def api(client):
    def call(person, method, path, body=None):
        return client.generic(
            method,
            f"/api/v1{path}",
            "" if body is None else json.dumps(body),
            "application/json",
            headers=person.headers,
        )

    return call


def write(person, thread, source="Milk", **facts) -> Post:
    return posts.add_post(actor=person.actor, thread_id=thread.pk, source=source, facts=Facts(**facts))


def state_of(post) -> str:
    return Post.objects.get(pk=post.pk).state


def test_a_report_is_created_once_listed_and_read_back(api, cast, thread):
    body = {"content": f"post:{write(cast.stranger, thread).public_id}", "reason": "spam"}

    made = api(cast.member, "POST", "/reports", body)

    assert (made.status_code, made.json()["state"], made.json()["note"]) == (201, "open", None)
    assert api(cast.member, "GET", made["Location"].removeprefix("/api/v1")).json() == made.json()
    assert api(cast.member, "GET", "/reports").json()["items"] == [made.json()]
    assert api(cast.owner, "GET", "/reports").json()["items"] == []
    again = api(cast.member, "POST", "/reports", body)
    assert (again.status_code, again.json()["code"]) == (409, "AlreadyReported")


def test_the_queue_shows_what_is_held_and_a_decision_publishes_it(api, cast, thread):
    post = write(cast.stranger, thread, honeypot="x")

    (item,) = api(cast.staff, "GET", "/reviews?cause=held&kind=post").json()["items"]

    assert (item["author"], item["title"], item["excerpt"]) == ("stranger", "Shopping", "Milk")
    assert item["checks"] == [{"rule": "honeypot", "score": 100, "has_failed": False}]
    decided = api(cast.staff, "POST", f"/reviews/{item['id']}/decisions", {"act": "approve"})
    assert (decided.status_code, decided.json()["state"]) == (200, "approved")
    assert state_of(post) == PostState.VISIBLE
    assert api(cast.staff, "GET", "/reviews").json()["items"] == []
    undone = api(cast.staff, "POST", f"/reviews/{item['id']}/undo")
    assert undone.json()["state"] == "open"
    acts = [one["act"] for one in api(cast.staff, "GET", f"/reviews/{item['id']}/decisions").json()["items"]]
    assert acts == ["undo", "approve"]


def test_a_list_of_reviews_takes_the_same_queries_however_long_it_is(
    api, cast, thread, django_assert_max_num_queries
):
    for number in range(12):
        write(cast.stranger, thread, f"Milk {number}", honeypot="x")

    with django_assert_max_num_queries(12):
        assert len(api(cast.staff, "GET", "/reviews").json()["items"]) == 12


def test_a_claim_keeps_other_moderators_away_until_it_is_released(api, cast, thread):
    write(cast.stranger, thread, honeypot="x")
    review = f"/reviews/{ReviewItem.objects.get().public_id}"

    assert api(cast.staff, "PUT", f"{review}/claim").json()["claimed_by"] == "warden"
    refused = api(cast.owner, "POST", f"{review}/decisions", {"act": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ReviewClaimed")
    assert api(cast.staff, "DELETE", f"{review}/claim").json()["claimed_by"] is None
    assert api(cast.owner, "POST", f"{review}/decisions", {"act": "approve"}).status_code == 200


def test_a_bulk_decision_says_what_became_of_each_review(api, cast, thread):
    held = [write(cast.stranger, thread, f"Milk {number}", honeypot="x") for number in range(2)]
    ids = [str(ReviewItem.objects.get(content=f"post:{post.public_id}").public_id) for post in held]
    posts.approve_post(actor=cast.owner.actor, post_id=held[0].pk)

    body = {"review_ids": ids, "act": "decline", "statement": "Spam."}
    items = api(cast.staff, "POST", "/reviews/decisions", body).json()["items"]

    assert [(one["is_decided"], one["code"]) for one in items] == [(False, "ReviewDecided"), (True, None)]


def test_a_decline_without_a_reason_is_refused(api, cast, thread):
    write(cast.stranger, thread, honeypot="x")

    refused = api(
        cast.staff, "POST", f"/reviews/{ReviewItem.objects.get().public_id}/decisions", {"act": "decline"}
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "ReasonRequired")


def test_a_sanction_is_imposed_listed_and_lifted(api, cast):
    made = api(cast.staff, "POST", "/people/stranger/sanctions", {"kind": "silence", "reason": "Flood."})

    assert (made.status_code, made.json()["is_in_force"]) == (201, True)
    assert api(cast.staff, "GET", "/people/Stranger/sanctions").json()["items"] == [made.json()]
    path = made["Location"].removeprefix("/api/v1")
    assert api(cast.staff, "DELETE", path).status_code == 204
    assert api(cast.staff, "GET", path).json()["is_in_force"] is False


def test_everything_is_removed_and_restored(api, cast, thread):
    post = write(cast.stranger, thread)

    made = api(cast.staff, "POST", "/people/stranger/removals", {"reason": "Flood."})
    continue_removals()
    assert (made.status_code, state_of(post)) == (201, PostState.HIDDEN)

    path = made["Location"].removeprefix("/api/v1")
    assert api(cast.staff, "PATCH", path, {"is_undone": True}).json()["is_done"] is False
    continue_removals()
    assert state_of(post) == PostState.VISIBLE
    assert api(cast.staff, "GET", path).json()["is_done"] is True


def test_a_trust_level_is_chosen_and_earned_again(api, cast):
    assert api(cast.staff, "PUT", "/people/stranger/trust", {"level": 4}).json()["is_locked"] is True
    assert Trust.objects.get(user=cast.stranger.user).level == 4
    assert api(cast.staff, "PUT", "/people/stranger/trust", {"level": None}).json()["is_locked"] is False
    assert api(cast.staff, "PUT", "/people/stranger/trust", {"level": 5}).status_code == 422


def test_the_switch_is_turned_on_and_off(api, cast):
    assert api(cast.staff, "GET", "/emergency-switch").status_code == 404
    body = {"mode": "staff", "reason": "A flood.", "minutes": 60}
    assert api(cast.staff, "PUT", "/emergency-switch", body).json()["is_sign_up_off"] is False
    assert api(cast.staff, "GET", "/emergency-switch").json()["mode"] == "staff"
    assert api(cast.staff, "DELETE", "/emergency-switch").status_code == 204
    assert api(cast.staff, "GET", "/emergency-switch").status_code == 404


def test_a_network_is_banned_and_the_ban_lifted(api, cast):
    body = {"kind": "network", "value": "192.0.2.9/24", "reason": "Flood."}

    made = api(cast.staff, "POST", "/bans", body)

    assert (made.status_code, made.json()["value"]) == (201, "192.0.2.0/24")
    assert api(cast.staff, "GET", "/bans").json()["items"] == [made.json()]
    assert api(cast.staff, "DELETE", made["Location"].removeprefix("/api/v1")).status_code == 204
    assert api(cast.staff, "GET", "/bans").json()["items"] == []


def test_a_reply_is_saved_replaced_and_deleted(api, cast):
    for text in ("First.", "Second."):
        made = api(cast.staff, "POST", "/saved-replies", {"title": "Spam", "text": text})

    (item,) = api(cast.staff, "GET", "/saved-replies").json()["items"]
    assert item["text"] == "Second."
    assert api(cast.staff, "DELETE", made["Location"].removeprefix("/api/v1")).status_code == 204


def test_a_person_is_blocked_and_unblocked(api, cast):
    assert api(cast.owner, "PUT", "/me/blocks/stranger").json()["name"] == "stranger"
    assert [one["name"] for one in api(cast.owner, "GET", "/me/blocks").json()["items"]] == ["stranger"]
    assert api(cast.owner, "GET", "/me/blocks/stranger").status_code == 200
    assert api(cast.owner, "DELETE", "/me/blocks/stranger").status_code == 204
    assert api(cast.owner, "GET", "/me/blocks/stranger").status_code == 404


def test_an_author_lists_decisions_about_them_and_appeals_one_once(api, cast, thread):
    write(cast.stranger, thread, honeypot="x")
    review = f"/reviews/{ReviewItem.objects.get().public_id}"
    api(cast.staff, "POST", f"{review}/decisions", {"act": "decline", "statement": "Spam."})

    (decision,) = api(cast.stranger, "GET", "/me/decisions").json()["items"]
    assert decision["statement"] == "Spam."
    path = f"/me/decisions/{decision['id']}/appeal"
    assert api(cast.member, "POST", path, {"note": "Why?"}).status_code == 404
    assert api(cast.stranger, "POST", path, {"note": "Why?"}).status_code == 200
    assert ReviewItem.objects.latest("pk").cause == "appealed"
    assert api(cast.stranger, "POST", path, {"note": "Why?"}).status_code == 409
