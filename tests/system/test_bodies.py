"""Bodies above the limit of their route, sent to a real web server, are refused before they are read.

Most go to the socket of the web server: the front server forwards a request only after 1 MiB of its body.
"""

import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from django.conf import settings

from apps.core.web.bodies import FORM_LIMIT_BYTES
from tests.makers import a_repo, a_token

MIB = 1 << 20
SENT = 160 * MIB
FILE = (
    b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n"
)
FORM = "Content-Type: multipart/form-data; boundary=x"


@pytest.fixture
def connection(site):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(site.environment["WEB_SOCKET"])
        yield connection


def begin(connection: socket.socket, line: str, *headers: str) -> None:
    connection.sendall("\r\n".join([f"{line} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode())


def largest_spooled_file() -> int:
    """Return the size of the largest spooled file of a form so far."""
    places = [*Path(tempfile.gettempdir()).glob("*.upload*"), *Path(settings.SPOOL_ROOT).glob("*")]
    return max((os.stat(file).st_size for file in places if file.exists()), default=0)


def send(connection: socket.socket, head: bytes, *, chunked: bool = False) -> tuple[int, int]:
    """Send a file of a form until the server disconnects; return the bytes sent and the most spooled."""
    sent, most, block = 0, 0, bytes(MIB)
    frame = (lambda data: b"%x\r\n%s\r\n" % (len(data), data)) if chunked else bytes
    try:
        connection.sendall(frame(head))
        while sent < SENT:
            connection.sendall(frame(block))
            sent, most = sent + len(block), max(most, largest_spooled_file())
    except (BrokenPipeError, ConnectionResetError):
        pass
    return sent, most


def status(connection: socket.socket) -> int:
    return int(connection.recv(65_536).split()[1])


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/signup",
        "/verify",
        "/password/reset",
        "/account/confirm-access",
        "/mfa/keys/new",
        "/new/model",
        "/owner/x/settings/rename",
    ],
)
def test_a_form_with_a_long_file_is_refused_unread(connection, path):
    begin(
        connection,
        f"POST {path}",
        FORM,
        f"Content-Length: {SENT + len(FILE)}",
        "Cookie: csrftoken=" + "a" * 32,
    )
    assert status(connection) == 413

    sent, most = send(connection, FILE)

    assert sent < SENT
    assert most < MIB


@pytest.mark.parametrize(
    ("kind", "head", "expected"),
    [(FORM, FILE, 403), ("Content-Type: application/x-www-form-urlencoded", b"a=", 413)],
)
def test_a_form_of_unknown_length_is_cut_off_where_it_grows_too_long(connection, kind, head, expected):
    begin(connection, "POST /login", kind, "Transfer-Encoding: chunked", "Cookie: csrftoken=" + "a" * 32)

    sent, most = send(connection, head, chunked=True)

    assert sent < SENT
    assert most <= FORM_LIMIT_BYTES
    assert status(connection) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/owner/x.git/git-receive-pack",
        "/api/models/owner/x/commit/main",
        "/api/v1/repos/model/owner/x/commits",
    ],
)
def test_the_csrf_check_does_not_read_uploads(connection, path):
    begin(
        connection,
        f"POST {path}",
        FORM,
        f"Content-Length: {12 * MIB}",
        "Cookie: sessionid=x; csrftoken=" + "a" * 32,
    )
    connection.sendall(FILE)

    assert status(connection) == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_get_request_has_no_long_body(connection, method):
    begin(connection, f"{method} /models", f"Content-Length: {SENT}")

    assert status(connection) == 413


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/repos/move", "application/json"),
        ("/owner/x.git/info/lfs/locks", "application/vnd.git-lfs+json"),
        ("/xet/v1/xorb-grants/default/" + "0" * 64, "application/json"),
        ("/api/v1/repos", "application/problem+json"),
        ("/login", "text/html; charset=utf-8"),
    ],
)
def test_the_refusal_has_the_format_of_its_protocol(site, path, kind):
    answer = requests.post(site.url + path, data=bytes(2 * MIB), timeout=30)

    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == kind


def test_a_refused_body_is_not_taken_for_the_next_request(connection):
    hidden = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    begin(connection, "POST /login", "Content-Type: text/plain", f"Content-Length: {2 * MIB}")
    connection.sendall(hidden)
    assert status(connection) == 413

    said = b""
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(hidden * 100)
        while block := connection.recv(65_536):
            said += block

    assert b"HTTP/1.1 200" not in said


def test_uploads_are_still_accepted(site, live_cast):
    repo, token = a_repo(live_cast.owner), a_token(live_cast.owner.user)
    headers = {"Authorization": f"Bearer {token}"}

    put = requests.put(
        f"{site.url}/api/v1/repos/model/{repo.address.id}/files/a.bin",
        data=bytes(5 * MIB),
        headers=headers,
        timeout=60,
    )

    assert put.status_code == 201
