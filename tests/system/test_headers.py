"""Control characters in requests: a real server refuses to send them in headers, so none may be set."""

import socket

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from apps.core.web.headers import header_text, sanitize_headers
from tests.makers import a_repo

CONTROLS = [f"%{number:02x}" for number in (*range(1, 32), 127)]
ADDRESSES = [
    "/owner/tiny/resolve/main/{}",
    "/owner/tiny/resolve/{}/a.txt",
    "/owner/tiny/raw/main/{}",
    "/owner/{}/resolve/main/a.txt",
    "/api/models/owner/tiny/tree/{}",
    "/api/models/owner/tiny/tree/main/{}",
    "/api/models/owner/tiny/revision/{}",
    "/api/models/owner/{}",
    "/api/{}",
    "/owner/tiny.git/info/lfs/{}",
    "/owner/{}.git/info/refs?service=git-upload-pack",
    "/xet/v1/reconstructions/{}",
    "/api/v1/repos/model/owner/tiny/files/{}",
    "/api/v1/people/{}",
    "/owner/tiny/tree/main/{}",
    "/owner/tiny/blob/{}/x",
    "/{}/tiny",
    "/login?next=/{}",
    "/models?search={}&cursor={}",
    "/api/models?search={}&limit=1",
]


def answer(address: tuple[str, int], target: str) -> bytes:
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("template", ADDRESSES)
def test_control_characters_in_paths_cause_no_server_error(site, live_cast, template):
    a_repo(live_cast.owner, "tiny")
    address = ("127.0.0.1", int(site.url.rsplit(":", 1)[1]))

    heads = {
        control: answer(address, template.replace("{}", control)).split(b"\r\n\r\n")[0]
        for control in (*CONTROLS, "%0d%0aX-Evil:%201")
    }

    faults = {control: head for control, head in heads.items() if not b"200" <= head.split()[1] < b"500"}
    assert faults == {}
    assert not any(b"\nX-Evil" in head for head in heads.values())
    assert all(b"X-Request-Id: " in head for head in heads.values())


def test_a_client_request_id_is_used_only_if_it_is_a_valid_header_value(site):
    address = ("127.0.0.1", int(site.url.rsplit(":", 1)[1]))
    for sent in ("a\tb", "\x7f", "ünï", "x" * 300):
        with socket.create_connection(address, timeout=60) as connection:
            connection.sendall(
                "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                f"X-Request-Id: {sent}\r\n\r\n".encode()
            )
            head = b"".join(iter(lambda: connection.recv(65_536), b"")).split(b"\r\n\r\n")[0]
        assert head.split()[1] in (b"200", b"400")
        assert sent.encode() not in head


@pytest.mark.parametrize(
    "path",
    [
        "/models",
        "/api/models",
        "/settings",
        "/api/v1/me",
        "/owner/tiny.git/info/refs?service=git-upload-pack",
    ],
)
def test_a_cookie_with_an_escaped_nul_is_refused(site, path):
    address = ("127.0.0.1", int(site.url.rsplit(":", 1)[1]))
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(
            (
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                'Cookie: sessionid="aaaaaaaaaa\\000b"\r\n\r\n'
            ).encode()
        )
        assert connection.recv(65_536).split()[1] == b"400"


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("plain", "plain"),
        ("a\x01b\x7f", "a?b?"),
        ("a\r\nX-Evil: 1", "a X-Evil: 1"),
        ("“quoted” … 中", '"quoted" ... ?'),
        ("x" * 5000, "x" * 600),
    ],
)
def test_header_text_makes_any_text_a_valid_header_value(text, header):
    assert header_text(text) == header


def test_unchecked_header_values_are_sanitized():
    def view(request):
        return HttpResponse(headers={"X-Name": "a\x01b", "X-Latin": "ä", "Location": "/a\x1b"})

    response = sanitize_headers(view)(RequestFactory().get("/"))

    assert (response["X-Name"], response["Location"]) == ("a?b", "/a?")
