"""Replies by mail and bounces, as a provider's webhook delivers them."""

import base64
import json
from email.message import EmailMessage

import pytest
from django.core import mail

from apps.core.conversations.models import Post, PostState
from apps.core.conversations.services import posts
from apps.core.moderation.models import ReviewItem, Sanction, SanctionKind
from apps.core.moderation.services import sanction
from apps.core.moderation.services.sanctions import lift_sanction
from apps.core.notifications.models import Notification, Preferences
from apps.core.notifications.services import delivery
from apps.core.notifications.services import mail as mailing
from apps.core.notifications.services.replies import PARTS_LIMIT, receive_reply
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]

SECRET = "provider:secret"
QUOTED = (
    "Yes, **indeed**.\n\nOn Mon, 30 Nov 2026 at 10:00, owner on Banyan <banyan@localhost> wrote:\n> Hello\n"
)


@pytest.fixture(autouse=True)
def _mail_settings(settings, cast) -> None:
    settings.REPLY_ADDRESS = "Reply@mail.example.com"
    settings.MAIL_WEBHOOK_SECRET = SECRET
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    for person in (cast.owner, cast.member, cast.stranger, cast.staff):
        person.user.emailaddress_set.update(verified=True)


@pytest.fixture
def thread(cast):
    return thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping"))


@pytest.fixture
def address(cast, thread) -> str:
    """The reply address of a mail to `member`."""
    posts.add_post(actor=cast.owner.actor, thread_id=thread.pk, source="@member Hello")
    return tell()


def tell() -> str:
    """Tell of what happened; return the reply address of the last mail."""
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)
    mailing.send_due_mail()
    (address,) = mail.outbox[-1].reply_to
    return address


def a_reply(address, text=QUOTED, sender="Member <member@example.com>", **headers) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = sender, address, "<reply-1@example.com>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def replies() -> list[str]:
    return list(Post.objects.order_by("pk").values_list("source", flat=True)[1:])


# replies


def test_a_reply_is_published_without_its_quotes(cast, address):
    assert receive_reply(a_reply(address))

    post = Post.objects.get(author=cast.member.user)
    assert (post.source, post.reply_to.author) == ("Yes, **indeed**.", cast.owner.user)


def test_a_reply_that_is_delivered_twice_is_published_once(cast, address):
    assert [receive_reply(a_reply(address)) for _time in range(2)] == [True, False]
    assert len(replies()) == 1


def test_a_reply_reaches_its_address_in_any_case_and_header(cast, address):
    message = a_reply("list@example.com", Delivered_To=address.upper())

    assert receive_reply(message)


@pytest.mark.parametrize(
    "sender",
    ["stranger@example.com", "nobody@example.com", "member@example.com, stranger@example.com", "", "member"],
)
def test_a_forged_sender_is_refused(cast, address, sender):
    message = a_reply(address, sender=sender or "x@example.com")
    if not sender:
        del message["From"]

    assert not receive_reply(message)
    assert replies() == []


def test_a_sender_whose_domain_disowns_the_mail_is_refused(cast, address):
    message = a_reply(address, Authentication_Results="mx.example.com; dmarc=fail; spf=pass")

    assert not receive_reply(message)


def test_an_unconfirmed_address_is_nobodys(cast, address):
    cast.member.user.emailaddress_set.update(verified=False)

    assert not receive_reply(a_reply(address))


@pytest.mark.parametrize(
    "change", [lambda token: token[:-1] + "0", lambda token: "0" * 52, lambda token: "x"]
)
def test_a_forged_address_is_refused(cast, address, change):
    local, domain = address.split("@")
    name, token = local.split("+")
    forged = change(token)
    if forged == token:
        forged = token[:-1] + "1"

    assert not receive_reply(a_reply(f"{name}+{forged}@{domain}"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Auto_Response_Suppress": "All"},
        {"List_ID": "<list.example.com>"},
    ],
)
def test_answers_of_machines_are_dropped(cast, address, headers):
    assert not receive_reply(a_reply(address, **headers))


def test_our_own_mail_is_dropped(cast, address):
    assert not receive_reply(mail.outbox[0].message())
    assert not receive_reply(a_reply(address, sender="Mail <mailer-daemon@example.com>"))


def test_spam_is_dropped(cast, address):
    assert not receive_reply(a_reply(address), is_spam=True)


def test_a_mail_of_very_many_parts_is_dropped(cast, address):
    message = a_reply(address)
    for _number in range(PARTS_LIMIT + 1):
        message.add_attachment(b"x", maintype="text", subtype="plain")

    assert not receive_reply(message)


