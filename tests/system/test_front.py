"""The front server: slow clients do not block others, and it sends stored bytes for the web server."""

import gzip
import hashlib
import http.client
import random
import re
import socket
import ssl
import stat
import time
from urllib.parse import urlsplit

import pytest
import requests
from huggingface_hub import HfApi, constants

from tests.conftest import free_port, wait_until
from tests.system.box import TestBox

pytestmark = pytest.mark.slow
BOX_SETTINGS = {"RATE_LIMIT_API_ANONYMOUS": "1000"}
STALLED = 200
UPWARDS = tuple(
    f"/static/{up}secrets/secret_key"
    for up in ("../", "%2e%2e/", "..%2f", "..%5c", "/../", "x/../../", "%2e%2e%2f", "..;/")
)
# far above the latency of a page on a busy machine, far below the minutes for which clients stall
TIMEOUT_SECONDS = 20
DATA = random.Random(1).randbytes(3 << 20)


@pytest.fixture(scope="module")
def file(box) -> str:
    """URL of a file that is stored as an object."""
    [token] = box.people("owner")
    hub = HfApi(endpoint=box.url, token=token)
    hub.create_repo("owner/model")
    hub.upload_file(path_or_fileobj=b"# A model\n", path_in_repo="README.md", repo_id="owner/model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        hub.upload_file(path_or_fileobj=DATA, path_in_repo="weights.bin", repo_id="owner/model")
    return f"{box.url}/owner/model/resolve/main/weights.bin"


def open_stalled_connection(box: TestBox, number: int) -> socket.socket:
    """Open a connection that stalls: after one byte, in a header, in a form or in an upload."""
    host = f"Host: 127.0.0.1:{box.port}\r\n"
    begun = [
        "G",
        f"GET /healthz HTTP/1.1\r\n{host}X-Slow: ",
        f"POST /login HTTP/1.1\r\n{host}Content-Length: 1000\r\n\r\nabcdef",
        f"POST /api/models/owner/model/commit/main HTTP/1.1\r\n{host}Content-Length: 100000000\r\n\r\nabcdef",
    ]
    connection = socket.create_connection(("127.0.0.1", box.port))
    connection.sendall(begun[number % len(begun)].encode())
    return connection


def test_two_hundred_stalled_clients_leave_every_page_answering(box, file):
    clients = [open_stalled_connection(box, number) for number in range(STALLED)]
    try:
        time.sleep(1)
        for _round in range(3):
            for path in ("/healthz", "/owner/model", "/login"):
                assert requests.get(box.url + path, timeout=TIMEOUT_SECONDS).status_code == 200
            for client in clients[1::4]:
                client.sendall(b"a")
    finally:
        for client in clients:
            client.close()


def test_a_request_that_never_gets_beyond_its_headers_is_ended(box):
    with open_stalled_connection(box, 0) as client:
        client.settimeout(60)

        assert client.recv(1000).startswith((b"HTTP/1.1 408", b"HTTP/1.1 400", b""))


def test_a_killed_front_server_restarts(box):
    killed = box.part("Caddyfile")

    killed.kill()

    wait_until(lambda: box.has_part("Caddyfile", other_than=killed), what="a new front server")
    wait_until(box.is_up, what="an answer")


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        ({}, 200, DATA),
        ({"Range": "bytes=100-199"}, 206, DATA[100:200]),
        ({"Range": "bytes=-7"}, 206, DATA[-7:]),
        ({"Range": "bytes=3000000-"}, 206, DATA[3000000:]),
        ({"Range": "bytes=0-1,5-6"}, 200, DATA),
        ({"Range": "bytes=0-9", "If-Range": '"another"'}, 200, DATA),
        ({"If-None-Match": f'"{hashlib.sha256(DATA).hexdigest()}"'}, 304, b""),
        ({"Range": f"bytes={len(DATA)}-"}, 416, None),
    ],
)
def test_the_front_server_sends_stored_bytes_for_the_web_server(box, file, headers, status, expected):
    answer = requests.get(file, headers={"Accept-Encoding": "identity", **headers}, timeout=TIMEOUT_SECONDS)

    assert answer.status_code == status
    assert expected is None or answer.content == expected
    assert not [name for name in answer.headers if name.lower().startswith("x-accel")]
    if status in (200, 206):
        assert answer.headers["ETag"] == f'"{hashlib.sha256(DATA).hexdigest()}"'
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert int(answer.headers["Content-Length"]) == len(expected)


