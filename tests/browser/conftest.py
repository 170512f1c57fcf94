"""One Chromium per test file, one fresh profile per page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looks import chromium, context_for
from tests.browser.scene import session_of


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def open_page(site, browser) -> Iterator[Callable[..., Page]]:
    """Open pages as a person in a look; script errors fail the test."""
    with ExitStack() as contexts:

        def opened(person=None, look=None, **options):
            session = session_of(person) if person and person.user else ""
            context = contexts.enter_context(context_for(browser, site.url, look, session=session, **options))
            context.set_default_timeout(15_000)
            page = context.new_page()
            page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
            return page

        yield opened
