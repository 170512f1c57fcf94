"""The inbox, the settings and the REST API of notifications."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.conversations.services import posts
from apps.core.notifications.models import (
    DigestPeriod,
    Level,
    MailChoice,
    Notification,
    Preferences,
    Subscription,
)
from apps.core.notifications.providers import kinds
from apps.core.notifications.selectors import Folder, inbox, level_of
from apps.core.notifications.services import delivery
from apps.core.notifications.services.mail import record_bounce
from apps.users.accounts.models import TokenRole
from tests.makers import a_token
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def thread(cast):
    return thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping"))


@pytest.fixture
def rows(cast, thread) -> list[Notification]:
    """Three notifications of `member`."""
    for word in ("one", "two", "three"):
        posts.add_post(actor=cast.owner.actor, thread_id=thread.pk, source=f"@member {word}")
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)
    return list(Notification.objects.order_by("pk"))


@pytest.fixture
def member(client, cast):
    client.force_login(cast.member.user)
    return client


def text_of(response) -> str:
    return response.content.decode()


# pages


def test_the_inbox_shows_what_is_new(member, rows):
    page = text_of(member.get("/notifications"))

    assert [f'data-notification="{row.public_id}"' in page for row in rows] == [True] * 3
    assert page.count("data-unread") == 3
    assert "@member two" in page


def test_the_bell_counts_what_is_unread(member, rows):
    assert '<span class="count">3</span>' in text_of(member.get("/notes"))

    member.post("/notifications/read")

    assert '<span class="count">' not in text_of(member.get("/notes"))


def test_a_notification_opens_its_page_and_is_read(member, cast, rows):
    response = member.get(f"/notifications/{rows[0].public_id}")

    assert (response.status_code, response["Location"]) == (302, rows[0].event.path)
    assert inbox(cast.member.actor, folder=Folder.UNREAD).count() == 2


def test_chosen_notifications_are_archived_and_restored(member, cast, rows):
    ids = [rows[0].public_id, rows[1].public_id]

    member.post("/notifications/mark", {"ids": ids, "act": "archive"})
    assert inbox(cast.member.actor, folder=Folder.ARCHIVED).count() == 2

    member.post(
        "/notifications/mark", {"ids": [*ids, "x"], "act": "restore", "next": "/notifications?folder=unread"}
    )
    assert inbox(cast.member.actor).count() == 3


@pytest.mark.parametrize("address", ["https://example.com/", "//example.com", "/\\example.com"])
def test_a_form_returns_to_this_site_alone(member, rows, address):
    response = member.post("/notifications/read", {"next": address})

    assert response["Location"] == "/notifications"


def test_what_one_may_no_longer_read_is_not_shown(member, rows):
    Note.objects.update(is_public=False)

    page = text_of(member.get("/notifications"))

    assert "@member two" not in page
    assert "Shopping" not in page
    assert member.get(f"/notifications/{rows[0].public_id}")["Location"] == "/notifications"


def test_the_inbox_escapes_what_people_write(member, cast, thread):
    Note.objects.update(title="<script>alert(1)</script>")
    posts.add_post(
        actor=cast.owner.actor, thread_id=thread.pk, source="@member `<img src=x onerror=alert(1)>`"
    )
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)

    page = text_of(member.get("/notifications"))

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_inbox_takes_few_queries(member, rows):
    member.get("/notes")  # which records the session
    with CaptureQueriesContext(connection) as queries:
        member.get("/notifications")

    assert len(queries) <= 12


def test_others_cannot_open_a_notification(client, cast, rows):
    client.force_login(cast.stranger.user)

    assert client.get(f"/notifications/{rows[0].public_id}").status_code == 404
    client.post("/notifications/mark", {"ids": [rows[0].public_id], "act": "archive"})
    assert inbox(cast.member.actor).count() == 3


def test_settings_keep_what_was_chosen(member, cast):
    fields = {f"mail_{name}": "each" for name in kinds()}
    fields |= {"mail_post": "digest", "mail_note": "none", "digest": "weekly"}

    assert member.post("/settings/notifications", fields).status_code == 302

    chosen = dict(MailChoice.objects.filter(user=cast.member.user).values_list("kind", "mode"))
    assert {"post": "digest", "note": "none"}.items() <= chosen.items()
    preferences = Preferences.objects.get()
    assert (preferences.digest, preferences.watches_own) == (DigestPeriod.WEEKLY, False)


def test_settings_refuse_what_is_no_choice(member):
    assert member.post("/settings/notifications", {"mail_post": "often"}).status_code == 422


def test_settings_list_and_change_subscriptions(member, cast, thread):
    target = thread.target
    member.post("/notifications/levels", {"target": target, "level": "watch"})
    assert f'data-subscription="{target}"' in text_of(member.get("/settings/notifications"))

    member.post("/notifications/levels", {"target": target, "level": "", "next": "/settings/notifications"})
    assert level_of(cast.member.user.pk, target) == Level.NORMAL


def test_a_bounced_address_can_be_tried_again(member, cast):
    cast.member.user.emailaddress_set.update(verified=True)
    record_bounce("member@example.com")
    assert "member@example.com" in text_of(member.get("/settings/notifications"))

    member.post("/settings/notifications/send-again")

    assert Preferences.objects.get().bounced_at is None


def test_anonymous_visitors_sign_in_first(client, cast):
    assert client.get("/notifications")["Location"].startswith("/login")


# REST


def test_programs_list_and_mark_notifications(client, cast, rows):
    first = client.get("/api/v1/notifications?limit=2", headers=cast.member.headers).json()
    rest = client.get(
        f"/api/v1/notifications?limit=2&cursor={first['next_cursor']}", headers=cast.member.headers
    )

    shown = [*first["items"], *rest.json()["items"]]
    assert [item["id"] for item in shown] == [str(row.public_id) for row in reversed(rows)]
    assert (shown[0]["kind"], shown[0]["reason"], shown[0]["actor"]) == ("post", "mention", "owner")

    path = f"/api/v1/notifications/{rows[0].public_id}"
    body = {"is_archived": True}
    changed = client.patch(path, body, content_type="application/json", headers=cast.member.headers)
    assert changed.status_code == 200
    assert changed.json()["archived_at"] is not None
    assert client.get(path, headers=cast.member.headers)["ETag"] == changed["ETag"]
    listed = client.get("/api/v1/notifications?folder=archived", headers=cast.member.headers).json()
    assert len(listed["items"]) == 1


def test_programs_mark_all_as_read(client, cast, rows):
    response = client.post(
        "/api/v1/notifications/read", {}, content_type="application/json", headers=cast.member.headers
    )

    assert response.status_code == 204
    assert (
        client.get("/api/v1/notifications?folder=unread", headers=cast.member.headers).json()["items"] == []
    )


def test_programs_see_nothing_of_what_their_person_may_no_longer_read(client, cast, rows):
    Note.objects.update(is_public=False)

    item = client.get("/api/v1/notifications", headers=cast.member.headers).json()["items"][0]

    assert (item["excerpt"], item["actor"], item["url"]) == (None, None, None)
    assert "Shopping" not in item["title"]


def test_programs_set_and_forget_levels(client, cast, thread):
    path = f"/api/v1/subscriptions/{thread.target}"
    options = {"content_type": "application/json", "headers": cast.member.headers}

    assert client.put(path, {"level": "watch"}, **options).status_code == 201
    again = client.put(path, {"level": "mute"}, **options)
    assert (again.status_code, again.json()["level"], again.json()["title"]) == (200, "mute", "Shopping")
    assert len(client.get("/api/v1/subscriptions", headers=cast.member.headers).json()["items"]) == 1

    assert client.delete(path, headers=cast.member.headers).status_code == 204
    assert client.get(path, headers=cast.member.headers).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"), [({"level": "loud"}, 422), ({}, 422), ({"level": "watch", "x": 1}, 422)]
)
def test_a_level_is_one_of_four(client, cast, thread, body, status):
    path = f"/api/v1/subscriptions/{thread.target}"

    response = client.put(path, body, content_type="application/json", headers=cast.member.headers)

    assert response.status_code == status


def test_programs_change_mail_choices(client, cast):
    path, options = "/api/v1/notifications/preferences", {"headers": cast.member.headers}
    body = {"digest": "weekly", "watches_own": False, "mail": [{"kind": "post", "mode": "none"}]}

    changed = client.patch(path, body, content_type="application/json", **options).json()

    assert changed == client.get(path, **options).json()
    assert (changed["digest"], changed["watches_own"]) == ("weekly", False)
    assert {"kind": "post", "mode": "none"} in changed["mail"]
    unknown = {"mail": [{"kind": "nothing", "mode": "none"}]}
    assert client.patch(path, unknown, content_type="application/json", **options).status_code == 422


@pytest.mark.parametrize("role", [TokenRole.READ, TokenRole.FINE_GRAINED])
def test_a_token_does_what_it_may(client, cast, rows, role):
    headers = {"authorization": f"Bearer {a_token(cast.member.user, role)}"}

    read = client.get("/api/v1/notifications", headers=headers).status_code
    write = client.post(
        "/api/v1/notifications/read", {}, content_type="application/json", headers=headers
    ).status_code

    assert (read, write) == ((200 if role == TokenRole.READ else 403), 403)


def test_notifications_of_others_do_not_exist(client, cast, rows):
    for public_id in (rows[0].public_id, uuid.uuid4()):
        path = f"/api/v1/notifications/{public_id}"
        assert client.get(path, headers=cast.stranger.headers).status_code == 404
        assert client.get(path).status_code == 401
    assert Subscription.objects.filter(user=cast.stranger.user).count() == 0
