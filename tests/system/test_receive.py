"""Bodies received by a real web server in any pieces do not disturb the following requests."""

import hashlib
import http.client
import json
import os
import socket
import time

import pytest
import requests

from apps.registry.blobs.models import RepoObject
from tests.makers import a_repo, a_token

GOOD = json.dumps({"content": "---\nlicense: mit\n---\n", "repoType": "model"}).encode()
EMPTY_ANSWER = {"errors": [], "warnings": []}


@pytest.fixture
def connection(site):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(site.environment["WEB_SOCKET"])
        yield connection


def head(path: str, *lines: str, body: bytes = GOOD) -> bytes:
    return "\r\n".join(
        [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *lines, "", ""]
    ).encode()


def answer(connection: socket.socket) -> tuple[int, object]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, json.loads(response.read() or b"null")


def test_pipelined_requests_are_answered_one_by_one(connection):
    kind = "Content-Type: application/json"
    connection.sendall(
        head("/api/validate-yaml", kind) + GOOD + head("/api/validate-yaml", kind, "Connection: close") + GOOD
    )

    received = b"".join(iter(lambda: connection.recv(65536), b""))

    assert received.count(b"HTTP/1.1 200 OK") == received.count(json.dumps(EMPTY_ANSWER).encode()) == 2


def test_a_body_in_small_pieces_is_read_completely(connection):
    connection.sendall(head("/api/validate-yaml", "Content-Type: application/json"))
    for at in range(0, len(GOOD), 7):
        connection.sendall(GOOD[at : at + 7])
        time.sleep(0.005)
    assert answer(connection) == (200, EMPTY_ANSWER)

    connection.sendall(head("/api/validate-yaml", "Content-Type: application/json") + GOOD)
    assert answer(connection) == (200, EMPTY_ANSWER)


def test_a_chunked_body_is_read_completely(site):
    chunks = (GOOD[at : at + 9] for at in range(0, len(GOOD), 9))
    sent = requests.post(
        f"{site.url}/api/validate-yaml", data=chunks, headers={"Content-Type": "application/json"}, timeout=30
    )
    assert sent.json() == EMPTY_ANSWER


def test_an_unread_body_is_not_taken_for_the_next_request(connection):
    connection.sendall(head("/api/repos/create", "Content-Type: application/json") + GOOD)
    assert answer(connection)[0] == 401
    connection.sendall(head("/api/validate-yaml", "Content-Type: application/json") + GOOD)
    assert answer(connection) == (200, EMPTY_ANSWER)


def test_only_a_complete_object_is_stored(site, live_cast, connection):
    repo, token = a_repo(live_cast.owner), a_token(live_cast.owner.user)
    data = os.urandom(5_300_007)
    oid = hashlib.sha256(data).hexdigest()
    body = {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": oid, "size": len(data)}]}
    headers = {"Authorization": f"Bearer {token}"}
    batch = requests.post(
        f"{site.url}/{repo.address.path}.git/info/lfs/objects/batch", json=body, headers=headers, timeout=30
    ).json()
    address = batch["objects"][0]["actions"]["upload"]["href"]

    line = head(address.removeprefix(site.url), body=data).replace(b"POST", b"PUT", 1)
    connection.sendall(line + data[:4_000_000])
    connection.shutdown(socket.SHUT_WR)
    assert answer(connection)[0] == 400
    assert not RepoObject.objects.exists()

    assert requests.put(address, data=data, timeout=30).status_code == 200
    assert RepoObject.objects.get().size == len(data)
