"""Notifications by mail: one per event or in digests, threaded, unsubscribed in one step."""

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.core.conversations.services import posts
from apps.core.notifications.models import (
    DigestPeriod,
    Level,
    MailChoice,
    MailMode,
    Notification,
    Preferences,
    Subscription,
)
from apps.core.notifications.services import delivery, preferences
from apps.core.notifications.services import mail as mailing
from tests.sample.models import Note
from tests.sample.notifications import NewNotes, announce_note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def note(cast) -> Note:
    return Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping\nlist", text="Milk")


@pytest.fixture
def thread(note):
    return thread_of(note)


@pytest.fixture(autouse=True)
def _confirmed(cast) -> None:
    for person in (cast.owner, cast.member, cast.stranger, cast.staff):
        person.user.emailaddress_set.update(verified=True)


def write(person, thread, source="Hello", **options):
    post = posts.add_post(actor=person.actor, thread_id=thread.pk, source=source, **options)
    deliver_all()
    return post


def deliver_all() -> None:
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)


def html_of(message) -> str:
    return message.alternatives[0].content


# one mail per event


def test_a_mention_is_mailed_once(cast, thread):
    write(cast.owner, thread, "**Dear** @member, see [it](/owner/tiny)")

    assert (mailing.send_due_mail(), mailing.send_due_mail()) == (1, 0)

    (message,) = mail.outbox
    row = Notification.objects.get()
    assert message.to == ["member@example.com"]
    assert message.subject == "[Banyan] Shopping list"
    assert message.from_email == "owner on Banyan <banyan@localhost>"
    assert "**Dear** @member" in message.body
    assert "<strong>Dear</strong>" in html_of(message)
    assert 'href="http://testserver/owner/tiny"' in html_of(message)
    assert "<style" not in html_of(message)
    assert message.extra_headers["Message-ID"] == f"<notification-{row.public_id.hex}@testserver>"
    assert row.mailed_at is not None


def test_mails_of_a_conversation_are_one_thread(cast, thread):
    write(cast.owner, thread, "@member")
    write(cast.owner, thread, "@member again")
    mailing.send_due_mail()

    first, second = (message.message() for message in mail.outbox)
    assert first["References"] == second["References"] == f"<thread-{thread.public_id}@testserver>"
    assert first["In-Reply-To"] == second["In-Reply-To"]
    assert first["Message-ID"] != second["Message-ID"]
    assert second["Subject"] == f"Re: {first['Subject']}"
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first["List-ID"] == "<post.testserver>"
    assert first["Auto-Submitted"] == "auto-generated"


def test_a_title_adds_no_header(cast, note):
    thread = thread_of(note)
    Note.objects.update(title="Hi\r\nBcc: stranger@example.com")
    write(cast.owner, thread, "@member")
    mailing.send_due_mail()

    assert mail.outbox[0].message()["Bcc"] is None
    assert mail.outbox[0].recipients() == ["member@example.com"]


def test_mail_escapes_what_people_write(cast, note):
    note.title, note.text = "<script>alert(1)</script>", "<img src=x onerror=alert(1)>"
    note.save()
    Subscription.objects.create(user=cast.member.user, target="notes:owner", level=Level.WATCH)
    MailChoice.objects.create(user=cast.member.user, kind="note", mode=MailMode.EACH)
    announce_note(note, cast.owner.user.pk)
    deliver_all()
    mailing.send_due_mail()

    assert "<script" not in html_of(mail.outbox[0])
    assert "<img src=x" not in html_of(mail.outbox[0])


def test_a_hidden_post_is_not_mailed(cast, thread):
    post = write(cast.owner, thread, "@member")
    posts.delete_post(actor=cast.owner.actor, post_id=post.pk)

    assert mailing.send_due_mail() == 0


def test_what_was_read_or_can_no_longer_be_read_is_not_mailed(cast, thread):
    write(cast.owner, thread, "@member @stranger")
    Notification.objects.filter(user=cast.member.user).update(read_at=timezone.now())
    Note.objects.update(is_public=False)

    assert mailing.send_due_mail() == 0
    assert set(Notification.objects.values_list("mail", flat=True)) == {MailMode.NONE}


def test_an_address_that_was_not_confirmed_gets_nothing(cast, thread):
    cast.member.user.emailaddress_set.update(verified=False)
    write(cast.owner, thread, "@member")

    assert mailing.send_due_mail() == 0


def test_a_post_is_mailed_as_it_is_when_it_is_sent(cast, thread):
    post = write(cast.owner, thread, "@member my password is x")
    posts.edit_post(actor=cast.owner.actor, post_id=post.pk, source="@member hello", revision=1)
    mailing.send_due_mail()

    assert "password" not in mail.outbox[0].body + html_of(mail.outbox[0])


def test_mail_is_in_the_language_of_its_reader(cast, thread):
    cast.member.user.language = "zh-hans"
    cast.member.user.save()
    write(cast.owner, thread, "@member")
    mailing.send_due_mail()

    assert '<html lang="zh-hans"' in html_of(mail.outbox[0])


# failing


def failing(monkeypatch, error) -> list[str]:
    """Let the next mail fail after the first one; return the addresses that were tried."""
    tried = []
    send = mail.EmailMessage.send

    def sending(self, **options):
        tried.extend(self.to)
        if len(tried) == 2:
            raise error
        return send(self, **options)

    monkeypatch.setattr(mail.EmailMessage, "send", sending)
    return tried


