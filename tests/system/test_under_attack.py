"""Cheap requests of an anonymous attacker do not block the site for others."""

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pygit2
import pytest
import requests
from huggingface_hub import HfApi

from tests.system.local_stack import TestStack

pytestmark = pytest.mark.slow
# generous for a busy machine; each of these attacks once blocked a thread for a minute or forever
TIMEOUT_SECONDS = 30
FORM_BYTES = 600 << 20
# what may be in flight, and is discarded, until the client receives the refusal
DISCARDED_BYTES = 300 << 20


@pytest.fixture(scope="module")
def token(stack) -> str:
    [token] = stack.people("owner")
    hub = HfApi(endpoint=stack.url, token=token)
    hub.create_repo("owner/model")
    hub.upload_file(path_or_fileobj=b"# A model\n", path_in_repo="README.md", repo_id="owner/model")
    return token


@dataclass
class Watch:
    """Latencies and failures of other requests during an attack."""

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@contextmanager
def others(stack: TestStack) -> Iterator[Watch]:
    """Request pages continuously until the attack is over."""
    watch, is_over = Watch(), threading.Event()

    def visit() -> None:
        while not is_over.is_set():
            for path in ("/healthz", "/owner/model"):
                began = time.monotonic()
                try:
                    status = requests.get(stack.url + path, timeout=TIMEOUT_SECONDS).status_code
                except requests.RequestException as error:
                    watch.faults.append(f"{path}: {error}")
                    continue
                watch.seconds.append(time.monotonic() - began)
                if status != 200:
                    watch.faults.append(f"{path}: {status}")
            is_over.wait(0.1)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        yield watch
        time.sleep(0.5)
    finally:
        is_over.set()
        visitor.join()


def publish(stack: TestStack, token: str, name: str, path: str, data: bytes) -> None:
    hub = HfApi(endpoint=stack.url, token=token)
    hub.create_repo(f"owner/{name}")
    hub.upload_file(path_or_fileobj=io.BytesIO(data), path_in_repo=path, repo_id=f"owner/{name}")


def test_a_card_of_headings_does_not_block_others(stack, token):
    publish(stack, token, "headings", "README.md", b"# a\n" * 25_000)

    with others(stack) as watch:
        views = [
            requests.get(f"{stack.url}/owner/headings", timeout=TIMEOUT_SECONDS).status_code
            for _view in range(3)
        ]

    assert views == [200] * 3
    assert watch.faults == []


def test_two_hundred_thousand_empty_lines_do_not_block_others(stack, token):
    publish(stack, token, "lines", "many.txt", b"\n" * 200_000)

    with others(stack) as watch:
        page = requests.get(f"{stack.url}/owner/lines/blob/main/many.txt", timeout=TIMEOUT_SECONDS)

    assert page.status_code == 200
    assert len(page.content) < 2 << 20
    assert watch.faults == []


def bomb(folder: Path, *, depth: int) -> None:
    """Create a commit of 10^depth paths from `depth` trees, each of which contains the next one ten times."""
    repo = pygit2.init_repository(folder, bare=True)
    inner, mode = repo.create_blob(b"x"), pygit2.enums.FileMode.BLOB
    for _level in range(depth):
        builder = repo.TreeBuilder()
        for name in "0123456789":
            builder.insert(name, inner, mode)
        inner, mode = builder.write(), pygit2.enums.FileMode.TREE
    who = pygit2.Signature("owner", "owner@example.com", 1_700_000_000, 0)
    repo.create_commit("refs/heads/main", who, who, "Add files", inner, [])


def test_a_pack_of_a_million_paths_is_refused_and_does_not_block_others(stack, token, tmp_path):
    bomb(tmp_path / "bomb", depth=6)
    HfApi(endpoint=stack.url, token=token).create_repo("owner/bomb")
    local = pygit2.Repository(tmp_path / "bomb")
    refused: list[str] = []

    class Answers(pygit2.RemoteCallbacks):
        def push_update_reference(self, refname: str, message: str | None) -> None:
            refused.append(message or "")

    remote = local.remotes.create_anonymous(f"{stack.url.replace('//', f'//owner:{token}@')}/owner/bomb.git")
    began = time.monotonic()
    with others(stack) as watch:
        remote.push(["+refs/heads/main:refs/heads/main"], callbacks=Answers())
        listing = requests.get(f"{stack.url}/api/models/owner/bomb?blobs=true", timeout=TIMEOUT_SECONDS)

    assert [bool(message) for message in refused] == [True]
    assert time.monotonic() - began < TIMEOUT_SECONDS
    assert [one["rfilename"] for one in listing.json()["siblings"]] == [".gitattributes"]
    assert watch.faults == []


def send_form(stack: TestStack, path: str) -> tuple[int, bytes]:
    """Send a form of 600 MiB; return how many bytes the site received, and the start of its response."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {FORM_BYTES}\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    ).encode()
    block, sent = bytes(1 << 20), 0
    with socket.create_connection(("127.0.0.1", stack.port), timeout=TIMEOUT_SECONDS) as connection:
        try:
            connection.sendall(head)
            while sent < FORM_BYTES:
                connection.sendall(block)
                sent += len(block)
        except OSError:
            pass
        try:
            return sent, connection.recv(1000)
        except OSError:
            return sent, b""


@pytest.mark.parametrize("path", ["/login", "/signup", "/password/reset", "/owner/model"])
def test_a_form_of_six_hundred_mebibytes_is_refused_before_it_is_read(stack, token, path):
    with others(stack) as watch:
        tried = [send_form(stack, path) for _number in range(5)]

    assert max(sent for sent, _answer in tried) < DISCARDED_BYTES
    # A client that keeps sending may see the connection closed before it reads the response.
    assert {answer[:12] for _sent, answer in tried} <= {b"HTTP/1.1 413", b""}
    assert watch.faults == []
