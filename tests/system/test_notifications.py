"""A site with ten thousand watchers: its servers die while they are told, its mail arrives by SMTP."""

import email
import email.policy
import re
import time
from collections import Counter
from contextlib import suppress

import psutil
import psycopg
import pytest
import requests
from aiosmtpd.controller import Controller

from tests.conftest import free_port, wait_until
from tests.system.local_stack import command_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
WATCHERS = 10_000
# the light worker goes on with an event whose task was lost after a minute, and looks every minute
RESUMED_SECONDS = 240
MAILED_SECONDS = 600
MAIL_PORT = free_port()
# a database that keeps what was committed when it is killed, unlike those of other tests
WEBHOOK_SECRET = "provider:secret"
STACK_SETTINGS = {
    "EMAIL_URL": f"smtp://127.0.0.1:{MAIL_PORT}",
    "ECOSYSTEM_TEST": "0",
    "REPLY_ADDRESS": "reply@example.com",
    "MAIL_WEBHOOK_SECRET": WEBHOOK_SECRET,
}

SEED = f"""
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from apps.community.forum.models import Category
from apps.community.forum.services.categories import create_category
from apps.community.forum.services.topics import create_topic
from apps.core.notifications.models import Level, MailChoice, MailMode, Subscription
from apps.users.accounts.actors import actor_for_user
from apps.users.accounts.models import Namespace, User
from apps.users.accounts.services import create_person
staff = User.objects.filter(is_staff=True).first()
author = create_person("author", email="author@example.com", is_staff=True)
category = create_category(actor=actor_for_user(staff), name="General")
actor = actor_for_user(author)
topic = create_topic(actor=actor, category=category.slug, title="How to begin", source="Hello")
names = [f"watcher{{number}}" for number in range({WATCHERS})]
spaces = Namespace.objects.bulk_create(Namespace(name=name, key=name) for name in names)
password = make_password(None)
people = User.objects.bulk_create(
    User(username=space.name, email=f"{{space.name}}@example.com", namespace=space, password=password)
    for space in spaces
)
EmailAddress.objects.bulk_create(
    EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in people
)
Subscription.objects.bulk_create(
    Subscription(user=user, target=f"category:{{category.pk}}", level=Level.WATCH) for user in people
)
MailChoice.objects.bulk_create(MailChoice(user=user, kind="post", mode=MailMode.NONE) for user in people)
print(topic.thread_id, topic.thread.target)
"""

POST = """
from apps.core.conversations.services.posts import add_post
from apps.core.notifications.models import Event
from apps.users.accounts.actors import actor_for_user
from apps.users.accounts.models import User
author = actor_for_user(User.objects.get(username="author"))
post = add_post(actor=author, thread_id={thread_id}, source={source!r})
print(Event.objects.get(kind="post", source=f"post:{{post.pk}}").pk)
"""

SERVERS = {"postgres": ["postgres"], "valkey": ["queue/valkey.sock", "valkey/valkey.sock"], "worker": []}


class Database:
    """The site's database; a killed server is reached again once it is back."""

    def __init__(self, stack) -> None:
        folder = next(stack.folder.glob("postgres-*"))
        password = (folder / "password").read_text().strip()
        self.address = {
            "host": str(folder / "run"),
            "user": "ecosystem",
            "password": password,
            "dbname": "postgres",
        }

    def ask(self, sql: str, *values):
        """Return the rows; None while the server is away."""
        try:
            with psycopg.connect(**self.address, connect_timeout=5) as connection:
                cursor = connection.execute(sql, values)
                return cursor.fetchall() if cursor.description else []
        except psycopg.OperationalError:
            return None

    def notified(self, event: str) -> int:
        rows = self.ask("SELECT count(*) FROM notifications_notification WHERE event_id = %s", event)
        return rows[0][0] if rows else -1

    def is_finished(self, event: str) -> bool:
        rows = self.ask("SELECT finished_at IS NOT NULL FROM notifications_event WHERE id = %s", event)
        return bool(rows and rows[0][0])


@pytest.fixture(scope="module")
def inbox():
    """A mail server; the mails that it took, as (recipient, message)."""
    taken: list[tuple[str, email.message.EmailMessage]] = []

    class Handler:
        async def handle_DATA(self, server, session, envelope):  # noqa: N802 (the name that the library calls)
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            taken.extend((recipient, message) for recipient in envelope.rcpt_tos)
            return "250 OK"

    controller = Controller(Handler(), hostname="127.0.0.1", port=MAIL_PORT)
    controller.start()
    yield taken
    controller.stop()


@pytest.fixture(scope="module")
def database(stack) -> Database:
    return Database(stack)


@pytest.fixture(scope="module")
def thread(stack, inbox) -> tuple[int, str]:
    """The id of a thread, and its name among what people can watch."""
    thread_id, target = stack.shell(SEED).split()
    return int(thread_id), target


def write(stack, thread, source="Something new") -> int:
    """Write a post, and return the id of its event as soon as it is stored."""
    process, event = stack.started_shell(POST.format(thread_id=thread[0], source=source))
    process.stdout.close()
    assert process.wait(60) == 0
    return int(event)


def light_workers(stack):
    return [part for part in stack.parts() if "celery" in command_of(part)]


@pytest.mark.parametrize("server", SERVERS)
def test_each_watcher_is_told_once_though_a_server_is_killed(stack, database, thread, server):
    victims = [stack.part(word) for word in SERVERS[server]] or light_workers(stack)

    process, event = stack.started_shell(POST.format(thread_id=thread[0], source="Something new"))
    wait_until(lambda: database.notified(event) > 0, every=0.002, what="the first batch")
    for victim in victims:
        with suppress(psutil.NoSuchProcess):  # children of the worker end with it
            victim.kill()
    assert process.wait(60) == 0

    wait_until(lambda: database.notified(event) >= 0, what="the database")
    assert 0 < database.notified(event) < WATCHERS
    wait_until(lambda: database.is_finished(event), seconds=RESUMED_SECONDS, every=0.5, what="the end")
    assert database.notified(event) == WATCHERS
    people = "SELECT count(DISTINCT user_id) FROM notifications_notification WHERE event_id = %s"
    assert database.ask(people, event) == [(WATCHERS,)]


