"""What a stranger can send at no cost leaves the site answering everybody else."""

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
# generous: the machine that runs the tests is busy; each of these once held a thread for a minute or for ever
PATIENCE_SECONDS = 30
FORM_BYTES = 600 << 20
# what may be on its way, and is thrown away, until the client hears of the refusal
THROWN_BYTES = 300 << 20


@pytest.fixture(scope="module")
def token(stack) -> str:
    [token] = stack.people("owner")
    hub = HfApi(endpoint=stack.url, token=token)
    hub.create_repo("owner/model")
    hub.upload_file(path_or_fileobj=b"# A model\n", path_in_repo="README.md", repo_id="owner/model")
    return token


@dataclass
class Watch:
    """How long the pages of others took meanwhile."""

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@contextmanager
def others(stack: TestStack) -> Iterator[Watch]:
    """Ask for a page and for the state of the site again and again, until the attack is over."""
    watch, is_over = Watch(), threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            for path in ("/healthz", "/owner/model"):
                began = time.monotonic()
                try:
                    status = requests.get(stack.url + path, timeout=PATIENCE_SECONDS).status_code
                except requests.RequestException as error:
                    watch.faults.append(f"{path}: {error}")
                    continue
                watch.seconds.append(time.monotonic() - began)
                if status != 200:
                    watch.faults.append(f"{path}: {status}")
            is_over.wait(0.1)

    visitor = threading.Thread(target=ask)
    visitor.start()
    try:
        yield watch
        time.sleep(0.5)
    finally:
        is_over.set()
        visitor.join()


def published(stack: TestStack, token: str, name: str, path: str, data: bytes) -> None:
    hub = HfApi(endpoint=stack.url, token=token)
    hub.create_repo(f"owner/{name}")
    hub.upload_file(path_or_fileobj=io.BytesIO(data), path_in_repo=path, repo_id=f"owner/{name}")


def test_a_card_of_headings_keeps_nobody_waiting(stack, token):
    published(stack, token, "headings", "README.md", b"# a\n" * 25_000)

    with others(stack) as watch:
        views = [
            requests.get(f"{stack.url}/owner/headings", timeout=PATIENCE_SECONDS).status_code
            for _view in range(3)
        ]

    assert views == [200] * 3
    assert watch.faults == []


def test_two_hundred_thousand_empty_lines_keep_nobody_waiting(stack, token):
    published(stack, token, "lines", "many.txt", b"\n" * 200_000)

    with others(stack) as watch:
        page = requests.get(f"{stack.url}/owner/lines/blob/main/many.txt", timeout=PATIENCE_SECONDS)

    assert page.status_code == 200
    assert len(page.content) < 2 << 20
    assert watch.faults == []


def bomb(folder: Path, *, depth: int) -> None:
    """Make a commit of 10^depth paths out of `depth` trees, each of which holds the next one ten times."""
    repo = pygit2.init_repository(folder, bare=True)
    inner, mode = repo.create_blob(b"x"), pygit2.enums.FileMode.BLOB
    for _level in range(depth):
        builder = repo.TreeBuilder()
        for name in "0123456789":
            builder.insert(name, inner, mode)
        inner, mode = builder.write(), pygit2.enums.FileMode.TREE
    who = pygit2.Signature("owner", "owner@example.com", 1_700_000_000, 0)
    repo.create_commit("refs/heads/main", who, who, "Add files", inner, [])


def test_a_pack_of_a_million_paths_is_refused_and_keeps_nobody_waiting(stack, token, tmp_path):
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
        listing = requests.get(f"{stack.url}/api/models/owner/bomb?blobs=true", timeout=PATIENCE_SECONDS)

    assert [bool(message) for message in refused] == [True]
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert [one["rfilename"] for one in listing.json()["siblings"]] == [".gitattributes"]
    assert watch.faults == []


def send_form(stack: TestStack, path: str) -> tuple[int, bytes]:
    """Send a form of 600 MiB as an anonymous visitor; return how much the site took of it, and how its answer begins."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f'Content-Length: {FORM_BYTES}\r\n\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    ).encode()
    block, sent = bytes(1 << 20), 0
    with socket.create_connection(("127.0.0.1", stack.port), timeout=PATIENCE_SECONDS) as wire:
        try:
            wire.sendall(head)
            while sent < FORM_BYTES:
                wire.sendall(block)
                sent += len(block)
        except OSError:
            pass
        try:
            return sent, wire.recv(1000)
        except OSError:
            return sent, b""


@pytest.mark.parametrize("path", ["/login", "/signup", "/password/reset", "/owner/model"])
def test_a_form_of_six_hundred_mebibytes_is_refused_before_it_is_read(stack, token, path):
    with others(stack) as watch:
        tried = [send_form(stack, path) for _number in range(5)]

    assert max(sent for sent, _answer in tried) < THROWN_BYTES
    # whoever goes on sending may find the connection closed before the answer was read
    assert {answer[:12] for _sent, answer in tried} <= {b"HTTP/1.1 413", b""}
    assert watch.faults == []
