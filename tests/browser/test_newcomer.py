"""A newcomer's first day: a question that is held, approved, answered by mail, and solved."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from django.core import mail
from playwright.sync_api import expect

from apps.community.forum.models import Category, Topic
from apps.core.conversations.models import Post
from apps.core.moderation.models import Trust
from apps.core.notifications.models import Level, Subscription
from apps.core.notifications.services import delivery
from apps.core.notifications.services import mail as mailing
from apps.core.notifications.services.replies import receive_reply
from tests.forum_makers import a_category
from tests.makers import Person, a_person

TITLE = "Which tokenizer do I need?"
LINKS = " ".join(f"https://docs.example/{page}" for page in range(4))


@pytest.fixture
def category(live_cast) -> Category:
    return a_category(live_cast)


@pytest.fixture
def newcomer(live_cast) -> Person:
    return a_person("newcomer")


@pytest.fixture(autouse=True)
def _mail_settings(live_cast, newcomer, category, settings) -> None:
    """Confirm the addresses; `member` watches the category."""
    settings.REPLY_ADDRESS = "reply@mail.example.com"
    for person in (live_cast.member, newcomer):
        person.user.emailaddress_set.update(verified=True)
    Subscription.objects.create(
        user=live_cast.member.user, target=f"category:{category.pk}", level=Level.WATCH
    )


def letters_to(person: Person) -> list:
    """Let the light worker tell of what happened; return the mails to a person."""
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)
    mailing.send_due_mail()
    return [letter for letter in mail.outbox if letter.to == [person.user.email]]


def answer(letter, sender: str, text: str) -> EmailMessage:
    """Return what a mail program sends when a person answers a mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = sender, letter.reply_to[0], "<1@example.com>"
    message.set_content(f"{text}\n\nOn Mon, 30 Nov 2026 at 10:00, newcomer wrote:\n> Which one?\n")
    return message


def ask(page) -> None:
    page.goto("/forum/new?category=general")
    page.fill("[name=title]", TITLE)
    page.locator("[name=source]").fill(f"I have read these pages: {LINKS}")
    kind = page.locator("[name=kind]")
    kind.select_option("question")
    page.click("main form button.primary")
    page.wait_for_url("**/forum/t/**")


def test_a_newcomer_asks_is_held_approved_answered_by_mail_and_accepts(
    live_cast, newcomer, category, open_page
):
    page = open_page(newcomer)
    ask(page)
    expect(page.locator(".post.held")).to_have_count(1)
    assert letters_to(live_cast.member) == []
    reader = open_page()
    reader.goto("/forum")
    assert TITLE not in reader.locator("main").inner_text()

    staff = open_page(live_cast.staff)
    staff.goto("/site/reviews")
    assert LINKS[:30] in staff.locator("[data-review]").inner_text()
    staff.keyboard.press("j")
    staff.keyboard.press("a")
    expect(staff.locator("[data-review]")).to_have_count(0)
    assert Trust.objects.get(user=newcomer.user).approved == 1
    reader.goto("/forum")
    assert TITLE in reader.locator("main").inner_text()

    (letter,) = letters_to(live_cast.member)
    assert receive_reply(answer(letter, "member@example.com", "The one of the **base model**."))

    letter = letters_to(newcomer)[-1]
    assert "The one of the **base model**." in letter.body
    path = re.search(r"https?://[^/\s]+(/forum/t/\S+)", letter.body).group(1)
    page.goto(path)
    reply = page.locator(f"#post-{Post.objects.get(author=live_cast.member.user).number}")
    expect(reply.locator("strong")).to_have_text("base model")
    reply.locator("form[action$='/answer'] button").click()
    expect(reply.locator("form[action$='/answer'] input[name=remove]")).to_have_count(1)
    assert Topic.objects.get().answer.author == live_cast.member.user