# mail


WATCH = """
from apps.community.forum.models import Topic
from apps.core.notifications.models import Level, MailChoice, Subscription
from apps.users.accounts.services import create_person
for name in {names}:
    person = create_person(name, email=f"{{name}}@example.com")
    Subscription.objects.create(user=person, target="{target}", level=Level.WATCH)
    MailChoice.objects.create(user=person, kind="post", mode={mode!r})
print("done")
"""
SEND_DIGESTS = """
from datetime import timedelta
from django.db.models import F
from apps.core.notifications.models import Notification
from apps.core.notifications.services.mail import send_due_digests
Notification.objects.filter(mail="digest").update(created_at=F("created_at") - timedelta(days=2))
print(send_due_digests(), send_due_digests())
"""
WANT_MAIL = """
from apps.core.notifications.models import MailChoice
print(MailChoice.objects.filter(user__username__startswith="watcher").update(mode="each"))
"""


def mails_to(inbox, name) -> list[email.message.EmailMessage]:
    return [message for recipient, message in list(inbox) if recipient == f"{name}@example.com"]


def plain(mail) -> str:
    return mail.get_body(["plain"]).get_content()


def first_mail_to(inbox, name, *, seconds=150) -> email.message.EmailMessage:
    return wait_until(lambda: mails_to(inbox, name), seconds=seconds, every=0.2, what=f"mail to {name}")[0]


def post_count(database, name) -> int:
    sql = (
        "SELECT count(*) FROM conversations_post p JOIN accounts_user u ON u.id = p.author_id"
        " WHERE u.username = %s AND p.state = 'visible'"
    )
    return database.ask(sql, name)[0][0]


def deliver_reply(stack, mail, text, *, sender) -> int:
    """Answer a mail as Postmark delivers it; return the status."""
    reply = email.message.EmailMessage()
    reply["From"], reply["To"], reply["Message-ID"] = sender, mail["Reply-To"], f"<{text[:4]}@example.com>"
    reply.set_content(f"{text}\n\nOn Mon, 30 Nov 2026 at 10:00, author on Banyan wrote:\n> Hello\n")
    facts = {"RawEmail": reply.as_string(), "OriginalRecipient": mail["Reply-To"]}
    hook = f"{stack.url}/hooks/mail/postmark/inbound"
    return requests.post(hook, json=facts, auth=tuple(WEBHOOK_SECRET.split(":")), timeout=30).status_code


def test_a_mail_is_threaded_takes_a_reply_and_stops_at_one_click(stack, database, thread, inbox):
    stack.shell(WATCH.format(names=["reader", "control"], target=thread[1], mode="each"))

    write(stack, thread, "**Dear** readers")
    mail = first_mail_to(inbox, "reader")

    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Subject"] == "Re: [Banyan] How to begin"
    assert mail["In-Reply-To"] == mail["References"] == f"<{thread[1].replace(':', '-')}@127.0.0.1>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "**Dear** readers" in plain(mail)
    assert "<strong>Dear</strong>" in mail.get_body(["html"]).get_content()

    assert deliver_reply(stack, mail, "Forged", sender="control@example.com") == 200
    assert deliver_reply(stack, mail, "Thanks for this", sender="Reader <reader@example.com>") == 200
    assert (post_count(database, "reader"), post_count(database, "control")) == (1, 0)

    (url,) = re.findall(r"<(http[^>]+)>", mail["List-Unsubscribe"])
    response = requests.post(url, data={"List-Unsubscribe": "One-Click"}, timeout=30)
    assert response.status_code == 200
    inbox.clear()
    write(stack, thread, "Once more")
    wait_until(
        lambda: any("Once more" in plain(mail) for mail in mails_to(inbox, "control")),
        seconds=MAILED_SECONDS,
        what="the mail to the one who did not unsubscribe",
    )
    assert mails_to(inbox, "reader") == []


def test_a_digest_is_one_mail_about_all_that_waited(stack, database, thread, inbox):
    stack.shell(WATCH.format(names=["weekly"], target=thread[1], mode="digest"))
    events = [write(stack, thread, text) for text in ("First words", "Second words")]
    wait_until(lambda: all(map(database.is_finished, map(str, events))), what="the fan-out")

    assert stack.shell(SEND_DIGESTS) == "1 0"

    (mail,) = mails_to(inbox, "weekly")
    words = plain(mail)
    assert mail["Subject"] == "[Banyan] 2 notifications"
    assert words.index("First words") < words.index("Second words")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_ten_thousand_watchers_get_one_mail_each(stack, database, thread, inbox):
    assert stack.shell(WANT_MAIL) == str(WATCHERS)
    inbox.clear()

    began = time.monotonic()
    write(stack, thread, "To everybody")
    wanted = {f"watcher{number}@example.com" for number in range(WATCHERS)}
    wait_until(
        lambda: len(inbox) >= WATCHERS and wanted <= {recipient for recipient, _mail in list(inbox)},
        seconds=MAILED_SECONDS,
        every=0.5,
        what="all mail",
    )
    print(f"{WATCHERS} mails in {time.monotonic() - began:.0f} s")

    ids = Counter(mail["Message-ID"] for recipient, mail in inbox if recipient in wanted)
    assert (len(ids), max(ids.values())) == (WATCHERS, 1)
