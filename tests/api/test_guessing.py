"""Password and code guessing: attackers are blocked without locking out others."""

import concurrent.futures
import os
import re
import signal
import subprocess

import httpx2
import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from apps.core.web.rate_limits import client_address, client_ip
from apps.users.accounts import attempts
from apps.users.accounts.attempts import DEVICE_COOKIE, LIMITS, AttemptKey
from apps.users.accounts.models import User
from tests.api.test_accounts_second_factors import totp
from tests.conftest import ROOT, wait_until
from tests.makers import PASSWORD
from tests.pages import data_of

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def network(client):
    """Return browsers, each in a different network."""

    def browser(number: int):
        return type(client)(REMOTE_ADDR=f"198.51.{number // 250}.{number % 250 + 1}")

    return browser


def sign_in(browser, password: str = PASSWORD, login: str = "owner"):
    return browser.post("/login", {"login": login, "password": password})


def guess(browser, times: int, login: str = "owner") -> list[int]:
    return [sign_in(browser, f"wrong {number}", login).status_code for number in range(times)]


def test_guessing_does_not_lock_the_owner_out(cast, network):
    stranger, owner = network(1), network(2)

    answers = guess(stranger, 8)
    right = sign_in(stranger)

    assert answers == [200] * 5 + [429] * 3
    assert right.status_code == 429
    assert sign_in(owner).status_code == 302


def test_a_blocked_sign_in_states_the_wait_and_the_alternatives(cast, network):
    stranger = network(1)
    guess(stranger, 5)

    answer = sign_in(stranger)

    page = answer.content.decode()
    assert 0 < int(answer["Retry-After"]) <= 300
    assert data_of(page, "code") == ["TooManyAttempts"]
    assert 'href="/password/reset"' in page


def test_the_name_and_the_address_are_one_account(cast, network):
    stranger = network(1)

    answers = [*guess(stranger, 3), *guess(stranger, 3, "owner@example.com"), *guess(stranger, 1, "OWNER")]

    assert answers == [200] * 5 + [429] * 2


def test_a_network_that_tries_many_accounts_is_stopped(cast, network):
    stranger = network(1)

    answers = [guess(stranger, 1, f"person-{number}")[0] for number in range(22)]

    assert answers == [200] * 20 + [429] * 2
    assert sign_in(network(2)).status_code == 302


def test_the_right_password_counts_as_no_guess(cast, network):
    browser = network(1)

    for _round in range(6):
        assert sign_in(browser).status_code == 302
        browser.post("/logout")


def test_many_networks_at_one_account_are_stopped_but_not_a_known_browser(cast, network):
    owner = network(500)
    sign_in(owner)
    owner.post("/logout")

    answers = [code for number in range(21) for code in guess(network(number), 5)]
    new_browser = sign_in(network(400))

    assert answers == [200] * 100 + [429] * 5
    assert new_browser.status_code == 429
    assert data_of(new_browser.content.decode(), "code") == ["TooManyAttempts"]
    assert sign_in(owner).status_code == 302


def test_a_known_browser_cannot_guess_without_end(cast, network):
    browser = network(1)
    sign_in(browser)
    browser.post("/logout")

    assert guess(browser, 12) == [200] * 10 + [429] * 2
    assert sign_in(network(2)).status_code == 302


def test_a_browser_is_known_for_its_own_account_and_until_the_password_changes(cast, network):
    browser, facts = (
        network(1),
        {
            "oldpassword": PASSWORD,
            "password1": "another-long-passphrase",
            "password2": "another-long-passphrase",
        },
    )
    sign_in(browser)
    cookie = browser.cookies[DEVICE_COOKIE]
    other = network(1)
    other.cookies[DEVICE_COOKIE] = cookie.value
    elsewhere = guess(other, 7, "member")
    browser.post("/settings/password", facts)
    browser.post("/logout")

    afterwards = guess(browser, 7)

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert elsewhere == [200] * 5 + [429] * 2
    assert afterwards == [200] * 5 + [429] * 2