def test_a_reply_of_html_alone_is_text(cast, address):
    message = a_reply(address)
    message.set_content("<p>Yes &amp; no</p><script>alert(1)</script>", subtype="html")

    assert receive_reply(message)
    assert "<script" not in Post.objects.get(author=cast.member.user).html


def test_an_empty_reply_is_dropped(cast, address):
    assert not receive_reply(a_reply(address, "> Hello\n"))


def test_who_may_no_longer_write_there_cannot_reply(cast, address, thread):
    thread.is_locked = True
    thread.save()

    assert not receive_reply(a_reply(address))


def test_a_reply_to_a_hidden_post_is_dropped(cast, address, thread):
    posts.delete_post(actor=cast.owner.actor, post_id=Post.objects.get().pk)

    assert not receive_reply(a_reply(address))


def test_a_reply_is_judged_like_any_text(cast, address, settings):
    settings.NEW_ACCOUNT_LINKS = 0
    links = "Look: " + " ".join(f"https://shop.example/{number}" for number in range(4))

    assert receive_reply(a_reply(address, links))
    post = Post.objects.get(author=cast.member.user)
    assert (post.state, post.number) == (PostState.HELD, None)
    assert ReviewItem.objects.get(content=f"post:{post.public_id}").is_open


@pytest.mark.parametrize("kind", SanctionKind)
def test_a_sanctioned_person_does_not_write_by_mail(cast, address, kind):
    sanction(actor=cast.staff.actor, user_id=cast.member.user.pk, kind=kind, reason="Spam.")

    assert not receive_reply(a_reply(address))
    assert replies() == []

    lift_sanction(actor=cast.staff.actor, public_id=Sanction.objects.get().public_id)
    assert receive_reply(a_reply(address))


def test_the_staff_moderates_not_by_mail(cast, thread, settings):
    """A mail's sender can be forged: it has no rights of the staff."""
    posts.add_post(actor=cast.owner.actor, thread_id=thread.pk, source="@warden Hello")
    address = tell()
    settings.NEW_ACCOUNT_LINKS = 0
    links = " ".join(f"https://shop.example/{number}" for number in range(4))

    assert receive_reply(a_reply(address, links, sender="warden@example.com"))
    assert Post.objects.get(author=cast.staff.user).state == PostState.HELD


def test_replies_are_limited_by_the_hour(cast, address, monkeypatch):
    monkeypatch.setattr("apps.core.notifications.services.replies.REPLIES_PER_HOUR", 1)
    second = a_reply(address)
    second.replace_header("Message-ID", "<reply-2@example.com>")

    assert [receive_reply(a_reply(address)), receive_reply(second)] == [True, False]


def test_a_site_without_reply_address_sends_none(cast, thread, settings):
    settings.REPLY_ADDRESS = ""
    posts.add_post(actor=cast.owner.actor, thread_id=thread.pk, source="@member Hello")
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)
    mailing.send_due_mail()

    assert mail.outbox[0].reply_to == []


# the webhook


def call_hook(client, event, facts, secret=SECRET):
    """Call the hook as Postmark does."""
    credentials = base64.b64encode(secret.encode()).decode()
    return client.post(
        f"/hooks/mail/postmark/{event}",
        json.dumps(facts),
        content_type="application/json",
        headers={"authorization": f"Basic {credentials}"},
    )


def inbound(client, message, secret=SECRET):
    facts = {"RawEmail": message.as_string(), "OriginalRecipient": message["To"]}
    return call_hook(client, "inbound", facts, secret)


def test_the_provider_delivers_a_reply(client, cast, address):
    assert inbound(client, a_reply(address)).status_code == 200
    assert replies() == ["Yes, **indeed**."]


def test_the_hook_needs_its_secret(client, cast, address, settings):
    assert inbound(client, a_reply(address), secret="provider:wrong").status_code == 400
    assert client.post("/hooks/mail/postmark/inbound").status_code == 400

    settings.MAIL_WEBHOOK_SECRET = ""
    assert inbound(client, a_reply(address)).status_code == 404
    assert replies() == []


@pytest.mark.parametrize("path", ["/hooks/mail/nobody/inbound", "/hooks/mail/postmark/nothing"])
def test_unknown_providers_are_not_found(client, cast, path):
    assert client.post(path).status_code == 404


def test_a_huge_mail_is_refused(client, cast, address):
    assert inbound(client, a_reply(address, "x\n" * (3 << 20))).status_code == 413


def test_a_bounce_stops_mail_to_its_address(client, cast, address):
    bounce = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 1, "Email": "member@example.com"}

    assert call_hook(client, "tracking", bounce).status_code == 200
    assert Preferences.objects.get().user == cast.member.user
    assert mailing.recipients_of([cast.member.user.pk]) == {}
    assert Notification.objects.count() == 1
