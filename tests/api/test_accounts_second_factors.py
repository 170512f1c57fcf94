"""Second factors: authenticator apps, recovery codes, stored secrets, passkey pages."""

import base64
import hashlib
import hmac
import json
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator

from tests.makers import PASSWORD
from tests.pages import form_errors

pytestmark = pytest.mark.django_db


def totp(secret: str, at: float | None = None) -> str:
    """Return the six digits of an authenticator app.

    source  RFC 6238 with SHA-1, 30 seconds; RFC 4226 section 5.3
    """
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int((at or time.time()) // 30)), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_our_own_codes_are_those_of_the_standard():
    secret = base64.b32encode(b"12345678901234567890").decode()

    assert totp(secret, at=59) == "287082"
    assert totp(secret, at=1111111109) == "081804"


def sign_in(client):
    return client.post("/login", {"login": "owner", "password": PASSWORD})


def confirm(client, page: str) -> None:
    client.post("/account/confirm-access", {"password": PASSWORD, "next": page})


@pytest.fixture
def secret(client, cast) -> str:
    """Set up the authenticator app, sign out and return its secret."""
    sign_in(client)
    confirm(client, "/mfa/totp/activate")
    page = client.get("/mfa/totp/activate").content.decode()
    found = re.search(r'<copy-button\s+text="([A-Z2-7]+)"', page)[1]
    assert "data:image/svg+xml" in page
    client.post("/mfa/totp/activate", {"code": totp(found)})
    client.post("/logout")
    return found


def test_a_person_sets_an_app_up_and_signs_in_with_its_code(client, secret, settings):
    found = sign_in(client)
    assert found["Location"].startswith("/login/second-factor")
    assert client.get("/settings/profile").status_code == 302
    assert client.get("/login/second-factor").status_code == 200
    # A code works once, and setting up the app has used this one.
    code = totp(secret, at=time.time() + 30)
    settings.MFA_TOTP_TOLERANCE = 1

    client.post("/login/second-factor", {"code": code})

    assert client.get("/settings/profile").status_code == 200


def test_a_wrong_code_does_not_sign_in(client, secret):
    sign_in(client)

    response = client.post("/login/second-factor", {"code": "000000"})

    assert form_errors(response) == {"code": ["incorrect_code"]}
    assert client.get("/settings/profile").status_code == 302


def test_the_secret_is_stored_encrypted(secret):
    stored = Authenticator.objects.get(type="totp").data["secret"]

    assert secret not in str(stored)
    assert len(stored) > 80


def test_each_recovery_code_signs_in_once(client, secret):
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert len(codes) == 10
    sign_in(client)
    client.post("/login/second-factor", {"code": codes[0]})
    assert client.get("/settings/profile").status_code == 200

    client.post("/logout")
    sign_in(client)
    client.post("/login/second-factor", {"code": codes[0]})

    assert client.get("/settings/profile").status_code == 302


def test_second_factors_change_only_after_the_password_again(client, cast):
    sign_in(client)

    for page in ("/mfa/totp/activate", "/mfa/keys/new"):
        assert client.get(page)["Location"].startswith("/account/confirm-access")


def test_the_pages_of_keys_open_after_the_password(client, cast):
    sign_in(client)
    confirm(client, "/mfa/keys/new")

    page = client.get("/mfa/keys/new")

    assert page.status_code == 200
    assert "mfa/js/webauthn.js" in page.content.decode()
    assert '"user":' in page.content.decode()


def test_a_passkey_sign_in_is_offered_and_its_challenge_served(client, db):
    page = client.get("/login").content.decode()
    challenge = client.get(
        "/login/passkey", headers={"x-requested-with": "XMLHttpRequest", "accept": "application/json"}
    )

    assert 'id="passkey_login"' in page
    assert challenge.status_code == 200
    assert challenge.json()["request_options"]["publicKey"]["challenge"]


HALF = {"id": "AA", "rawId": "AA", "type": "public-key"}
EMPTY = {
    "clientDataJSON": "AA",
    "authenticatorData": "AA",
    "attestationObject": "AA",
    "signature": "AA",
    "userHandle": "MQ",
}
NONSENSE = [
    "",
    "{}",
    "nonsense",
    '{"id": 1}',
    "[]",
    "null",
    json.dumps({**HALF, "response": {}}),
    json.dumps({**HALF, "response": EMPTY}),
]


@pytest.mark.parametrize("credential", NONSENSE)
def test_a_malformed_passkey_is_refused(client, cast, credential):
    client.get("/login/passkey", headers={"x-requested-with": "XMLHttpRequest", "accept": "application/json"})

    response = client.post("/login/passkey", {"credential": credential})

    assert response.status_code < 500
    assert client.get("/settings/profile").status_code == 302


@pytest.mark.parametrize("credential", NONSENSE)
def test_a_malformed_key_is_not_added(client, cast, credential):
    sign_in(client)
    confirm(client, "/mfa/keys/new")

    response = client.post("/mfa/keys/new", {"name": "key", "credential": credential})

    assert response.status_code == 200
    assert not Authenticator.objects.exists()
