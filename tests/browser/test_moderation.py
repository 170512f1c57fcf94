"""Moderators at work in a browser, and the challenge of the sign-up form."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from apps.core.conversations.models import Post, PostState
from apps.core.conversations.services import posts
from apps.core.moderation.models import (
    Act,
    BanKind,
    ReportReason,
    ReviewItem,
    ReviewState,
    SwitchMode,
    Trust,
)
from apps.core.moderation.selectors import emergency
from apps.core.moderation.services import Facts, continue_removals, decide, remove_content_of, report, turn_on
from apps.core.moderation.services.replies import save_reply
from apps.core.moderation.services.rules import LEAST_SECONDS
from apps.core.moderation.services.sanctions import ban
from apps.users.accounts.models import User
from tests.browser.looks import LOOKS, Look, context_for, overflow
from tests.browser.scene import session_of
from tests.browser.test_pages import AXE, grave_faults, listen
from tests.conftest import wait_until
from tests.makers import PASSWORD
from tests.sample.models import Note
from tests.sample.services import thread_of

FLOOD = 200
PLAIN = "http://plain.example"


@pytest.fixture
def note(live_cast) -> Note:
    note = Note.objects.create(namespace=live_cast.owner.user.namespace, title="Shopping")
    thread_of(note)
    return note


def write(person, note, source, **facts) -> Post:
    return posts.add_post(actor=person.actor, thread_id=note.thread_id, source=source, facts=Facts(**facts))


def count(state) -> int:
    return Post.objects.filter(state=state).count()


# a flood


def test_a_flood_is_removed_in_one_act_and_the_act_undone_and_done_again(live_cast, note, open_page):
    for number in range(FLOOD):
        write(live_cast.stranger, note, f"Buy {number}")
    held = write(live_cast.stranger, note, "Buy more", honeypot="x")
    kept = write(live_cast.member, note, "Milk")
    page = open_page(live_cast.staff)

    page.goto("/site/people/stranger")
    page.fill("form[action$='/remove'] textarea", "Advertising.")
    page.click("form[action$='/remove'] button")
    expect(page.locator("[data-removal]")).to_have_count(1)
    assert continue_removals() == FLOOD
    assert (count(PostState.HIDDEN), Post.objects.get(pk=kept.pk).state) == (FLOOD, PostState.VISIBLE)
    assert ReviewItem.objects.get(content=f"post:{held.public_id}").state == ReviewState.REMOVED
    page.goto(note.get_absolute_url())
    assert "Buy 7" not in open_text(open_page, note)

    page.goto("/site/people/stranger")
    page.click("[data-removal] form button")
    page.wait_for_selector("[data-removal] button[name=again]")
    assert continue_removals() == FLOOD
    assert count(PostState.VISIBLE) == FLOOD + 1
    assert "Buy 7" in open_text(open_page, note)

    page.click("[data-removal] button[name=again]")
    page.wait_for_selector("[data-removal] button:not([name=again])")
    assert continue_removals() == FLOOD
    assert (count(PostState.HIDDEN), count(PostState.VISIBLE)) == (FLOOD, 1)


def open_text(open_page, note) -> str:
    page = open_page()
    page.goto(note.get_absolute_url())
    return page.locator("main").inner_text()


# the queue


def test_a_moderator_works_through_the_queue_with_keys(live_cast, note, open_page):
    held = [write(live_cast.stranger, note, f"Milk {number}", honeypot="x") for number in range(4)]
    newest = list(reversed(held))
    page = open_page(live_cast.staff)
    page.goto("/site/reviews")

    page.keyboard.press("j")
    page.keyboard.press("t")
    page.wait_for_load_state()
    expect(page.locator("[data-review]")).to_have_count(3)
    assert Post.objects.get(pk=newest[0].pk).state == PostState.VISIBLE
    assert Trust.objects.get(user=live_cast.stranger.user).level == 1

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.keyboard.type("Advertising.")
    page.click("[data-bulk] [data-act=decline]")
    expect(page.locator("[data-review]")).to_have_count(1)
    assert [Post.objects.get(pk=post.pk).state for post in newest[1:3]] == [PostState.HIDDEN] * 2

    page.goto("/site/reviews?state=declined")
    page.keyboard.press("j")
    page.keyboard.press("u")
    expect(page.locator("[data-review]")).to_have_count(1)
    assert ReviewItem.objects.filter(state=ReviewState.OPEN).count() == 2


def test_a_reader_reports_a_post_in_a_dialog_and_the_moderator_sees_why(live_cast, note, open_page):
    post = write(live_cast.owner, note, "Buy now")
    page = open_page(live_cast.member)
    page.goto(note.get_absolute_url())

    page.click(f"#post-{post.number} .menu:has([data-reports]) summary")
    page.click(f"#post-{post.number} [data-reports]")
    page.check("#report-dialog input[value=spam]")
    page.fill("#report-dialog textarea", "The third time today.")
    page.click("#report-dialog .button.primary")
    wait_until(lambda: ReviewItem.objects.exists(), what="the report")

    page = open_page(live_cast.staff)
    page.goto("/site/reviews")
    assert "The third time today." in page.locator("[data-review]").inner_text()


def test_the_emergency_switch_is_turned_on_and_off(live_cast, open_page):
    page = open_page(live_cast.staff)
    page.goto("/site/moderation")

    page.fill("[name=switch-reason]", "A flood of advertising.")
    page.click("form[action$='/switch-on'] button")
    page.wait_for_selector("[data-switch]")
    assert emergency().reason == "A flood of advertising."

    page.click("form[action$='/switch-off'] button")
    expect(page.locator("[data-switch]")).to_have_count(0)
    assert emergency() is None


# the challenge of the sign-up form


def sign_up(page, name):
    page.wait_for_timeout(1000 * LEAST_SECONDS)
    page.fill("[name=username]", name)
    page.fill("[name=email]", f"{name}@example.com")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.click("main form .button.primary")
    page.wait_for_url(lambda address: "/signup" not in address)
    return Trust.objects.get(user=User.objects.get(username=name))


@pytest.mark.parametrize("look", [Look(), Look(width=390, scheme="dark", language="zh-hans")])
def test_a_browser_solves_the_challenge_under_the_sites_policy(site, live_cast, browser, look):
    with context_for(browser, site.url, look) as context:
        page = context.new_page()
        heard = listen(page)
        page.goto("/signup")
        page.wait_for_selector("altcha-widget input[type=hidden][name=altcha]", state="attached")
        wait_until(lambda: page.input_value("input[name=altcha]"), what="the solution")

        assert (heard, overflow(page), grave_faults(page)) == ([], 0, [])


def test_an_account_that_a_browser_makes_has_its_proof(site, live_cast, open_page):
    page = open_page()
    page.goto("/signup")
    wait_until(lambda: page.input_value("input[name=altcha]"), what="the solution")

    assert sign_up(page, "newcomer").has_proof is True


def test_an_account_can_be_made_without_scripts(site, live_cast, browser):
    with context_for(browser, site.url, scripts=False) as context:
        page = context.new_page()
        page.goto("/signup")

        assert sign_up(page, "newcomer").has_proof is False


def test_over_plain_http_the_form_can_be_sent_without_the_challenge(site, live_cast, browser):
    """Browsers offer the cryptography of the challenge to secure origins alone."""
    with context_for(browser, site.url) as context:
        page = context.new_page()
        page.route(f"{PLAIN}/**", lambda route: forward(route, site.url))
        page.goto(f"{PLAIN}/signup")

        assert page.evaluate("isSecureContext") is False
        expect(page.locator("altcha-widget")).to_have_count(0)


def test_a_challenge_that_cannot_be_fetched_does_not_close_the_form(site, live_cast, open_page):
    page = open_page()
    page.route("**/signup/challenge*", lambda route: route.abort())
    page.goto("/signup")
    expect(page.locator("altcha-widget")).to_have_count(0)

    assert sign_up(page, "newcomer").has_proof is False


def forward(route, url):
    """Answer a request to another host as the site does."""
    answer = route.fetch(url=route.request.url.replace(PLAIN, url))
    route.fulfill(response=answer)


# looks

PAGES = {
    "queue": "/site/reviews",
    "declined": "/site/reviews?state=declined",
    "person": "/site/people/stranger",
    "moderation": "/site/moderation",
    "standing": "/settings/standing",
    "report": "/report",
}


def a_busy_day(cast, note):
    """Content in all states, a removal, sanctions, a saved reply, a ban and the emergency switch."""
    warden = cast.staff.actor
    write(cast.stranger, note, "Milk")
    remove_content_of(actor=warden, user_id=cast.stranger.user.pk, reason="Advertising everywhere.")
    held = [
        write(cast.stranger, note, text, honeypot="x")
        for text in ("Buy " + "everything " * 300, "Milk\n\n- eggs\n- " + "x" * 300, "Bread", "Sugar")
    ]
    for post, act in zip(held[2:], (Act.APPROVE, Act.DECLINE_AND_BLOCK), strict=True):
        item = ReviewItem.objects.get(content=f"post:{post.public_id}")
        decide(actor=warden, public_id=item.public_id, act=act, statement="No advertising here.")
    reported = write(cast.owner, note, "Buy now")
    report(
        actor=cast.member.actor, content=f"post:{reported.public_id}", reason=ReportReason.SPAM, note="Again."
    )
    save_reply(actor=warden, title="Advertising", text="No advertising here. " * 10)
    ban(actor=warden, kind=BanKind.NETWORK, value="192.0.2.0/24", reason="A flood.")
    turn_on(actor=warden, mode=SwitchMode.BASIC, lasts=timedelta(hours=1), reason="A flood.")


@pytest.mark.slow
@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[-1]])
def test_the_pages_of_moderation_are_accessible_and_fit(live_cast, note, site, browser, look):
    a_busy_day(live_cast, note)
    faults = {}
    with context_for(browser, site.url, look, session=session_of(live_cast.staff)) as context:
        context.add_init_script(path=AXE)
        page = context.new_page()
        heard = listen(page)
        for name, path in PAGES.items():
            heard.clear()
            page.goto(path)
            found = [*heard, *grave_faults(page)]
            if found or overflow(page):
                faults[name] = (overflow(page), found)

    assert faults == {}
