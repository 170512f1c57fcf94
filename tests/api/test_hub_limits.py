"""Rate limits, and cross-origin requests."""

import time

import pytest
from huggingface_hub.utils import parse_ratelimit_headers
from redis.exceptions import ConnectionError as NoValkey

from apps.core.web import rate_limits
from tests.api.hub import Hub, refusal
from tests.makers import a_repo


@pytest.fixture
def low_limits(settings):
    settings.RATE_LIMITS = {
        "api": {"anonymous": 2, "signed_in": 3},
        "resolvers": {"anonymous": 1, "signed_in": 2},
    }


def test_too_many_requests_are_429_with_the_time_to_wait(cast, low_limits):
    answers = [Hub().get("/api/models") for _number in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    found = parse_ratelimit_headers(answers[-1].headers)
    assert (found.resource_type, found.remaining, found.limit, found.window_seconds) == ("api", 0, 2, 300)
    assert 0 < found.reset_in_seconds <= 300
    assert refusal(answers[-1]) == (429, "TooManyRequests")
    assert answers[-1]["Retry-After"] == str(found.reset_in_seconds)
    assert parse_ratelimit_headers(answers[0].headers).remaining == 1


def test_people_are_counted_by_themselves_with_all_their_tokens(cast, low_limits):
    for _number in range(3):
        assert Hub(cast.owner).get("/api/models").status_code == 200

    assert Hub(cast.owner).get("/api/models").status_code == 429
    assert Hub(cast.member).get("/api/models").status_code == 200
    assert Hub().get("/api/models").status_code == 200


def test_files_are_counted_apart_from_the_rest(cast, low_limits):
    repo = a_repo(owner=cast.owner, name="tiny")
    address = f"/{repo.address.id}/resolve/main/.gitattributes"

    assert [Hub().get(address).status_code for _number in range(2)] == [200, 429]
    assert Hub().get("/api/models/owner/tiny").status_code == 200


def test_addresses_behind_a_trusted_proxy_are_counted_apart(cast, low_limits, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    for _number in range(3):
        last = Hub().get("/api/models", X_Forwarded_For="203.0.113.9, 192.0.2.1")

    assert last.status_code == 429
    assert Hub().get("/api/models", X_Forwarded_For="203.0.113.9, 192.0.2.2").status_code == 200


def test_forwarding_headers_do_not_count_without_a_trusted_proxy(cast, low_limits):
    answers = [Hub().get("/api/models", X_Forwarded_For=f"192.0.2.{number}") for number in range(3)]

    assert answers[-1].status_code == 429


def test_addresses_of_one_network_are_one(rf):
    one, other = (
        rate_limits.client_address(rf.get("/", REMOTE_ADDR=f"2001:db8:1:1::{end}")) for end in (1, 2)
    )

    assert one == other == "2001:db8:1:1::/64"


def test_pages_are_not_counted_and_no_limit_is_no_header(cast, low_limits, settings):
    assert "RateLimit" not in Hub().get("/models")
    settings.RATE_LIMITS = {"api": {"anonymous": 0, "signed_in": 0}}
    assert "RateLimit" not in Hub().get("/api/models")


def test_without_valkey_requests_are_not_limited(cast, low_limits, monkeypatch):
    def away(*_arguments, **_options):
        raise NoValkey

    monkeypatch.setattr("limits.strategies.SlidingWindowCounterRateLimiter.hit", away)

    assert [Hub().get("/api/models").status_code for _number in range(4)] == [200] * 4


ASK = {"Origin": "https://app.example.com", "Access_Control_Request_Method": "GET"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/models/owner/hidden",
        "/owner/hidden/resolve/main/a",
        "/xet/v1/reconstructions/0",
        "/oauth/token",
        "/api/v1/repos",
    ],
)
def test_preflight_requests_are_answered_before_any_policy(cast, path):
    answer = Hub().send("OPTIONS", path, Access_Control_Request_Headers="authorization,range", **ASK)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert set(answer["Access-Control-Allow-Headers"].split(", ")) == {"*", "Authorization"}
    assert "PATCH" in answer["Access-Control-Allow-Methods"].split(", ")
    assert answer["Access-Control-Max-Age"] == "7200"
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_script_may_read_the_headers_of_answers_and_of_refusals(cast):
    a_repo(owner=cast.owner, name="tiny")

    for path in ("/owner/tiny/resolve/main/.gitattributes", "/owner/tiny/resolve/main/absent"):
        answer = Hub().get(path, Origin="https://app.example.com")
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert {"X-Repo-Commit", "X-Error-Code", "ETag", "Content-Range"} <= set(
            answer["Access-Control-Expose-Headers"].split(", ")
        )


def test_only_configured_origins_are_allowed(cast, settings):
    settings.CORS_ALLOW_ALL_ORIGINS, settings.CORS_ALLOWED_ORIGINS = False, ["https://app.example.com"]

    assert (
        Hub().get("/api/models", Origin="https://app.example.com")["Access-Control-Allow-Origin"]
        == "https://app.example.com"
    )
    assert "Access-Control-Allow-Origin" not in Hub().get("/api/models", Origin="https://other.example.com")


@pytest.mark.parametrize("path", ["/models", "/settings/tokens", "/oauth/authorize"])
def test_pages_are_open_to_no_other_site(cast, path):
    assert "Access-Control-Allow-Origin" not in Hub().send("OPTIONS", path, **ASK)


def test_twice_the_limit_cannot_be_sent_around_the_end_of_a_window(cast):
    first = [rate_limits.count("address:192.0.2.1", "burst", 8, seconds=2) for _number in range(9)]
    time.sleep(2.1)
    second = [rate_limits.count("address:192.0.2.1", "burst", 8, seconds=2) for _number in range(9)]

    assert [state.is_exceeded for state in first] == [False] * 8 + [True]
    assert sum(not state.is_exceeded for state in second) <= 4


def test_an_attempt_that_was_taken_back_counts_no_longer(cast):
    for _number in range(5):
        rate_limits.uncount(rate_limits.count_attempt("device:a", "attempts", 2, seconds=60))

    states = [rate_limits.count_attempt("device:a", "attempts", 2, seconds=60) for _number in range(3)]
    assert [(state.remaining, state.is_exceeded) for state in states] == [(1, False), (0, False), (0, True)]
