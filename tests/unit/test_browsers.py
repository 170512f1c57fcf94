"""Names of browsers in the list of sessions."""

import pytest

from apps.core.web.browsers import browser_label

APPLE = "AppleWebKit/537.36 (KHTML, like Gecko)"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {APPLE} Chrome/141.0.0.0 Safari/537.36", "Chrome on Linux"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {APPLE} HeadlessChrome/141.0 Safari/537.36", "Chrome on Linux"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {APPLE} Chrome/141.0 Safari/537.36 Edg/141.0",
            "Edge on Windows",
        ),
        (f"Mozilla/5.0 (Windows NT 10.0) {APPLE} Chrome/141.0 Safari/537.36 OPR/120.0", "Opera on Windows"),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
            "Firefox on Linux",
        ),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.0 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            f"Mozilla/5.0 (iPhone; CPU OS 18_0 like Mac OS X) {WEBKIT} "
            "Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iOS",
        ),
        (
            f"Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) {WEBKIT} CriOS/141.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPadOS",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {APPLE} Chrome/141.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {APPLE} Chrome/141.0 Safari/537.36",
            "Chrome on ChromeOS",
        ),
        ("curl/8.14.1", "curl"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
        ("python-requests/2.32", "python-requests"),
    ],
)
def test_browsers_are_named_with_their_system(user_agent, label):
    assert browser_label(user_agent) == label


def test_a_missing_user_agent_still_has_a_label():
    assert browser_label("")
    assert browser_label("/1.0")


def test_the_label_of_a_long_unknown_product_is_cut():
    assert len(browser_label("x" * 5000)) == 40
