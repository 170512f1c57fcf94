"""The browser, window sizes, themes and languages of the browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
HEIGHT = 900
# generous, since the machine also runs other tests
expect.set_options(timeout=15_000)


@dataclass(frozen=True, slots=True)
class Look:
    """A rendering: width in CSS pixels, color scheme, language."""

    width: int = 1440
    scheme: str = "light"
    language: str = "en"

    @property
    def name(self) -> str:
        return f"{self.width}-{self.scheme}-{self.language}"


LOOKS = (
    Look(),
    Look(scheme="dark"),
    Look(language="zh-hans"),
    Look(width=1024),
    Look(width=390),
    Look(width=390, scheme="dark", language="zh-hans"),
)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def context_for(
    browser: Browser, base_url: str, look: Look | None = None, *, session: str = "", scripts: bool = True
) -> BrowserContext:
    """Open a fresh profile with one look.

    session  a session cookie of a signed-in person
    """
    look = look or Look()
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": look.width, "height": HEIGHT},
        color_scheme=look.scheme,
        locale="zh-CN" if look.language.startswith("zh") else "en-GB",
        java_script_enabled=scripts,
        reduced_motion="reduce",
        has_touch=look.width < 500,
    )
    cookies = [{"name": "django_language", "value": look.language, "url": base_url}]
    if session:
        cookies.append({"name": "sessionid", "value": session, "url": base_url})
    context.add_cookies(cookies)
    return context


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
