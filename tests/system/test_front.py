"""The front server: slow clients do not block others, and it sends stored bytes for the web server."""

import gzip
import hashlib
import http.client
import io
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
from PIL import Image

from tests.conftest import free_port, wait_until
from tests.system.local_stack import TestStack

pytestmark = pytest.mark.slow
STACK_SETTINGS = {"RATE_LIMIT_API_ANONYMOUS": "1000"}
STALLED = 200
UPWARDS = tuple(
    f"/static/{up}secrets/secret_key"
    for up in ("../", "%2e%2e/", "..%2f", "..%5c", "/../", "x/../../", "%2e%2e%2f", "..;/")
)
# far above the latency of a page on a busy machine, far below the minutes for which clients stall
TIMEOUT_SECONDS = 20
DATA = random.Random(1).randbytes(3 << 20)


@pytest.fixture(scope="module")
def file(stack) -> str:
    """URL of a file that is stored as an object."""
    [token] = stack.people("owner")
    hub = HfApi(endpoint=stack.url, token=token)
    hub.create_repo("owner/model")
    hub.upload_file(path_or_fileobj=b"# A model\n", path_in_repo="README.md", repo_id="owner/model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        hub.upload_file(path_or_fileobj=DATA, path_in_repo="weights.bin", repo_id="owner/model")
    return f"{stack.url}/owner/model/resolve/main/weights.bin"


def open_stalled_connection(stack: TestStack, number: int) -> socket.socket:
    """Open a connection that stalls: after one byte, in a header, in a form or in an upload."""
    host = f"Host: 127.0.0.1:{stack.port}\r\n"
    begun = [
        "G",
        f"GET /healthz HTTP/1.1\r\n{host}X-Slow: ",
        f"POST /login HTTP/1.1\r\n{host}Content-Length: 1000\r\n\r\nabcdef",
        f"POST /api/models/owner/model/commit/main HTTP/1.1\r\n{host}Content-Length: 100000000\r\n\r\nabcdef",
    ]
    connection = socket.create_connection(("127.0.0.1", stack.port))
    connection.sendall(begun[number % len(begun)].encode())
    return connection


def test_two_hundred_stalled_clients_leave_every_page_answering(stack, file):
    clients = [open_stalled_connection(stack, number) for number in range(STALLED)]
    try:
        time.sleep(1)
        for _round in range(3):
            for path in ("/healthz", "/owner/model", "/login"):
                assert requests.get(stack.url + path, timeout=TIMEOUT_SECONDS).status_code == 200
            for client in clients[1::4]:
                client.sendall(b"a")
    finally:
        for client in clients:
            client.close()


def test_a_request_that_never_gets_beyond_its_headers_is_ended(stack):
    with open_stalled_connection(stack, 0) as client:
        client.settimeout(60)

        assert client.recv(1000).startswith((b"HTTP/1.1 408", b"HTTP/1.1 400", b""))


def test_a_killed_front_server_restarts(stack):
    killed = stack.part("Caddyfile")

    killed.kill()

    wait_until(lambda: stack.has_part("Caddyfile", other_than=killed), what="a new front server")
    wait_until(stack.is_up, what="an answer")


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
def test_the_front_server_sends_stored_bytes_for_the_web_server(stack, file, headers, status, expected):
    answer = requests.get(file, headers={"Accept-Encoding": "identity", **headers}, timeout=TIMEOUT_SECONDS)

    assert answer.status_code == status
    assert expected is None or answer.content == expected
    assert not [name for name in answer.headers if name.lower().startswith("x-accel")]
    if status in (200, 206):
        assert answer.headers["ETag"] == f'"{hashlib.sha256(DATA).hexdigest()}"'
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert int(answer.headers["Content-Length"]) == len(expected)


def test_the_web_server_delegates_stored_bytes(stack, file):
    with socket.socket(socket.AF_UNIX) as direct:
        direct.connect(str(stack.folder / "run" / "web.sock"))
        target = urlsplit(file)
        direct.sendall(
            f"GET {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: direct.recv(65536), b""))
    assert re.search(rb"(?i)x-accel-redirect: /\.objects/", answer)
    assert answer.endswith(b"\r\n\r\n")
    assert requests.head(file, timeout=TIMEOUT_SECONDS).headers["Content-Length"] == str(len(DATA))


def test_the_front_server_sends_avatars(stack):
    [token] = stack.people("pictured", password="a-long-test-passphrase")
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(drawn, "PNG")
    with requests.Session() as browser:
        for path, form, files in (
            ("/login", {"login": "pictured", "password": "a-long-test-passphrase"}, None),
            ("/settings/profile/picture", {}, {"picture": ("me.png", drawn.getvalue())}),
        ):
            browser.get(f"{stack.url}/login", timeout=TIMEOUT_SECONDS)
            form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
            browser.post(stack.url + path, data=form, files=files, timeout=TIMEOUT_SECONDS)
    url = HfApi(endpoint=stack.url, token=token).whoami()["avatarUrl"]

    shown = requests.get(url, timeout=TIMEOUT_SECONDS)

    assert shown.content[:4] + shown.content[8:12] == b"RIFFWEBP"
    assert shown.headers["Content-Type"] == "image/webp"
    assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert hashlib.sha256(shown.content).hexdigest() == shown.headers["ETag"].strip('"')
    assert list((stack.folder / "objects" / "avatars").rglob("?" * 64))


def test_the_object_folder_has_no_public_url(stack, file):
    names = [
        path for path in (stack.folder / "objects").rglob("*") if path.is_file() and path.read_bytes() == DATA
    ]
    assert names

    for name in names:
        inner = name.relative_to(stack.folder / "objects")
        for path in (f"/.objects/{inner}", f"/objects/{inner}", f"/static/../objects/{inner}", *UPWARDS):
            connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=TIMEOUT_SECONDS)
            connection.request("GET", path)
            assert connection.getresponse().status in (400, 404)


def test_a_private_file_is_sent_to_its_owner_alone(stack):
    tokens = stack.people("holder", "stranger")
    hub = HfApi(endpoint=stack.url, token=tokens[0])
    hub.create_repo("holder/own", private=True)
    hub.upload_file(path_or_fileobj=DATA, path_in_repo="weights.bin", repo_id="holder/own")
    url = f"{stack.url}/holder/own/resolve/main/weights.bin"

    answers = [
        requests.get(url, headers=headers, timeout=TIMEOUT_SECONDS)
        for headers in ({}, *({"Authorization": f"Bearer {t}"} for t in tokens))
    ]

    assert [answer.status_code for answer in answers] == [401, 200, 404]
    assert answers[1].content == DATA


def test_pages_are_compressed_and_files_are_not(stack, file):
    page = requests.get(f"{stack.url}/models", headers={"Accept-Encoding": "gzip"}, timeout=TIMEOUT_SECONDS)
    text = requests.get(
        f"{stack.url}/owner/model/resolve/main/README.md",
        headers={"Accept-Encoding": "gzip"},
        timeout=TIMEOUT_SECONDS,
    )

    assert page.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in text.headers
    assert text.content == b"# A model\n"


def test_a_client_cannot_choose_its_rate_limited_address(stack):
    left = []
    for hop in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        answer = requests.get(
            f"{stack.url}/api/models", headers={"X-Forwarded-For": hop}, timeout=TIMEOUT_SECONDS
        )
        left.append(int(re.search(r"r=(\d+)", answer.headers["RateLimit"])[1]))

    assert left[0] - 2 == left[1] - 1 == left[2]


def test_requests_wait_while_the_web_server_restarts(stack):
    master = stack.part("ecosystem.wsgi")

    master.kill()
    time.sleep(0.2)

    assert requests.get(f"{stack.url}/healthz", timeout=40).status_code in (200, 503)
    wait_until(stack.is_up, seconds=40, what="the web server")


def test_stored_files_are_not_readable_by_other_users(stack, file):
    open_to_others = [
        path
        for path in [
            *stack.folder.iterdir(),
            *(stack.folder / "logs").iterdir(),
            *(stack.folder / "secrets").iterdir(),
            *(stack.folder / "repositories").rglob("*"),
        ]
        if not path.name.startswith("postgres-") and not path.is_symlink() and path.stat().st_mode & 0o077
        if path.name != "up.log"
    ]

    assert open_to_others == []
    assert stat.S_IMODE(stack.folder.stat().st_mode) & 0o076 == 0


def test_readable_files_of_older_versions_are_closed_at_the_next_start(tmp_path):
    stack = TestStack(tmp_path / "d", options=("--without-ml",))
    for name in ("logs", "secrets", "repositories", "objects"):
        (stack.folder / name).mkdir(parents=True)
    (stack.folder / "logs" / "web.log").write_text("a link that signs somebody in\n")
    for path in (stack.folder, *stack.folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)

    stack.start()
    stack.stop()

    assert [
        path.name
        for path in stack.folder.iterdir()
        if path.is_dir() and not path.name.startswith("postgres-") and path.stat().st_mode & 0o077
    ] == []
    assert stat.S_IMODE((stack.folder / "logs" / "web.log").stat().st_mode) == 0o600


def test_printed_mail_goes_into_a_file_of_its_own(stack):
    stack.people("forgetful", password="a-long-test-passphrase")
    with requests.Session() as browser:
        browser.get(f"{stack.url}/password/reset", timeout=TIMEOUT_SECONDS)
        form = {"email": "forgetful@example.com", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post(f"{stack.url}/password/reset", data=form, timeout=TIMEOUT_SECONDS)

    mail = stack.folder / "logs" / "mail.log"
    wait_until(lambda: mail.exists() and "/password/reset/" in mail.read_text(), what="the mail")
    assert stat.S_IMODE(mail.stat().st_mode) == 0o600
    assert "/password/reset/2" not in (stack.folder / "logs" / "web.log").read_text()


@pytest.mark.parametrize("folder", ["/proc/none", "/dev/null"])
def test_an_unusable_data_folder_is_reported_without_a_traceback(tmp_path, folder):
    stack = TestStack(tmp_path / "d", settings={"DATA_DIR": folder})

    words = stack.refused()

    assert folder in words
    assert "Traceback" not in words
    assert len(words.strip().splitlines()) == 1


def test_an_https_url_gets_a_certificate_and_http_redirects_there(tmp_path):
    port, plain = free_port(), free_port()
    settings = {"PUBLIC_URL": f"https://localhost:{port}", "HTTP_PORT": str(plain)}
    stack = TestStack(tmp_path / "d", options=("--without-ml",), settings=settings)
    stack.start()
    try:
        trusted = ssl.create_default_context(
            cafile=str(stack.folder / "caddy" / "pki" / "authorities" / "local" / "root.crt")
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
        stack.stop()


def test_static_files_are_compressed_and_immutable(stack):
    style = b"body { color: black }\n" * 100
    folder = stack.folder / "public" / "static" / "css"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tried.0123456789ab.css").write_bytes(style)
    (folder / "tried.0123456789ab.css.gz").write_bytes(gzip.compress(style))

    answer = requests.get(
        f"{stack.url}/static/css/tried.0123456789ab.css",
        headers={"Accept-Encoding": "gzip"},
        timeout=TIMEOUT_SECONDS,
    )

    assert answer.content == style
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "immutable" in answer.headers["Cache-Control"]


def test_forwarding_headers_count_only_from_the_operators_proxy(tmp_path):
    stack = TestStack(
        tmp_path / "d",
        options=("--without-ml",),
        settings={"TRUSTED_PROXY_COUNT": "1", "RATE_LIMIT_API_ANONYMOUS": "1000"},
    )
    stack.start()
    try:

        def remaining(forwarded_for: str) -> int:
            answer = requests.get(
                f"{stack.url}/api/models", headers={"X-Forwarded-For": forwarded_for}, timeout=TIMEOUT_SECONDS
            )
            return int(re.search(r"r=(\d+)", answer.headers["RateLimit"])[1])

        forged = [remaining(f"192.0.2.{number}, 198.51.100.7") for number in range(3)]

        assert forged[0] - 2 == forged[1] - 1 == forged[2]
        assert remaining("198.51.100.8") == forged[0]
    finally:
        stack.stop()


def test_a_taken_port_of_an_https_url_hints_at_a_proxy(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        stack = TestStack(tmp_path / "d", settings={"PUBLIC_URL": f"https://localhost:{port}"})

        words = stack.refused()

    assert f"Port {port}" in words
    assert "TRUSTED_PROXY_COUNT" in words
