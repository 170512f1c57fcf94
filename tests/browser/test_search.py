"""The command palette and the header's search field in a browser."""

from __future__ import annotations

from tests.browser.looks import context_for
from tests.makers import a_repo


def test_the_palette_finds_everything_and_goes_there_by_keys(live_cast, site, browser):
    a_repo(live_cast.owner, "moss-reader")
    a_repo(live_cast.owner, "moss-rows", kind="dataset")

    with context_for(browser, site.url) as context:
        page = context.new_page()
        page.goto("/verify")
        page.keyboard.press("Control+k")
        page.keyboard.type("moss")
        page.wait_for_selector("#palette [role=option] >> text=owner/moss-rows")
        found = page.locator("#palette [data-found] [role=option] .name").all_inner_texts()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/datasets/owner/moss-rows")

    assert found[:-1] == ["owner/moss-reader", "owner/moss-rows"]
    assert "moss" in found[-1]


def test_what_the_arrow_keys_chose_stays_chosen_when_more_is_found(site, browser):
    with context_for(browser, site.url) as context:
        page, held = context.new_page(), []
        page.route("**/fragments/search*", lambda route: held.append(route))
        page.goto("/verify")
        page.keyboard.press("Control+k")
        with page.expect_request("**/fragments/search*"):
            page.keyboard.type("s")
        page.keyboard.press("ArrowDown")
        chosen = page.locator("#palette [aria-selected=true]").inner_text()
        held[0].continue_()
        page.wait_for_selector("#palette [data-found] [role=option]")

        assert page.locator("#palette [role=option]:visible").first.inner_text() != chosen
        assert page.locator("#palette [aria-selected=true]").inner_text() == chosen


def test_the_field_searches_everything_without_scripts(live_cast, site, browser):
    a_repo(live_cast.owner, "moss-reader")

    with context_for(browser, site.url, scripts=False) as context:
        page = context.new_page()
        page.goto("/verify")
        page.fill(".site-search input", "moss")
        page.press(".site-search input", "Enter")
        page.wait_for_url("**/search?q=moss")

        assert page.locator(".hits a").all_inner_texts() == ["owner/moss-reader"]