def test_a_server_that_goes_away_gets_the_rest_later(cast, thread, monkeypatch):
    write(cast.owner, thread, "@member @stranger @warden")
    failing(monkeypatch, SMTPServerDisconnected("gone"))

    assert mailing.send_due_mail() == 0
    assert (len(mail.outbox), mailing.send_due_mail()) == (1, 0)

    Notification.objects.update(claimed_at=timezone.now() - mailing.CLAIM)
    assert mailing.send_due_mail() == 2
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 3


def test_a_worker_killed_between_sending_and_marking_repeats_the_same_mail(cast, thread, monkeypatch):
    write(cast.owner, thread, "@member")
    mailing.send_due_mail()
    Notification.objects.update(mailed_at=None, claimed_at=timezone.now() - mailing.CLAIM)
    mailing.send_due_mail()

    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_a_refused_address_gets_nothing_until_it_changes(cast, thread, monkeypatch):
    write(cast.owner, thread, "@stranger @member")
    refused = SMTPRecipientsRefused({"member@example.com": (550, b"no such user")})
    tried = failing(monkeypatch, refused)
    mailing.send_due_mail()
    bounced = Preferences.objects.get()
    assert bounced.bounced_at is not None

    write(cast.owner, thread, "@stranger @member")
    mailing.send_due_mail()
    assert tried.count(bounced.bounced_email) == 1


def test_mail_that_could_not_be_sent_for_days_is_given_up(cast, thread):
    write(cast.owner, thread, "@member")
    Notification.objects.update(created_at=timezone.now() - mailing.GIVEN_UP_AFTER)

    assert mailing.send_due_mail() == 0


# digests


def some_news(cast, count=3, age=timedelta(days=1)) -> None:
    Subscription.objects.create(user=cast.member.user, target="notes:owner", level=Level.WATCH)
    for number in range(count):
        note = Note.objects.create(namespace=cast.owner.user.namespace, title=f"Note {number}", text="Milk")
        announce_note(note, cast.owner.user.pk)
    deliver_all()
    Notification.objects.update(created_at=timezone.now() - age)


def test_a_digest_holds_what_waited_for_a_day(cast):
    some_news(cast)

    assert (mailing.send_due_digests(), mailing.send_due_digests()) == (1, 0)

    (message,) = mail.outbox
    assert [f"Note {number}" in message.body for number in range(3)] == [True] * 3
    assert "3" in message.subject
    assert message.extra_headers["List-ID"] == "<digest.testserver>"


def test_a_digest_waits_for_its_period(cast):
    some_news(cast, age=timedelta(hours=23))
    assert mailing.send_due_digests() == 0

    Notification.objects.update(created_at=timezone.now() - timedelta(days=6))
    preferences.update_preferences(actor=cast.member.actor, digest=DigestPeriod.WEEKLY)
    assert mailing.send_due_digests() == 0

    Notification.objects.update(created_at=timezone.now() - timedelta(days=7))
    assert mailing.send_due_digests() == 1


def test_a_digest_leaves_out_what_was_read_and_what_is_too_much(cast, monkeypatch):
    monkeypatch.setattr("apps.core.notifications.letters.DIGEST_LIMIT", 1)
    some_news(cast)
    Notification.objects.filter(event__title="Note 0").update(read_at=timezone.now())
    mailing.send_due_digests()

    (message,) = mail.outbox
    assert [f"Note {number}" in message.body for number in range(3)] == [False, True, False]
    assert "1 more" in message.body


def test_a_kind_without_mail_sends_none(cast):
    MailChoice.objects.create(user=cast.member.user, kind=NewNotes.name, mode=MailMode.NONE)
    some_news(cast)

    assert (mailing.send_due_mail(), mailing.send_due_digests()) == (0, 0)


# unsubscribing


def unsubscribe_path(message) -> str:
    return re.fullmatch(r"<http://testserver(/.*)>", message.extra_headers["List-Unsubscribe"])[1]


def test_one_click_stops_the_next_mail(cast, thread):
    client = Client(enforce_csrf_checks=True)
    write(cast.owner, thread, "@member")
    mailing.send_due_mail()
    path = unsubscribe_path(mail.outbox[0])

    for _time in range(2):
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    write(cast.owner, thread, "@member again")

    assert mailing.send_due_mail() == 0
    assert Notification.objects.count() == 2


def test_following_the_link_asks_first(client, cast, thread):
    write(cast.owner, thread, "@member")
    mailing.send_due_mail()

    response = client.get(unsubscribe_path(mail.outbox[0]))

    assert response.status_code == 200
    assert b"<form" in response.content
    assert not MailChoice.objects.exists()


def test_a_conversation_is_muted_from_a_mail(client, cast, thread):
    write(cast.owner, thread, "@member")
    mailing.send_due_mail()
    paths = re.findall(r"http://testserver(/notifications/unsubscribe/\S+)", mail.outbox[0].body)

    assert client.post(paths[0]).status_code == 200
    write(cast.owner, thread, "@member")

    assert Notification.objects.filter(user=cast.member.user).count() == 1


def test_a_digest_is_stopped_with_one_click(client, cast):
    some_news(cast)
    mailing.send_due_digests()
    client.post(unsubscribe_path(mail.outbox[0]))

    assert MailChoice.objects.get(user=cast.member.user, kind="note").mode == MailMode.NONE


@pytest.mark.parametrize("token", ["x", "x:y:z", "a" * 3000])
def test_an_altered_link_is_refused(client, cast, token):
    assert client.get(f"/notifications/unsubscribe/{token}").status_code == 403
    assert client.post(f"/notifications/unsubscribe/{token}").status_code == 403


def test_the_link_of_a_deleted_person_does_nothing(client, cast, thread):
    from apps.core.notifications.links import unsubscribe_url

    path = unsubscribe_url(10**9, "post").removeprefix("http://testserver")
    assert client.post(path).status_code == 200
