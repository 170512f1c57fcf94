"""The unmodified hub client signs in, by token and through a browser."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from django.conf import settings

from apps.users.accounts.models import TokenRole
from tests.conftest import wait_until
from tests.makers import PASSWORD, a_repo, a_token

HF = str(Path(sys.executable).parent / "hf")
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def hf(environment, *words: str, expect: int = 0) -> str:
    run = subprocess.run(
        [HF, *words], env=environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
    )
    assert run.returncode == expect, run.stdout + run.stderr
    return run.stdout + run.stderr


class Browser:
    """A browser over real HTTP, with cookies and CSRF tokens."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.Client(base_url=url, follow_redirects=True, timeout=30)

    def send(self, path: str, **facts: str) -> str:
        page = self.http.get(path).text
        csrf_token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        return self.http.post(path, data={**facts, "csrfmiddlewaretoken": csrf_token}).text


@pytest.fixture
def browser(site, live_cast):
    browser = Browser(site.url)
    browser.send("/login", login="owner", password=PASSWORD)
    return browser


def test_signing_in_with_a_token_keeps_it_under_its_name(site, live_cast, client_env):
    raw = a_token(live_cast.owner.user)

    hf(client_env, "auth", "login", "--token", raw)
    who = hf(client_env, "auth", "whoami")

    assert "owner" in who
    assert "grove" in who
    assert raw in (Path(client_env["HF_HOME"]) / "token").read_text()
    assert "[test]" in (Path(client_env["HF_HOME"]) / "stored_tokens").read_text()


def test_a_wrong_token_is_refused_and_not_kept(site, live_cast, client_env):
    output = hf(client_env, "auth", "login", "--token", "hf_wrong", expect=1)

    assert "Invalid" in output or "401" in output
    assert not (Path(client_env["HF_HOME"]) / "token").exists()


def test_signing_in_through_the_browser(site, browser, client_env):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
    command = subprocess.Popen([HF, "auth", "login"], env=client_env, **pipes)
    try:
        os.set_blocking(command.stdout.fileno(), False)
        output = bytearray()
        found = wait_until(lambda: _code_in(command, output), what="the code of the device")
        page = browser.send(f"/device?code={found}", action="confirm")
        assert 'id="device-confirmed"' in page
        assert command.wait(60) == 0
    finally:
        command.kill()
        command.wait()

    assert "owner" in hf(client_env, "auth", "whoami")
    stored = (Path(client_env["HF_HOME"]) / "stored_tokens").read_text()
    assert "[oauth-owner]" in stored
    assert "refresh_token" in stored
    assert f"{site.url}/owner/made" in hf(client_env, "repos", "create", "made")


def _code_in(command: subprocess.Popen, output: bytearray) -> str:
    output += command.stdout.read() or b""
    found = re.search(rb"enter the code:?\s+([A-Z0-9-]+)", output)
    return found[1].decode() if found else ""


def test_a_read_token_cannot_write_with_the_client(site, live_cast, client_env):
    raw = a_token(live_cast.owner.user, role=TokenRole.READ)

    output = hf({**client_env, "HF_TOKEN": raw}, "repos", "create", "owner/new", expect=1)

    assert "403" in output or "Forbidden" in output


def test_a_fine_grained_token_writes_only_where_it_may(site, live_cast, client_env, tmp_path):
    a_repo(live_cast.owner, "mine")
    a_repo(live_cast.owner, "other")
    (tmp_path / "notes.txt").write_text("hello")
    grants = [{"target": "model:owner/mine", "need": 3}]
    environment = {
        **client_env,
        "HF_TOKEN": a_token(live_cast.owner.user, role=TokenRole.FINE_GRAINED, grants=grants),
    }

    hf(environment, "upload", "owner/mine", str(tmp_path / "notes.txt"), "notes.txt")
    output = hf(environment, "upload", "owner/other", str(tmp_path / "notes.txt"), "notes.txt", expect=1)

    assert "403" in output or "Forbidden" in output


def test_the_clients_own_id_is_what_the_site_accepts(client_env):
    from huggingface_hub import constants

    from apps.users.accounts.oauth import command_line_client_id

    assert settings.DEVICE_CLIENT_ID == ""
    assert command_line_client_id() == constants.DEVICE_CODE_OAUTH_CLIENT_ID
