"""The API reference in a browser: the filter, the keyboard, links to operations."""

import pytest

from tests.browser.looks import Look

pytestmark = pytest.mark.slow


@pytest.fixture
def reference(open_page):
    page = open_page()
    page.goto("/api/v1/docs")
    return page


def shown(page) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('#operations .call:not([hidden]) .body')].map(e => e.id)"
    )


def test_typing_filters_the_operations(reference):
    every = shown(reference)

    reference.fill("#operation-filter", "branch delete")
    some = shown(reference)
    is_alone = not reference.locator("#basics").is_visible()
    reference.fill("#operation-filter", "no such thing")
    none = shown(reference)
    reference.press("#operation-filter", "Escape")

    assert len(every) > 70
    assert some == ["delete_branch"]
    assert is_alone
    assert reference.locator("#basics").is_visible()
    assert none == []
    assert shown(reference) == every


def test_the_keyboard_leads_from_the_filter_to_an_operation(reference):
    reference.fill("#operation-filter", "branch")
    first, second = shown(reference)[:2]

    reference.press("#operation-filter", "ArrowDown")
    reference.keyboard.press("ArrowDown")
    reference.keyboard.press("Enter")

    assert reference.locator(f"details[open] #{second}").is_visible()
    assert not reference.locator(f"#{first}").is_visible()
    assert reference.url.endswith(f"#{second}")


def test_an_address_opens_its_operation(open_page):
    page = open_page()
    page.goto("/api/v1/docs#delete_branch")

    assert page.locator("#delete_branch").is_visible()
    page.goto("/api/v1/docs#problem-NotFound")
    assert page.locator("#problem-NotFound").is_visible()


def test_the_language_of_snippets_is_chosen_once(reference):
    reference.locator("details.call:has(#list_branches) > summary").click()
    reference.locator("details.call:has(#create_branch) > summary").click()

    reference.locator("#list_branches").get_by_role("tab", name="Python").click()

    assert reference.locator("#create_branch [data-tab=Python]").is_visible()
    assert not reference.locator("#create_branch [data-tab=curl]").is_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_index_fits_its_window(open_page, width):
    page = open_page(look=Look(width=width))
    page.goto("/api/v1/docs")

    assert page.locator(".wide-index").is_visible() == (width > 960)
    assert page.locator(".narrow-index > summary").is_visible() == (width < 960)


def test_without_scripts_all_operations_are_listed(open_page):
    page = open_page(scripts=False)
    page.goto("/api/v1/docs#delete_branch")

    assert not page.locator("#operation-filter").is_visible()
    assert page.locator("#operations .call:visible").count() > 70
    assert page.locator("#delete_branch").is_visible()