def test_the_web_server_delegates_stored_bytes(box, file):
    with socket.socket(socket.AF_UNIX) as direct:
        direct.connect(str(box.folder / "run" / "web.sock"))
        target = urlsplit(file)
        direct.sendall(
            f"GET {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: direct.recv(65536), b""))
    assert re.search(rb"(?i)x-accel-redirect: /\.objects/", answer)
    assert answer.endswith(b"\r\n\r\n")
    assert requests.head(file, timeout=TIMEOUT_SECONDS).headers["Content-Length"] == str(len(DATA))


def test_the_object_folder_has_no_public_url(box, file):
    names = [
        path for path in (box.folder / "objects").rglob("*") if path.is_file() and path.read_bytes() == DATA
    ]
    assert names

    for name in names:
        inner = name.relative_to(box.folder / "objects")
        for path in (f"/.objects/{inner}", f"/objects/{inner}", f"/static/../objects/{inner}", *UPWARDS):
            connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=TIMEOUT_SECONDS)
            connection.request("GET", path)
            assert connection.getresponse().status in (400, 404)


def test_a_private_file_is_sent_to_its_owner_alone(box):
    tokens = box.people("holder", "stranger")
    hub = HfApi(endpoint=box.url, token=tokens[0])
    hub.create_repo("holder/own", private=True)
    hub.upload_file(path_or_fileobj=DATA, path_in_repo="weights.bin", repo_id="holder/own")
    url = f"{box.url}/holder/own/resolve/main/weights.bin"

    answers = [
        requests.get(url, headers=headers, timeout=TIMEOUT_SECONDS)
        for headers in ({}, *({"Authorization": f"Bearer {t}"} for t in tokens))
    ]

    assert [answer.status_code for answer in answers] == [401, 200, 404]
    assert answers[1].content == DATA


def test_pages_are_compressed_and_files_are_not(box, file):
    page = requests.get(f"{box.url}/models", headers={"Accept-Encoding": "gzip"}, timeout=TIMEOUT_SECONDS)
    text = requests.get(
        f"{box.url}/owner/model/resolve/main/README.md",
        headers={"Accept-Encoding": "gzip"},
        timeout=TIMEOUT_SECONDS,
    )

    assert page.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in text.headers
    assert text.content == b"# A model\n"


def test_a_client_cannot_choose_its_rate_limited_address(box):
    left = []
    for hop in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        answer = requests.get(
            f"{box.url}/api/models", headers={"X-Forwarded-For": hop}, timeout=TIMEOUT_SECONDS
        )
        left.append(int(re.search(r"r=(\d+)", answer.headers["RateLimit"])[1]))

    assert left[0] - 2 == left[1] - 1 == left[2]


def test_requests_wait_while_the_web_server_restarts(box):
    master = box.part("ecosystem.wsgi")

    master.kill()
    time.sleep(0.2)

    assert requests.get(f"{box.url}/healthz", timeout=40).status_code in (200, 503)
    wait_until(box.is_up, seconds=40, what="the web server")


def test_stored_files_are_not_readable_by_other_users(box, file):
    open_to_others = [
        path
        for path in [
            *box.folder.iterdir(),
            *(box.folder / "logs").iterdir(),
            *(box.folder / "secrets").iterdir(),
            *(box.folder / "repositories").rglob("*"),
        ]
        if not path.name.startswith("postgres-") and not path.is_symlink() and path.stat().st_mode & 0o077
        if path.name != "up.log"
    ]

    assert open_to_others == []
    assert stat.S_IMODE(box.folder.stat().st_mode) & 0o076 == 0


def test_readable_files_of_older_versions_are_closed_at_the_next_start(tmp_path):
    box = TestBox(tmp_path / "d", options=("--without-ml",))
    for name in ("logs", "secrets", "repositories", "objects"):
        (box.folder / name).mkdir(parents=True)
    (box.folder / "logs" / "web.log").write_text("a link that signs somebody in\n")
    for path in (box.folder, *box.folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)

    box.start()
    box.stop()

    assert [
        path.name
        for path in box.folder.iterdir()
        if path.is_dir() and not path.name.startswith("postgres-") and path.stat().st_mode & 0o077
    ] == []
    assert stat.S_IMODE((box.folder / "logs" / "web.log").stat().st_mode) == 0o600


