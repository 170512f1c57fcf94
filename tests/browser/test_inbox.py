"""The inbox and the watch button in a browser: keys, phones, Chinese, accessibility."""

from __future__ import annotations

import pytest

from apps.core.conversations.services import posts, threads
from apps.core.notifications.models import Level, Notification, Subscription
from apps.core.notifications.services import delivery
from tests.browser.looks import Look, overflow
from tests.browser.test_pages import grave_faults
from tests.conftest import wait_until
from tests.sample.models import Note

pytestmark = pytest.mark.slow
LOOKS = [Look(), Look(scheme="dark"), Look(width=390, language="zh-hans")]


@pytest.fixture
def note(live_cast) -> Note:
    thread = threads.create_thread("note")
    return Note.objects.create(namespace=live_cast.owner.user.namespace, title="Shopping", thread=thread)


@pytest.fixture
def rows(live_cast, note) -> list[Notification]:
    """Five notifications of `member`, the newest first."""
    for word in ("one", "two", "three", "four", "five"):
        posts.add_post(actor=live_cast.owner.actor, thread_id=note.thread_id, source=f"@member {word}")
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)
    return list(Notification.objects.order_by("-pk"))


def listed(page) -> list[str]:
    return page.eval_on_selector_all(
        "[data-notification]", "rows => rows.map(row => row.dataset.notification)"
    )


def unread(page) -> int:
    return page.locator("[data-notification][data-unread]").count()


def focused(page) -> str:
    return page.evaluate("document.activeElement.closest('[data-notification]')?.dataset.notification ?? ''")


def test_keys_move_choose_read_and_archive(live_cast, rows, open_page):
    ids = [str(row.public_id) for row in rows]
    page = open_page(live_cast.member)
    page.goto("/notifications")
    assert page.locator("#tool-bell .count").inner_text() == "5"

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("r")
    wait_until(lambda: (unread(page), focused(page)) == (4, ids[1]), what="the second one is read")
    page.keyboard.press("u")
    wait_until(lambda: (unread(page), focused(page)) == (5, ids[1]), what="it is unread again")

    page.keyboard.press("e")
    left = [ids[0], *ids[2:]]
    wait_until(lambda: (listed(page), focused(page)) == (left, ids[2]), what="it is archived")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("e")
    wait_until(lambda: listed(page) == [ids[0], ids[4]], what="the chosen ones are archived")
    assert page.locator("#tool-bell .count").inner_text() == "2"


def test_the_box_at_the_top_chooses_all(live_cast, rows, open_page):
    page = open_page(live_cast.member)
    page.goto("/notifications")

    page.check("[data-all]")
    page.click("button[value=archive]")

    page.wait_for_selector("text=Nothing here")
    assert not Notification.objects.filter(archived_at=None).exists()


def test_the_inbox_works_without_scripts(live_cast, rows, open_page):
    page = open_page(live_cast.member, scripts=False)
    page.goto("/notifications")

    page.check("[data-notification] input >> nth=0")
    page.click("button[value=archive]")

    assert listed(page) == [str(row.public_id) for row in rows[1:]]


def test_a_level_is_chosen_without_leaving_the_page(live_cast, note, open_page):
    page = open_page(live_cast.member)
    page.goto(note.get_absolute_url())
    page.locator("[data-source]").fill("not sent yet")

    page.click("[data-watch] summary")
    page.click("[data-watch] button[value=watch]")

    page.wait_for_selector("[data-watch][data-level=watch]")
    assert Subscription.objects.get().level == Level.WATCH
    assert page.locator("[data-source]").input_value() == "not sent yet"
    assert page.evaluate("document.activeElement.matches('[data-watch] summary')")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_the_pages_are_accessible_and_fit(live_cast, note, rows, open_page, look):
    subscription = {"user": live_cast.member.user, "target": f"thread:{note.thread_id}"}
    Subscription.objects.create(**subscription, level=Level.WATCH)
    page = open_page(live_cast.member, look)
    paths = (
        "/notifications",
        "/notifications?folder=archived",
        "/settings/notifications",
        note.get_absolute_url(),
    )

    for path in paths:
        page.goto(path)
        if page.locator("[data-watch] summary").count():
            page.click("[data-watch] summary")
        assert (overflow(page), grave_faults(page)) == (0, []), path