@pytest.mark.parametrize("value", ["", "x", "a:b:c", "eyJhY2NvdW50IjoidXNlcjoxIn0:1tAAAA:xxxx"])
def test_a_forged_cookie_makes_no_browser_known(cast, network, value):
    browser = network(1)
    browser.cookies[DEVICE_COOKIE] = value

    assert guess(browser, 7) == [200] * 5 + [429] * 2


def test_confirming_who_one_is_counts_as_guessing(cast, network):
    browser = network(1)
    browser.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    answers = [
        browser.post("/account/confirm-access", {"password": f"wrong {number}"}).status_code
        for number in range(7)
    ]

    assert answers == [200] * 5 + [429] * 2


@pytest.mark.parametrize(
    ("proxies", "peer", "sent", "client"),
    [
        (0, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (1, "192.0.2.1", "203.0.113.9", "203.0.113.9"),
        (1, "192.0.2.1", "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "192.0.2.1", "10.0.0.1, 203.0.113.9, 192.0.2.2", "203.0.113.9"),
        (2, "192.0.2.1", "203.0.113.9", "203.0.113.9"),
        (1, "192.0.2.1", "", "192.0.2.1"),
        (1, "192.0.2.1", "nonsense", "192.0.2.1"),
        (1, "192.0.2.1", "203.0.113.9:5123", "203.0.113.9"),
        (1, "192.0.2.1", "[2001:db8::1]:5123", "2001:db8::1"),
        (0, "", "203.0.113.9", "203.0.113.9"),
        (0, "", "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (1, "", "10.0.0.1, 203.0.113.9, 192.0.2.2", "203.0.113.9"),
        (0, "", "", "127.0.0.1"),
        (0, "", "nonsense", "0.0.0.0"),
        (0, "::ffff:192.0.2.1", "", "192.0.2.1"),
    ],
)
def test_the_client_address_comes_from_trusted_proxies(rf, settings, proxies, peer, sent, client):
    settings.TRUSTED_PROXY_COUNT = proxies

    assert client_ip(rf.get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=sent)) == client


def test_all_addresses_of_an_ipv6_network_are_counted_as_one(rf):
    assert client_address(rf.get("/", REMOTE_ADDR="2001:db8:1:2:3::4")) == "2001:db8:1:2::/64"


def test_a_forged_forwarding_header_gives_no_further_guesses(client, cast):
    answers = [
        client.post(
            "/login",
            {"login": "owner", "password": "wrong"},
            headers={"x-forwarded-for": f"203.0.113.{number}"},
        ).status_code
        for number in range(7)
    ]

    assert answers == [200] * 5 + [429] * 2


def test_mail_names_the_address_from_trusted_proxies(client, cast, settings, mailoutbox):
    settings.TRUSTED_PROXY_COUNT = 2  # django-allauth itself would fail on fewer hops

    client.post(
        "/login", {"login": "owner", "password": PASSWORD}, headers={"x-forwarded-for": "203.0.113.9"}
    )
    facts = {
        "oldpassword": PASSWORD,
        "password1": "another-long-passphrase",
        "password2": "another-long-passphrase",
    }
    client.post("/settings/password", facts, headers={"x-forwarded-for": "203.0.113.9"})

    assert "203.0.113.9" in mailoutbox[-1].body


class Attacker:
    """An attacker over real HTTP."""

    def __init__(self, url: str, **ways) -> None:
        self.http = httpx2.Client(base_url=url, timeout=60, **ways)
        page = self.http.get("/login").text
        self.guard = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]

    def post(self, path: str, **facts: str):
        return self.http.post(path, data={**facts, "csrfmiddlewaretoken": self.guard})

    def sign_in(self):
        return self.post("/login", login="owner", password=PASSWORD)

    def is_in(self) -> bool:
        return self.http.get("/settings/profile").status_code == 200


@pytest.fixture
def socket_path(site, live_cast, tmp_path):
    """A second web server on the test's database, behind a Unix socket."""
    path = tmp_path / "web.sock"
    command = [*site.command, "--bind", f"unix:{path}"]
    server = subprocess.Popen(
        command, cwd=ROOT, env=site.environment, stderr=subprocess.DEVNULL, start_new_session=True
    )
    wait_until(path.is_socket, seconds=60, what="the socket")
    yield path
    os.killpg(server.pid, signal.SIGTERM)
    server.wait()


@pytest.mark.django_db(transaction=True)
def test_behind_a_unix_socket_the_client_address_comes_from_the_front_server(site, socket_path):
    cache.clear()

    def guesses(network: str) -> list[int]:
        # the entry of the client itself comes first
        ways = [{"x-forwarded-for": f"10.0.0.{number}, {network}"} for number in range(11)]
        attacker = Attacker(site.url, transport=httpx2.HTTPTransport(uds=str(socket_path)), headers=ways[0])
        answers = []
        for way in ways:
            attacker.http.headers.update(way)
            answers.append(attacker.post("/login", login="owner", password="wrong").status_code)
        return answers

    first, second = guesses("203.0.113.5"), guesses("203.0.113.6")

    assert first[-1] == 429  # at the latest after two windows of five
    assert second[0] == 200


@pytest.fixture
def two_factor_owner(site, live_cast) -> User:
    """The owner with an authenticator app and recovery codes, on the running site."""
    cache.clear()
    owner = User.objects.get(username="owner")
    Authenticator.objects.create(user=owner, type="totp", data={"secret": get_adapter().encrypt(SECRET)})
    Authenticator.objects.create(
        user=owner, type="recovery_codes", data={"seed": get_adapter().encrypt("a" * 40), "used_mask": 0}
    )
    return owner


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["{:06}", "{:08}"])
def test_brute_force_of_codes_ends_after_a_few_and_then_the_right_one_is_of_no_use(
    site, two_factor_owner, form
):
    """form  of the guesses: codes of an app, recovery codes"""
    attackers = [Attacker(site.url) for _browser in range(4)]
    assert all(attacker.sign_in().status_code == 302 for attacker in attackers)

    def play(attacker) -> list[int]:
        return [
            attacker.post("/login/second-factor", code=form.format(number)).status_code
            for number in range(25)
        ]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = [code for codes in pool.map(play, attackers) for code in codes]

    looked_at = answers.count(200)
    number, _seconds = LIMITS[AttemptKey.CODE].by_account_and_network
    assert looked_at + answers.count(429) == 100
    assert looked_at <= 2 * number  # twice, in case a window ends during the attack
    if looked_at <= number:
        recovery = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
        for code in (totp(SECRET), recovery):
            answer = attackers[0].post("/login/second-factor", code=code)
            assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    assert not any(attacker.is_in() for attacker in attackers)


