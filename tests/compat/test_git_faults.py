"""git under failure: vanishing clients, aborted pushes, memory of large transfers."""

import base64
import os
import random
import socket
import subprocess
import time
import zlib

import psutil
import pytest

from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.registry.repos.selectors.files import git_of
from tests.conftest import wait_until
from tests.makers import a_repo

MIB = 1 << 20


def git_children(site):
    """Return the running git processes of the site."""
    return [
        child for child in psutil.Process(site.process.pid).children(recursive=True) if "git" in child.name()
    ]


def private_bytes(site):
    workers = psutil.Process(site.process.pid).children()
    return sum(
        worker.memory_full_info().uss
        for worker in workers
        if "python" in worker.name() or "gunicorn" in worker.name()
    )


@pytest.fixture
def large_repo(live_cast):
    """A repository with 72 MiB of incompressible files."""
    repo, pattern = a_repo(live_cast.owner), random.Random(3)
    files = [AddFile(f"{number}.dat", pattern.randbytes(9 * MIB)) for number in range(8)]
    commit_changes(
        actor=live_cast.owner.actor, address=repo.address, branch="main", changes=files, message="heavy"
    )
    return repo


def test_a_client_that_vanishes_takes_its_git_with_it(site, large_repo):
    host, port = site.url.removeprefix("http://").split(":")
    head = git_of(large_repo).resolve("main")
    want = f"0032want {head}\n00000009done\n".encode()
    with socket.create_connection((host, int(port))) as client:
        client.sendall(
            b"POST /owner/tiny/git-upload-pack HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"
            % len(want)
            + want
        )
        assert b"200 OK" in client.recv(4096)
        wait_until(lambda: git_children(site), what="git at work")

    wait_until(lambda: not git_children(site), seconds=20, what="the end of git")


def partial_pack():
    """Return the first half of a pack of 200 objects, the first of them a blob of 4 MiB."""
    blob = zlib.compress(random.Random(5).randbytes(4 * MIB))
    return b"PACK\0\0\0\2\0\0\0\xc8" + b"\xb0\x80\x80\x10" + blob[: len(blob) // 2]


def test_a_push_that_breaks_off_leaves_nothing(site, live_cast):
    repo = a_repo(live_cast.owner)
    host, port = site.url.removeprefix("http://").split(":")
    login = base64.b64encode(f"owner:{live_cast.owner.token}".encode()).decode()
    line = f"{'0' * 40} {'1' * 40} refs/heads/x\0report-status"
    body = f"{len(line) + 4:04x}{line}0000".encode() + partial_pack()
    facts = f"Host: 127.0.0.1\r\nAuthorization: Basic {login}\r\nContent-Length: {50 * MIB}\r\n\r\n"
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"POST /owner/tiny/git-receive-pack HTTP/1.1\r\n" + facts.encode() + body)
        wait_until(
            lambda: list(git_of(repo).folder.glob("objects/tmp_objdir*/pack/*")), what="the quarantine"
        )

    wait_until(
        lambda: not list(git_of(repo).folder.glob("objects/tmp_objdir*")),
        seconds=20,
        what="the end of the quarantine",
    )
    assert git_of(repo).target("refs/heads/x") is None


def test_memory_does_not_grow_with_a_clone_or_a_push(site, live_cast, large_repo, client_env, tmp_path):
    environment = {**client_env, "GIT_LFS_SKIP_SMUDGE": "1"}
    a_repo(live_cast.owner, "copy")
    target = f"{site.url.replace('http://', f'http://owner:{live_cast.owner.token}@')}/owner/copy"
    before, peak = private_bytes(site), 0

    push = f"git -c core.bigFileThreshold=1m push -q --force {target} main"
    script = f"git clone -q {site.url}/owner/tiny work && cd work && {push}"
    with subprocess.Popen(["sh", "-c", script], cwd=tmp_path, env=environment) as transfer:
        while transfer.poll() is None:
            peak = max(peak, private_bytes(site))
            time.sleep(0.02)

    assert transfer.returncode == 0
    assert peak - before < 64 * MIB
    assert os.path.getsize(tmp_path / "work/7.dat") == 9 * MIB
