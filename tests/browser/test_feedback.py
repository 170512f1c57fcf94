"""Feedback in a browser: an owner's week on a board, up to a changelog that tells its voters."""

from __future__ import annotations

import pytest

from apps.community.feedback.models import Board, ChangelogEntry, Idea
from apps.community.reviews.models import Review
from apps.core.conversations.models import Draft
from apps.core.notifications.models import Event
from apps.core.notifications.services.delivery import deliver_event
from tests.api.feedback_makers import a_board, an_idea
from tests.conftest import wait_until
from tests.makers import a_repo

HOME = "/owner/tiny"


@pytest.fixture
def model(live_cast):
    return a_repo(live_cast.owner)


def deliver() -> None:
    """Do what the light worker does."""
    for event in Event.objects.filter(finished_at=None):
        deliver_event(event.pk)


def send_idea(page, path: str, title: str, text: str) -> str:
    """Write an idea with the composer; return its path."""
    page.goto(f"{path}/new")
    page.fill("#id_title", title)
    page.fill("[data-source]", text)
    page.click("[value=send]")
    page.wait_for_url("**/feedback/ideas/*")
    return Idea.objects.get(title=title).get_absolute_url()


def test_an_owners_week_on_a_board_ends_with_a_changelog_that_tells_its_voters(live_cast, model, open_page):
    owner, stranger, member = (
        open_page(getattr(live_cast, name)) for name in ("owner", "stranger", "member")
    )

    # Monday: the owner opens the board of the model
    owner.goto(f"{HOME}/community")
    owner.click("button:has-text('Turn on the board')")
    owner.wait_for_url("**/feedback/boards/owner-tiny")
    board = Board.objects.get().get_absolute_url()

    # Tuesday: people write; who types what is there already sees it
    wish = send_idea(stranger, board, "Longer context", "I need *32k* tokens")
    assert stranger.locator("#post-1 em").inner_text() == "32k"
    member.goto(f"{board}/new")
    member.locator("#id_title").press_sequentially("A longer context please")
    member.click("#similar a:has-text('Longer context')")
    member.click(".vote-button")
    member.wait_for_selector(".vote-button[aria-pressed=true][data-votes='2']")
    twin = send_idea(member, board, "More tokens", "It stops at 512")

    # Wednesday: the owner hears of them, unites the two and answers
    deliver()
    owner.goto("/notifications")
    owner.click("a:has-text('More tokens')")
    owner.wait_for_selector("#team")
    owner.click("summary:has-text('Merge into another idea')")
    owner.fill("#id_into", wish)
    owner.click("button:text-is('Merge')")
    owner.wait_for_url(f"**{wish}")
    owner.select_option("#id_status", "planned")
    owner.fill("#id_reply", "We train it **this week**")
    owner.click("button:has-text('Save status')")
    owner.wait_for_selector(".post.highlighted strong:has-text('this week')")

    # Thursday: the roadmap has it, the old address leads to it, its voters know
    stranger.goto(f"{board}/roadmap")
    assert stranger.locator("[data-status=planned] [data-idea]").count() == 1
    stranger.goto(twin)
    assert stranger.url.endswith(wish)
    assert stranger.locator("#post-4, .post-event").first.is_visible()
    deliver()
    stranger.goto("/notifications")
    assert stranger.locator("a:has-text('Longer context: Planned')").count() == 1

    # Friday: it ships, and the changelog tells who voted
    owner.goto(f"{board}/changelog")
    owner.click("a:has-text('New entry')")
    owner.fill("#id_title", "Version 2")
    owner.fill("#id_version", "2.0")
    owner.fill("#id_source", "It reads **32k** tokens")
    owner.check("input[name=kinds][value=added]")
    owner.fill("#id_ideas", wish)
    owner.click("button:has-text('Save draft')")
    owner.click("#publish button:has-text('Publish')")
    owner.wait_for_selector("article.entry a:has-text('Longer context')")
    deliver()
    for page in (stranger, member):
        page.goto("/notifications")
        page.click("a:has-text('Version 2')")
        page.wait_for_selector("article.entry strong:has-text('32k')")

    assert ChangelogEntry.objects.get().ideas.get().get_absolute_url() == wish


def test_a_bug_report_starts_with_a_template_and_its_draft_survives_a_closed_tab(live_cast, model, open_page):
    board = a_board(live_cast.owner, repo=model.address)
    Board.objects.update(bug_template="## What I did")
    path = f"{board.get_absolute_url()}/new-bug"
    page = open_page(live_cast.stranger)
    page.goto(path)
    assert page.locator("[data-source]").input_value() == "## What I did"

    page.fill("#id_title", "It crashes")
    page.fill("#id_version", "1.2")
    page.fill("[data-source]", "## What I did\n\nI ran it")
    wait_until(lambda: Draft.objects.filter(source__endswith="I ran it").exists(), what="the draft")
    page.close()
    again = open_page(live_cast.stranger)
    again.goto(path)
    fields = [again.locator(name).input_value() for name in ("#id_title", "#id_version")]
    again.click("[value=send]")
    again.wait_for_selector("#bug")

    assert fields == ["It crashes", "1.2"]
    assert Idea.objects.get().bug.version == "1.2"
    assert not Draft.objects.exists()


def test_a_model_is_reviewed_and_a_board_used_without_scripts(live_cast, model, open_page):
    board = a_board(live_cast.owner, repo=model.address)
    idea = an_idea(live_cast.owner, board)
    page = open_page(live_cast.stranger, scripts=False)

    page.goto(idea.get_absolute_url())
    page.click(".vote-button")
    assert page.locator(".vote-button").get_attribute("aria-pressed") == "true"
    page.fill("textarea[name=source]", "Me too")
    page.click("[value=send]")
    assert page.locator("#post-2").inner_text().count("Me too") == 1
    page.goto(f"{HOME}/community")
    page.check("input[name=stars][value='4']")
    page.fill("#write-review textarea", "It works")
    page.click("button:has-text('Publish review')")

    review = Review.objects.get()
    assert (review.stars, page.url.endswith(review.get_absolute_url())) == (4, True)
