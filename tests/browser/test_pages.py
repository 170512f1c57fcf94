"""Every page in a browser: accessible, no horizontal scrolling, no policy violation, no other host."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.looks import Look, context_for, overflow
from tests.browser.scene import PAGES_FOR_ANYBODY, a_scene

pytestmark = pytest.mark.slow

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
GRAVE = {"serious", "critical"}
REFUSED = "status of 404"


def grave_faults(page, *rules: str) -> list[str]:
    """Return the serious and critical findings of axe, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("options => axe.run(options)", options)
    return [
        f"{fault['id']}: {fault['help']} at {json.dumps([node['target'] for node in fault['nodes'][:3]])}"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
    ]


def listen(page) -> list[str]:
    """Return a list that collects console errors of a page and requests to other hosts."""
    heard: list[str] = []
    page.on(
        "console",
        lambda message: (
            heard.append(message.text) if message.type == "error" and REFUSED not in message.text else None
        ),
    )
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on(
        "request",
        lambda request: (
            heard.append(request.url) if urlsplit(request.url).hostname not in ("127.0.0.1", None) else None
        ),
    )
    return heard


def faults_of(page, path: str, heard: list[str], expected_status: int, *rules: str) -> list[str]:
    """Open a page and return its faults."""
    heard.clear()
    answer = page.goto(path)
    if answer.status != expected_status:
        heard.append(f"status {answer.status}")
    if overflow(page) > 0:
        heard.append(f"{overflow(page)} px wider than the window")
    return heard + grave_faults(page, *rules)


@pytest.mark.parametrize(
    ("look", "rules"),
    [(Look(), ()), (Look(width=390, scheme="dark", language="zh-hans"), ("color-contrast",))],
)
def test_every_page_is_accessible_and_fits(live_cast, site, browser, look, rules):
    scene = a_scene(live_cast)
    faults = {}

    for session in ("", scene.session):
        with context_for(browser, site.url, look, session=session) as context:
            # sent to the browser once rather than with each page
            context.add_init_script(path=AXE)
            page = context.new_page()
            heard = listen(page)
            for name, path in scene.paths.items():
                if (name in PAGES_FOR_ANYBODY) == (not session):
                    faults[name] = faults_of(page, path, heard, 404 if name == "missing" else 200, *rules)

    faulty = {name: found for name, found in faults.items() if found}
    assert not faulty, json.dumps(faulty, indent=1, ensure_ascii=False)


def test_axe_sees_a_fault(browser):
    page = browser.new_page()
    page.set_content("<html lang=en><title>x</title><main><img src=x><input></main>")

    assert any("image-alt" in fault for fault in grave_faults(page))
    page.close()


def test_pages_work_without_scripts(live_cast, site, browser):
    with context_for(browser, site.url, scripts=False) as context:
        page = context.new_page()
        page.goto("/login")
        page.fill("input[name=login]", "owner")
        page.fill("input[name=password]", "a-long-test-passphrase")
        page.click("main button[type=submit]")
        page.click("#account-menu")

        assert page.locator(".menu-list .who strong").inner_text() == "owner"


def test_the_theme_is_kept_and_drawn_by_the_server(site, browser):
    with context_for(browser, site.url, Look()) as context:
        page = context.new_page()
        page.goto("/")
        page.click("theme-switch button")
        page.click("theme-switch button")

        assert page.get_attribute("html", "data-theme") == "dark"
        with context.new_page() as second:
            second.route("**/*.js", lambda route: route.abort())
            second.goto("/")
            assert second.get_attribute("html", "data-theme") == "dark"


def test_the_language_switch_works(site, browser):
    with context_for(browser, site.url, Look()) as context:
        page = context.new_page()
        page.goto("/verify")
        page.click("header button[value=zh-hans]")

        assert page.get_attribute("html", "lang") == "zh-hans"
        assert page.url.endswith("/verify")


def test_the_palette_goes_to_what_was_typed(live_cast, site, browser):
    a_scene(live_cast)
    with context_for(browser, site.url, Look()) as context:
        page = context.new_page()
        page.goto("/styleguide")
        page.keyboard.press("Control+k")
        page.keyboard.type("tiny-senti")
        page.wait_for_selector("#palette [data-found] [role=option]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/owner/tiny-sentiment")


def test_letters_lead_to_pages_and_not_from_fields(site, browser):
    with context_for(browser, site.url, Look()) as context:
        page = context.new_page()
        page.goto("/styleguide")
        page.keyboard.press("/")
        page.keyboard.type("g j")
        assert page.input_value("input[data-search]") == "g j"
        page.locator("h1").click()
        page.keyboard.press("g")
        page.keyboard.press("j")
        page.wait_for_url("**/jobs")


def weight(response) -> int:
    """Return the transferred bytes: text is compressed, fonts and images are not."""
    body = response.body()
    is_text = response.headers.get("content-type", "").startswith(
        ("text/", "application/javascript", "image/svg")
    )
    return len(gzip.compress(body)) if is_text else len(body)


def test_a_first_visit_weighs_little(site, browser):
    with context_for(browser, site.url, Look()) as context:
        page = context.new_page()
        answers = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto("/")
        page.wait_for_load_state("networkidle")

        assert 20 * 1024 < sum(weight(answer) for answer in answers) <= 150 * 1024
