"""Passkeys in a browser, with a virtual authenticator."""

import pytest

from tests.browser.looks import context_for
from tests.makers import PASSWORD

pytestmark = pytest.mark.slow
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(site, live_cast, browser):
    # A passkey belongs to a host name; browsers refuse IP addresses.
    address = site.url.replace("127.0.0.1", "localhost")
    with context_for(browser, address) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        yield page


def test_a_person_adds_a_passkey_and_signs_in_with_it_alone(page):
    page.goto("/login")
    page.fill("#id_login", "owner")
    page.fill("#id_password", PASSWORD)
    page.click("main form .button.primary")
    page.goto("/mfa/keys/new")
    page.fill("#id_password", PASSWORD)
    page.click("main form .button.primary")
    page.fill("#id_name", "this device")
    page.check("#id_passwordless")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/mfa/**recovery-codes**")
    page.goto("/mfa/keys")
    assert "this device" in page.inner_text("main")

    page.context.clear_cookies()
    page.goto("/login")
    page.click("#passkey_login")
    page.wait_for_url(lambda address: address.rstrip("/").count("/") == 2)

    page.goto("/settings/profile")
    assert page.url.endswith("/settings/profile")
