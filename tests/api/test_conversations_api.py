"""The REST API of conversations, played on the notes of the sample app."""

import io
import json

import pytest
from django.db import transaction
from PIL import Image

from apps.core.conversations.api.threads import ThreadFeed
from apps.core.conversations.models import Post, ReadMark, Thread
from apps.core.conversations.services import posts
from apps.users.accounts.models import TokenRole
from tests.makers import a_token
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def thread(cast) -> Thread:
    return thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping"))


@pytest.fixture
def private_thread(cast) -> Thread:
    return thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Mine", is_public=False))


def write(person, thread, source="Hello", **options) -> Post:
    return posts.add_post(actor=person.actor, thread_id=thread.pk, source=source, **options)


def send(client, method, path, body=None, person=None, **headers):
    sent = {**(person.headers if person else {}), **headers}
    data = json.dumps(body) if body is not None else b""
    return client.generic(method, f"/api/v1{path}", data, "application/json", headers=sent)


def test_a_program_writes_reads_and_edits_a_post(client, cast, thread):
    path = f"/threads/{thread.public_id}/posts"

    made = send(client, "POST", path, {"source": "**Milk** @owner"}, cast.stranger)
    read = client.get(made["Location"])
    edited = send(
        client,
        "PATCH",
        f"/posts/{made.json()['id']}",
        {"source": "Tea", "revision": 1},
        cast.stranger,
        **{"if-match": made["ETag"]},
    )

    assert (made.status_code, read.json(), read["ETag"]) == (201, made.json(), made["ETag"])
    assert (made.json()["author"], made.json()["number"]) == ("stranger", 1)
    assert "<strong>Milk</strong>" in made.json()["html"]
    assert (edited.status_code, edited.json()["revision"], edited.json()["source"]) == (200, 2, "Tea")
    former = client.get(f"/api/v1/posts/{made.json()['id']}/revisions").json()["items"]
    assert [(one["number"], one["source"], one["editor"]) for one in former] == [
        (1, "**Milk** @owner", "stranger")
    ]


def test_a_stale_edit_is_told_the_current_text(client, cast, thread):
    post = write(cast.stranger, thread, "Milk")
    posts.edit_post(actor=cast.stranger.actor, post_id=post.pk, source="Oat milk", revision=1)

    stale = send(client, "PATCH", f"/posts/{post.public_id}", {"source": "Tea", "revision": 1}, cast.owner)

    assert (stale.status_code, stale.json()["code"]) == (412, "EditConflict")
    assert (stale.json()["revision"], stale.json()["source"]) == (2, "Oat milk")


def test_a_reply_names_a_post_of_the_conversation(client, cast, thread, private_thread):
    here, elsewhere = write(cast.owner, thread), write(cast.owner, private_thread)
    path = f"/threads/{thread.public_id}/posts"

    good = send(client, "POST", path, {"source": "a", "reply_to_id": here.public_id}, cast.stranger)
    bad = send(client, "POST", path, {"source": "a", "reply_to_id": elsewhere.public_id}, cast.stranger)

    assert good.json()["reply_to_id"] == here.public_id
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "#/reply_to_id")


def test_a_list_shows_the_text_of_removed_posts_to_moderators_alone(client, cast, thread):
    write(cast.stranger, thread, "Milk")
    hidden = write(cast.stranger, thread, "Secret")
    posts.hide_post(actor=cast.owner.actor, post_id=hidden.pk)

    def sources(person):
        rows = send(client, "GET", f"/threads/{thread.public_id}/posts?limit=50", None, person).json()[
            "items"
        ]
        return [row["source"] for row in rows]

    assert sources(cast.anonymous) == sources(cast.member) == ["Milk", None]
    assert sources(cast.owner) == sources(cast.stranger) == ["Milk", "Secret"]
    assert client.get(f"/api/v1/posts/{hidden.public_id}").status_code == 401
    assert send(client, "GET", f"/posts/{hidden.public_id}", None, cast.member).status_code == 404


def test_a_list_is_paged(client, cast, thread):
    for number in range(5):
        write(cast.owner, thread, str(number))

    first = client.get(f"/api/v1/threads/{thread.public_id}/posts?limit=3").json()
    rest = client.get(
        f"/api/v1/threads/{thread.public_id}/posts", {"limit": 3, "cursor": first["next_cursor"]}
    ).json()

    assert [post["number"] for post in first["items"] + rest["items"]] == [1, 2, 3, 4, 5]
    assert rest["next_cursor"] is None


def test_a_private_conversation_is_absent_for_others(client, cast, private_thread):
    post = write(cast.owner, private_thread)

    for path in (
        f"/threads/{private_thread.public_id}",
        f"/threads/{private_thread.public_id}/posts",
        f"/threads/{private_thread.public_id}/stream",
        f"/posts/{post.public_id}",
        f"/posts/{post.public_id}/revisions",
    ):
        assert send(client, "GET", path).status_code == 401
        assert send(client, "GET", path, None, cast.stranger).status_code == 404


