"""Uploads during which the server is killed."""

import hashlib
import os
import subprocess
import sys
import time

import pytest
import requests

from tests.conftest import wait_until
from tests.makers import a_repo

pytestmark = pytest.mark.slow

UPLOAD = """
import sys
from huggingface_hub import HfApi
file = {"path_or_fileobj": sys.argv[1], "path_in_repo": "weights.bin"}
HfApi().upload_file(**file, repo_id="owner/tiny", commit_message="add weights")
"""
SIZE_BYTES = 96_000_000


@pytest.fixture
def weights(tmp_path):
    file = tmp_path / "weights.bin"
    file.write_bytes(os.urandom(SIZE_BYTES))
    return file


def upload(file, environment, token):
    return subprocess.Popen(
        [sys.executable, "-c", UPLOAD, str(file)],
        env={**environment, "HF_TOKEN": token},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def received_bytes(site) -> int:
    """Return the bytes of objects and unfinished uploads on the site's disk."""
    from django.conf import settings

    folders = (settings.SPOOL_ROOT, settings.OBJECT_STORE["root"])
    files = (file for folder in folders if folder.exists() for file in folder.rglob("*"))
    total = 0
    for file in files:
        try:
            total += file.stat().st_size if file.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def titles(site, token):
    answer = requests.get(
        f"{site.url}/api/models/owner/tiny/commits/main",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    return [commit["title"] for commit in answer.json()]


@pytest.mark.parametrize("has_xet", [True, False], ids=["xet", "lfs"])
def test_killing_the_web_processes_in_mid_upload_loses_nothing_and_shows_nothing_unfinished(
    site, live_cast, client_env, weights, has_xet
):
    a_repo(live_cast.owner, "tiny")
    token = live_cast.owner.token
    environment = client_env if has_xet else {**client_env, "HF_HUB_DISABLE_XET": "1"}
    before = received_bytes(site)
    first = upload(weights, environment, token)
    wait_until(
        lambda: received_bytes(site) > before + 4_000_000 or first.poll() is not None,
        every=0.005,
        what="the first bytes",
    )

    site.kill()
    was_cut = first.poll() is None
    time.sleep(0.5)
    first.kill()
    first.wait()
    site.start()

    assert was_cut
    assert titles(site, token) == ["initial commit"]
    again = upload(weights, environment, token)
    _, words = again.communicate(timeout=120)
    assert again.returncode == 0, words.decode()[-2000:]
    assert titles(site, token) == ["add weights", "initial commit"]
    got = requests.get(
        f"{site.url}/owner/tiny/resolve/main/weights.bin",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    assert hashlib.sha256(got.content).digest() == hashlib.sha256(weights.read_bytes()).digest()