@pytest.mark.django_db(transaction=True)
def test_brute_force_of_a_password_on_the_running_site_is_counted_before_it_is_looked_at(site, live_cast):
    cache.clear()
    attacker = Attacker(site.url)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda number: attacker.post("/login", login="owner", password=f"wrong {number}").status_code,
                range(24),
            )
        )

    number, _seconds = LIMITS[AttemptKey.PASSWORD].by_account_and_network
    assert answers.count(200) <= 2 * number
    assert answers.count(429) >= 24 - 2 * number


def test_a_code_may_be_guessed_by_others_without_keeping_the_owner_out(cast, network):
    owner = cast.owner.user
    Authenticator.objects.create(user=owner, type="totp", data={"secret": get_adapter().encrypt(SECRET)})
    stranger, browser = network(1), network(2)
    for one in (stranger, browser):
        sign_in(one)

    answers = [
        stranger.post("/login/second-factor", {"code": f"{number:06}"}).status_code for number in range(7)
    ]
    browser.post("/login/second-factor", {"code": totp(SECRET)})

    assert answers == [200] * 5 + [429] * 2
    assert browser.get("/settings/profile").status_code == 200


def test_one_network_alone_never_uses_the_count_of_an_account_up():
    for limits in attempts.LIMITS.values():
        number, seconds = limits.by_account_and_network
        most, window = limits.by_account
        assert window % seconds == 0
        assert number * (window // seconds) < most
