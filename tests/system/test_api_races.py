"""Requests to the REST API of a real web server at the same time, and requests that are cut off."""

import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests

from apps.core.idempotency.models import StoredResponse
from apps.registry.repos.models import Repo
from tests.makers import a_repo, a_token

AT_ONCE = 6


@pytest.fixture
def call(site, live_cast):
    """Send a request of the owner, and return the response."""
    token = a_token(live_cast.owner.user)

    def send(method, path, body=None, **headers):
        given = {"Authorization": f"Bearer {token}", **headers}
        return requests.request(method, f"{site.url}/api/v1{path}", json=body, headers=given, timeout=30)

    return send


def at_once(act, count=AT_ONCE):
    """Return the responses of several threads that start together."""
    barrier = Barrier(count)

    def start(number):
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


def test_a_post_sent_several_times_at_once_under_one_key_is_done_once(call):
    key = {"Idempotency-Key": "one-key"}

    responses = at_once(lambda _number: call("POST", "/repos", {"name": "new"}, **key))
    replay = call("POST", "/repos", {"name": "new"}, **key)

    assert Repo.objects.count() == 1
    assert {response.status_code for response in responses} <= {201, 409}
    assert {one.json()["code"] for one in responses if one.status_code == 409} <= {"IdempotencyKeyInUse"}
    assert len({one.text for one in responses if one.status_code == 201} | {replay.text}) == 1
    assert replay.headers["Idempotency-Replayed"] == "true"


def test_one_of_several_changes_with_the_same_condition_wins(call, live_cast):
    a_repo(live_cast.owner)
    path = "/repos/model/owner/tiny"
    seen = {"If-Match": call("GET", path).headers["ETag"]}

    responses = at_once(lambda _number: call("PATCH", path, {"is_private": True}, **seen))

    statuses = [response.status_code for response in responses]
    assert (statuses.count(200), statuses.count(412)) == (1, AT_ONCE - 1)
    assert call("GET", path).json()["is_private"]


def test_one_of_several_creations_of_a_name_wins(call):
    responses = at_once(lambda _number: call("POST", "/repos", {"name": "new"}))

    statuses = [response.status_code for response in responses]
    assert (statuses.count(201), statuses.count(409)) == (1, AT_ONCE - 1)
    assert {one.json()["code"] for one in responses if one.status_code == 409} == {"NameTaken"}


def test_the_answer_to_a_body_that_was_cut_off_is_not_kept(site, call, live_cast):
    body, token = json.dumps({"name": "new"}).encode(), a_token(live_cast.owner.user)
    head = (
        "POST /api/v1/repos HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nIdempotency-Key: k\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(site.environment["WEB_SOCKET"])
        connection.sendall(head.encode() + body[:-3])
        connection.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(connection)
        response.begin()

    assert response.status == 400
    assert not StoredResponse.objects.exists()
    again = requests.post(
        f"{site.url}/api/v1/repos",
        data=body,
        headers={
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": "k",
            "Content-Type": "application/json",
        },
        timeout=30,
    )
    assert again.status_code == 201
