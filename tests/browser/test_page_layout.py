"""Computed widths, edges and fonts of the most frequent pages."""

import pytest

from tests.browser.looks import Look
from tests.makers import a_repo
from tests.seed import a_model, commit_files

pytestmark = pytest.mark.slow

HOME = "/owner/tiny-sentiment"
PHONE = Look(width=390)
CARD = """---
license: mit
---
# wide

A paragraph that is long enough to fill its measure: it continues on and on,
until the line has to break somewhere near its end.

## Use

```python
print("a line of code that is much longer than a phone is wide, so that the box has to scroll it sideways")
```

| a | b |
| --- | --- |
| 1 | 2 |
"""
BOXES = """(elements) => elements.map((one) => {
    const bounds = one.getBoundingClientRect();
    const { left, right, top, bottom, width } = bounds;
    return { start: left, end: right, top, bottom, width };
})"""


@pytest.fixture
def model(live_cast):
    return a_model(live_cast.owner)


def boxes(page, selector: str) -> list[dict]:
    return page.locator(selector).evaluate_all(BOXES)


@pytest.mark.parametrize("path", ["tree/main", "tree/main/onnx"])
def test_the_columns_of_a_file_list_have_their_widths(model, open_page, path):
    page = open_page()
    page.goto(f"{HOME}/{path}")

    table = boxes(page, "table.files")[0]["width"]
    file, size, message, age = (bounds["width"] for bounds in boxes(page, "table.files tr:last-child td"))

    assert (round(size), round(age)) == (148, 108)
    assert file == pytest.approx(table * 0.38, abs=2)
    assert message > age


def test_the_code_of_the_rail_is_never_cut(model, open_page):
    page = open_page()
    page.goto(HOME)

    hidden = page.locator(".usage pre").evaluate_all(
        "(all) => all.map((one) => one.scrollWidth - one.clientWidth)"
    )

    assert len(hidden) == 4
    assert set(hidden) == {0}
    assert page.locator(".usage").inner_text().count("HF_ENDPOINT") == 0
    page.locator(".endpoint summary").click()
    assert page.locator(".usage").inner_text().count("HF_ENDPOINT=") == 1


def test_a_copy_button_covers_no_code(live_cast, open_page):
    commit_files(live_cast.owner, a_repo(live_cast.owner, "wide"), {"README.md": CARD})
    page = open_page(look=PHONE)
    page.goto("/owner/wide")

    button, code = boxes(page, ".prose .code copy-button")[0], boxes(page, ".prose .code pre")[0]

    assert code["end"] <= button["start"] + 1


def test_a_card_has_one_measure_that_its_rules_keep(live_cast, open_page):
    commit_files(live_cast.owner, a_repo(live_cast.owner, "wide"), {"README.md": CARD})
    page = open_page(look=Look(width=1920))
    page.goto("/owner/wide")

    edges = {round(bounds["end"]) for bounds in boxes(page, ".prose > :is(h2, h3, p)")}

    assert len(edges) == 1
    assert boxes(page, ".prose > .code")[0]["end"] >= edges.pop()


def test_text_that_must_be_read_letter_by_letter_has_no_ligatures(model, open_page, live_cast):
    page = open_page(live_cast.owner)
    features = "(all) => all.map((one) => getComputedStyle(one).fontFeatureSettings)"
    found = []
    for path, selector in (
        (f"{HOME}/edit/main/README.md", "textarea.code"),
        (f"{HOME}/blob/main/model.safetensors", ".mono"),
        (f"{HOME}/blob/main/config.json", "td.line"),
    ):
        page.goto(path)
        found += page.locator(selector).evaluate_all(features)

    assert len(found) > 3
    assert set(found) == {"normal"}


def test_an_error_has_one_sign(model, open_page, live_cast):
    page = open_page(live_cast.owner)
    page.goto(f"{HOME}/settings")
    confirm = page.locator("#delete input[name=confirm]")
    confirm.fill("something else")
    page.locator("#delete [data-armed]").evaluate("(button) => { button.disabled = false; }")
    page.locator("#delete [data-armed]").click()

    signs = page.locator(".alert.bad .errorlist li").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one, '::before').content)"
    )

    assert signs == ["none"]
    assert page.locator(".alert.bad > .icon").count() == 1


def test_a_page_has_one_first_heading(live_cast, open_page):
    commit_files(live_cast.owner, a_repo(live_cast.owner, "wide"), {"README.md": CARD})
    page = open_page()
    page.goto("/owner/wide")

    assert page.locator("h1").count() == 1
    assert page.locator(".prose h2").count() == 1


@pytest.mark.parametrize("path", ["/", "/models", "/search?q=tiny"])
def test_every_search_of_a_page_has_a_name_of_its_own(model, open_page, path):
    page = open_page()
    page.goto(path)

    names = page.locator("[role=search]").evaluate_all(
        "(all) => all.map((one) => one.getAttribute('aria-label'))"
    )

    assert len(names) == 2
    assert len(set(filter(None, names))) == 2
