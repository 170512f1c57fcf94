"""Identity tokens of an OpenID provider that mint upload tokens."""

import json
import time

import pytest
from joserfc.jwk import RSAKey

from apps.toolchain.packages.models import Project, TrustedPublisher
from apps.toolchain.packages.services.trusted_publishing import add_publisher
from apps.users.accounts.models import AccessToken
from tests.api.matrix import session_of
from tests.makers import Membership, Role
from tests.package_issuers import running_issuer
from tests.package_makers import a_wheel, publish, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
AUDIENCE = "testserver"


@pytest.fixture
def issuer(settings):
    with running_issuer() as found:
        settings.PACKAGES_OIDC_ISSUERS = [found.url]
        yield found


def mint(client, token):
    return client.post("/_/oidc/mint-token", json.dumps({"token": token}), content_type="application/json")


def a_publisher(cast, issuer, **facts) -> TrustedPublisher:
    if not Project.objects.exists():
        publish(cast.owner.actor)
    given = {"name": "trees", "issuer": issuer.url, "subject": "repo:owner/trees", **facts}
    return add_publisher(actor=cast.owner.actor, **given)


def test_an_identity_token_mints_an_upload_token_of_its_project(client, cast, issuer):
    a_publisher(cast, issuer)
    publish(cast.owner.actor, a_wheel("bushes"))
    audience = client.get("/_/oidc/audience").json()["audience"]

    minted = mint(client, issuer.token(audience)).json()

    assert minted["success"] is True
    assert 0 < minted["expires"] - time.time() <= 900
    assert send(client, minted["token"], a_wheel(version="2.0")).status_code == 200
    assert send(client, minted["token"], a_wheel("bushes", "2.0")).status_code == 403
    assert send(client, minted["token"], a_wheel("flowers")).status_code == 403
    AccessToken.objects.filter(name__startswith="Trusted").update(expires_at="2026-01-01T00:00:00Z")
    assert send(client, minted["token"], a_wheel(version="3.0")).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"sub": "repo:stranger/trees"},
        {"aud": "elsewhere.example.com"},
        {"exp": 1},
        {"exp": 10**12},
        {"exp": "soon"},
        {"nbf": 10**12},
        {"iss": "https://elsewhere.example.com"},
        {"environment": "test"},
        {"sub": None},
    ],
)
def test_a_token_with_other_claims_mints_nothing(client, cast, issuer, change):
    a_publisher(cast, issuer, claims={"environment": "release"})

    answer = mint(client, issuer.token(AUDIENCE, **{"environment": "release", **change}))

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["description"]
    assert not AccessToken.objects.filter(name__startswith="Trusted").exists()


def test_a_token_that_others_signed_or_that_was_used_mints_nothing(client, cast, issuer):
    a_publisher(cast, issuer)
    forged = issuer.token(AUDIENCE, key=RSAKey.generate_key(2048, {"kid": "one"}))
    header, payload, _signature = issuer.token(AUDIENCE).split(".")
    once = issuer.token(AUDIENCE)

    assert mint(client, forged).status_code == 403
    assert mint(client, f"{header}.{payload}.").status_code == 403
    assert mint(client, f"eyJhbGciOiJub25lIn0.{payload}.").status_code == 403
    assert mint(client, "nonsense").status_code == 403
    assert mint(client, None).json()["errors"][0]["code"] == "invalid-payload"
    assert [mint(client, once).status_code for _one in range(2)] == [200, 403]


def test_a_publisher_has_the_rights_of_who_added_it(client, cast, issuer):
    Membership.objects.filter(user=cast.member.user).update(role=Role.ADMIN)
    publish(cast.owner.actor)
    Project.objects.update(namespace=cast.organization)
    add_publisher(actor=cast.member.actor, name="trees", issuer=issuer.url, subject="repo:owner/trees")
    minted = mint(client, issuer.token(AUDIENCE, jti="1")).json()["token"]

    Membership.objects.filter(user=cast.member.user).delete()

    assert send(client, minted, a_wheel(version="2.0")).status_code == 403
    assert mint(client, issuer.token(AUDIENCE, jti="2")).status_code == 403


def test_an_owner_adds_and_removes_publishers(client, cast, issuer):
    publish(cast.owner.actor)
    browser, base = session_of(cast.owner), "/tools/trees/settings/publishers"
    form = {"issuer": issuer.url, "subject": "repo:owner/trees", "claims": "environment=release\nref = main"}

    browser.post(base, form)
    publisher = TrustedPublisher.objects.get()

    assert publisher.claims == {"environment": "release", "ref": "main"}
    assert browser.post(base, {**form, "claims": "nothing"}).status_code == 422
    assert browser.post(base, {**form, "issuer": "https://example.com"}).status_code == 422
    assert session_of(cast.stranger).post(base, form).status_code == 403
    body = json.dumps({"issuer": issuer.url, "subject": "other"})
    path = "/api/v1/packages/trees/publishers"
    made = client.post(path, body, content_type="application/json", headers=cast.owner.headers)
    assert (made.status_code, made.json()["added_by"]) == (201, "owner")
    assert client.delete(made["Location"], headers=cast.owner.headers).status_code == 204
    browser.post(f"{base}/{publisher.public_id}/remove")
    assert not TrustedPublisher.objects.exists()


def test_clients_discover_where_to_exchange_tokens(client):
    found = client.get("/.well-known/pytp?discover=%2Flegacy%2F").json()

    assert found["token-mint-endpoint"] == "http://testserver/_/oidc/mint-token"
    assert client.get("/.well-known/pytp?discover=%2Fother").status_code == 404