def test_moderators_lock_hide_and_approve(client, cast, thread):
    post, held = write(cast.stranger, thread), write(cast.stranger, thread, is_held=True)

    for act, target in (("hide", post), ("show", post), ("approve", held)):
        body = {"reason": "Advertising"} if act == "hide" else None
        assert (
            send(client, "POST", f"/posts/{target.public_id}/{act}", body, cast.stranger).status_code == 403
        )
        assert send(client, "POST", f"/posts/{target.public_id}/{act}", body, cast.owner).status_code == 200
    locked = send(client, "PATCH", f"/threads/{thread.public_id}", {"is_locked": True}, cast.owner)
    refused = send(client, "POST", f"/threads/{thread.public_id}/posts", {"source": "a"}, cast.stranger)

    assert locked.json()["is_locked"] is True
    assert (refused.status_code, refused.json()["code"]) == (403, "ThreadLocked")


def test_an_author_deletes_and_restores(client, cast, thread):
    post = write(cast.stranger, thread, "Milk")

    assert send(client, "DELETE", f"/posts/{post.public_id}", None, cast.stranger).status_code == 204
    assert client.get(f"/api/v1/threads/{thread.public_id}/posts").json()["items"][0]["source"] is None
    assert (
        send(client, "POST", f"/posts/{post.public_id}/restore", None, cast.stranger).json()["source"]
        == "Milk"
    )


def test_reactions_are_put_and_removed(client, cast, thread):
    post = write(cast.owner, thread)
    path = f"/posts/{post.public_id}/reactions/👍"

    on = send(client, "PUT", path, None, cast.stranger)
    again = send(client, "PUT", path, None, cast.stranger)
    off = send(client, "DELETE", path, None, cast.stranger)

    assert on.json()["reactions"] == again.json()["reactions"] == [{"emoji": "👍", "count": 1}]
    assert (off.status_code, client.get(f"/api/v1/posts/{post.public_id}").json()["reactions"]) == (204, [])


def test_a_read_only_token_reads_and_writes_nothing(client, cast, thread):
    headers = {"authorization": f"Bearer {a_token(cast.stranger.user, TokenRole.READ)}"}
    post = write(cast.owner, thread)

    assert client.get(f"/api/v1/threads/{thread.public_id}/posts", headers=headers).status_code == 200
    for method, path, body in (
        ("POST", f"/threads/{thread.public_id}/posts", {"source": "a"}),
        ("PUT", f"/posts/{post.public_id}/reactions/👍", None),
        ("PUT", "/drafts/reply:1", {"source": "a"}),
    ):
        assert send(client, method, path, body, **headers).status_code == 403


def test_reading_moves_a_mark(client, cast, thread):
    write(cast.owner, thread)

    assert (
        send(client, "POST", f"/threads/{thread.public_id}/read", {"number": 9}, cast.stranger).status_code
        == 204
    )
    assert ReadMark.objects.get(user=cast.stranger.user).number == 1


# drafts


def test_a_draft_that_another_device_has_changed_is_not_overwritten(client, cast):
    path = "/drafts/reply:12"
    first = send(client, "PUT", path, {"source": "Milk"}, cast.owner)
    send(client, "PUT", path, {"source": "Milk and tea"}, cast.owner, **{"if-match": first["ETag"]})

    stale = send(client, "PUT", path, {"source": "Milk, no"}, cast.owner, **{"if-match": first["ETag"]})
    current = send(client, "GET", path, None, cast.owner)

    assert (stale.status_code, stale.json()["code"]) == (412, "PreconditionFailed")
    assert current.json()["source"] == "Milk and tea"
    assert send(client, "GET", path, None, cast.stranger).json()["code"] == "DraftNotFound"
    assert [row["place"] for row in send(client, "GET", "/drafts", None, cast.owner).json()["items"]] == [
        "reply:12"
    ]
    assert send(client, "DELETE", path, None, cast.owner).status_code == 204


# files


def test_a_program_attaches_a_picture(client, cast, thread):
    output = io.BytesIO()
    Image.new("RGB", (8, 6), "green").save(output, "PNG")

    made = client.post(
        "/api/v1/attachments?name=a%20b.png",
        output.getvalue(),
        content_type="application/octet-stream",
        headers=cast.owner.headers,
    )

    assert made.status_code == 201
    facts = made.json()
    assert (facts["name"], facts["media_type"], facts["width"]) == ("a-b.png", "image/png", 8)
    assert facts["markdown"] == f"![a-b.png]({facts['url']})"
    assert client.get(made["Location"], headers=cast.owner.headers).json() == facts
    assert client.get(made["Location"], headers=cast.stranger.headers).status_code == 404


def test_a_preview_is_safe(client, cast):
    shown = send(client, "POST", "/posts/preview", {"source": "*a*<script>alert(1)</script>"}, cast.owner)

    assert shown.json()["html"].startswith("<p><em>a</em>")
    assert "<script" not in shown.json()["html"]


# live


@pytest.mark.django_db(transaction=True)
def test_a_feed_gives_each_new_post_once(cast, thread):
    write(cast.owner, thread)
    feed = ThreadFeed.of(thread.pk)
    with transaction.atomic():
        write(cast.owner, thread)

    events = feed.follow(1, 2)

    assert [(event.id, event.name, json.loads(event.data)["number"]) for event in events] == [(2, "post", 2)]
    assert feed.follow(2, 0.05) == []
    assert [event.id for event in feed.stored(0)] == [1, 2]


def test_a_feed_does_not_tell_of_held_posts(cast, thread):
    write(cast.owner, thread, is_held=True)

    assert ThreadFeed.of(thread.pk).stored(0) == []
