"""History pages in a browser: folded files, line ranges, branches; with and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from apps.registry.repos.selectors import git_of
from tests.browser.looks import Look, overflow
from tests.browser.test_pages import grave_faults
from tests.history_samples import a_history

pytestmark = pytest.mark.slow

HOME = "/owner/grown"


@pytest.fixture
def history(live_cast):
    repo = a_history(live_cast.owner)
    return repo, next(one.sha for one in git_of(repo).log(repo.head) if one.title.startswith("Train longer"))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_folded_file_opens_in_its_place_or_on_a_page_of_its_own(history, open_page, scripts):
    page = open_page(scripts=scripts)
    page.goto(f"{HOME}/commit/{history[1]}")
    page.locator(".diff-file[aria-label='vocab.txt'] .diff-fold a").click()

    expect(page.get_by_role("region", name="vocab.txt").locator("tr.added").last).to_contain_text("token899")
    assert ("file=vocab.txt" in page.url) != scripts
    expect(page.locator(".diff-file")).to_have_count(8 if scripts else 1)


def test_lines_are_marked_by_range_and_named_for_good(history, open_page):
    page = open_page()
    page.goto(f"{HOME}/blob/main/train.py#L9-L11")
    expect(page.locator("tr.marked")).to_have_count(3)
    page.locator("#L20 .line-number a").click()
    page.locator("#L16 .line-number a").click(modifiers=["Shift"])
    expect(page.locator("tr.marked")).to_have_count(5)
    page.keyboard.press("y")

    expect(page).to_have_url(re.compile(rf"/blob/{history[0].head}/train\.py#L16-L20$"))
    page.reload()
    expect(page.locator("tr.marked")).to_have_count(5)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_branch_is_made_compared_and_deleted_by_hand(history, open_page, live_cast, scripts):
    page = open_page(live_cast.owner, scripts=scripts)
    page.goto(f"{HOME}/branches")
    page.locator(".ref-form summary").click()
    page.locator("#id_name").fill("try/it")
    page.locator("#id_start").fill(history[1][:8])
    page.locator(".ref-form .primary").click()

    row = page.locator("[data-branch='try/it']")
    expect(row).to_have_attribute("data-behind", "3")
    row.locator("summary").click()
    row.locator("form[action$='/branches/delete'] button").click()
    expect(page.locator(".ref-rows li")).to_have_count(1)


def test_a_tag_is_made_and_taken_back(history, open_page, live_cast):
    page = open_page(live_cast.owner, scripts=False)
    page.goto(f"{HOME}/tags")
    page.locator(".ref-form summary").click()
    page.locator("#id_name").fill("v1.0")
    page.locator("#id_message").fill("First release")
    page.locator(".ref-form .primary").click()
    expect(page.locator(".tag-rows li")).to_contain_text("First release")
    page.locator("form[action$='/tags/delete'] button").click()

    expect(page.locator(".tag-rows")).to_have_count(0)


def test_history_pages_are_accessible_and_fit_a_phone(history, open_page, live_cast):
    page, found = open_page(live_cast.owner, Look(width=390)), {}
    for address in (
        f"commit/{history[1]}?view=split",
        f"commit/{history[0].head}?view=unified",
        "branches",
        "blame/main/train.py",
        "blob/main/explore.ipynb",
    ):
        page.goto(f"{HOME}/{address}")
        page.evaluate(
            "document.querySelectorAll('main details:not(.menu)').forEach((one) => (one.open = true))"
        )
        faults = grave_faults(page) + ([f"{overflow(page)} px too wide"] if overflow(page) > 0 else [])
        if faults:
            found[address] = faults

    assert found == {}