def test_printed_mail_goes_into_a_file_of_its_own(box):
    box.people("forgetful", password="a-long-test-passphrase")
    with requests.Session() as browser:
        browser.get(f"{box.url}/password/reset", timeout=TIMEOUT_SECONDS)
        form = {"email": "forgetful@example.com", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post(f"{box.url}/password/reset", data=form, timeout=TIMEOUT_SECONDS)

    mail = box.folder / "logs" / "mail.log"
    wait_until(lambda: mail.exists() and "/password/reset/" in mail.read_text(), what="the mail")
    assert stat.S_IMODE(mail.stat().st_mode) == 0o600
    assert "/password/reset/2" not in (box.folder / "logs" / "web.log").read_text()


@pytest.mark.parametrize("folder", ["/proc/none", "/dev/null"])
def test_an_unusable_data_folder_is_reported_without_a_traceback(tmp_path, folder):
    box = TestBox(tmp_path / "d", settings={"DATA_DIR": folder})

    words = box.refused()

    assert folder in words
    assert "Traceback" not in words
    assert len(words.strip().splitlines()) == 1


def test_an_https_url_gets_a_certificate_and_http_redirects_there(tmp_path):
    port, plain = free_port(), free_port()
    settings = {"PUBLIC_URL": f"https://localhost:{port}", "HTTP_PORT": str(plain)}
    box = TestBox(tmp_path / "d", options=("--without-ml",), settings=settings)
    box.start()
    try:
        trusted = ssl.create_default_context(
            cafile=str(box.folder / "caddy" / "pki" / "authorities" / "local" / "root.crt")
        )
        connection = http.client.HTTPSConnection("localhost", port, context=trusted, timeout=TIMEOUT_SECONDS)
        connection.request("GET", "/login")
        page = connection.getresponse()
        answer = requests.get(
            f"http://localhost:{plain}/models", allow_redirects=False, timeout=TIMEOUT_SECONDS
        )

        assert page.status == 200
        assert all("Secure" in cookie for cookie in page.headers.get_all("Set-Cookie"))
        assert answer.headers["Location"] == f"https://localhost:{port}/models"
    finally:
        box.stop()


def test_static_files_are_compressed_and_immutable(box):
    style = b"body { color: black }\n" * 100
    folder = box.folder / "public" / "static" / "css"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tried.0123456789ab.css").write_bytes(style)
    (folder / "tried.0123456789ab.css.gz").write_bytes(gzip.compress(style))

    answer = requests.get(
        f"{box.url}/static/css/tried.0123456789ab.css",
        headers={"Accept-Encoding": "gzip"},
        timeout=TIMEOUT_SECONDS,
    )

    assert answer.content == style
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "immutable" in answer.headers["Cache-Control"]


def test_forwarding_headers_count_only_from_the_operators_proxy(tmp_path):
    box = TestBox(
        tmp_path / "d",
        options=("--without-ml",),
        settings={"TRUSTED_PROXY_COUNT": "1", "RATE_LIMIT_API_ANONYMOUS": "1000"},
    )
    box.start()
    try:

        def remaining(forwarded_for: str) -> int:
            answer = requests.get(
                f"{box.url}/api/models", headers={"X-Forwarded-For": forwarded_for}, timeout=TIMEOUT_SECONDS
            )
            return int(re.search(r"r=(\d+)", answer.headers["RateLimit"])[1])

        forged = [remaining(f"192.0.2.{number}, 198.51.100.7") for number in range(3)]

        assert forged[0] - 2 == forged[1] - 1 == forged[2]
        assert remaining("198.51.100.8") == forged[0]
    finally:
        box.stop()


def test_a_taken_port_of_an_https_url_hints_at_a_proxy(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        box = TestBox(tmp_path / "d", settings={"PUBLIC_URL": f"https://localhost:{port}"})

        words = box.refused()

    assert f"Port {port}" in words
    assert "TRUSTED_PROXY_COUNT" in words
