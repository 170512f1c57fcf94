"""Fixtures: the cast, a running site, clean folders."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test.client import ClientHandler

from ecosystem.services import caddy
from tests.makers import Cast, the_cast
from tests.on_site import forward

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Keep the database: it is deleted with its server, which is faster."""
    return True


@pytest.fixture
def cast(db) -> Cast:
    return the_cast()


@pytest.fixture
def own_store(settings, tmp_path) -> None:
    """Keep objects and spooled bodies of this test below tmp_path."""
    settings.OBJECT_STORE = {"kind": "local", "root": tmp_path / "objects"}
    settings.SPOOL_ROOT = tmp_path / "spool"


@pytest.fixture(autouse=True)
def _clean_cache(request) -> Iterator[None]:
    yield
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _public_url() -> Iterator[None]:
    """Set PUBLIC_URL to the host of Django's test client."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "PUBLIC_URL", "http://testserver")
        yield


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_port_open(port: int) -> bool:
    """Return whether a port of 127.0.0.1 is open."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition, *, seconds: float = 30, every: float = 0.05, what: str = "the condition"):
    """Return the first truthy value of a condition.

    raises  TimeoutError that names `what`
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(every)
    raise TimeoutError(f"{what} did not happen within {seconds} s")


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


def test_database_url() -> str:
    """Return the libpq URL of the test database, for other processes."""
    facts = settings.DATABASES["default"]
    return f"postgresql://{facts['USER']}:{facts['PASSWORD']}@/{facts['NAME']}?host={facts['HOST']}"


test_database_url.__test__ = False


@dataclass
class Site:
    """A gunicorn on the test database behind the front server, as `manage.py up` starts them.

    url      such as http://127.0.0.1:40123
    process  gunicorn
    front    the front server
    """

    url: str
    process: subprocess.Popen | None
    environment: dict[str, str]
    command: list[str]
    log: Path
    front: subprocess.Popen | None = None

    @property
    def is_running(self) -> bool:
        return bool(self._parts()) and all(part.poll() is None for part in self._parts())

    def _parts(self) -> list[subprocess.Popen]:
        return [part for part in (self.process, self.front) if part is not None]

    def kill(self) -> None:
        """Kill the servers and their workers with SIGKILL."""
        for part in self._parts():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(part.pid, 9)
            part.wait()

    def start(self) -> None:
        port, socket_path = int(self.environment["PORT"]), Path(self.environment["WEB_SOCKET"])
        front_settings = {**caddy.environment(socket_path), "FRONT_ADDRESS": f"http://:{port}"}
        self.process = self._begin(self.command, self.environment)
        self.front = self._begin(caddy.command(caddy.binary()), {**os.environ, **front_settings})
        wait_until(lambda: is_healthy(f"{self.url}/healthz"), what=f"the site at {self.url} (see {self.log})")

    def _begin(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def stop(self) -> None:
        for part in self._parts():
            if part.poll() is None:
                os.killpg(part.pid, 15)
        for part in self._parts():
            try:
                part.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@contextlib.contextmanager
def a_site(tmp_path_factory, settings_module: str = "ecosystem.settings") -> Iterator[Site]:
    """Run a site on the test database.

    settings_module  `tests.settings` adds the sample app
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    metrics = tmp_path_factory.mktemp("metrics")
    folder = tmp_path_factory.mktemp("site")
    environment = {
        **os.environ,
        "DATABASE_URL": test_database_url(),
        "PUBLIC_URL": url,
        "PORT": str(port),
        "WEB_SOCKET": str(folder / "web.sock"),
        "X_ACCEL_REDIRECT": "true",
        "WEB_WORKERS": "2",
        "WEB_THREADS": "32",
        "LOG_LEVEL": "INFO",
        "DJANGO_SETTINGS_MODULE": settings_module,
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "XET_ADVERTISE_FROM_MIB": os.environ.get("XET_ADVERTISE_FROM_MIB", "1"),
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "ecosystem.wsgi",
        "--config",
        "python:ecosystem.gunicorn",
        "--graceful-timeout",
        "2",
    ]
    log = folder / "site.log"
    site = Site(url, None, environment, command, log)
    site.start()
    yield site
    site.stop()
    tail = log.read_text(errors="replace")
    if "Traceback" in tail:
        print(tail[-6000:])


@pytest.fixture(scope="session")
def _site(django_db_setup, tmp_path_factory) -> Iterator[Site]:
    with a_site(tmp_path_factory) as site:
        yield site


@pytest.fixture
def site(_site, transactional_db) -> Site:
    """The running site. It sees the rows that a test creates; they are flushed after the test."""
    if not _site.is_running:
        _site.stop()
        _site.start()
    return _site


@pytest.fixture
def on_site(site) -> Iterator[Site]:
    """Send the requests of Django's test client to the running site."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "get_response", lambda _handler, request: forward(site.url, request))
        patch.setattr(settings, "PUBLIC_URL", site.url)
        yield site


@pytest.fixture
def live_cast(site) -> Cast:
    """The cast, visible to the running site."""
    return the_cast()


@pytest.fixture
def client_env(site, tmp_path) -> dict[str, str]:
    """Environment of an unmodified hub client for the site, with an empty cache."""
    keep = {key: os.environ[key] for key in ("PATH", "LANG", "SSL_CERT_FILE") if key in os.environ}
    return {
        **keep,
        "HOME": str(tmp_path),
        "HF_HOME": str(tmp_path / "hf"),
        "HF_ENDPOINT": site.url,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "NO_COLOR": "1",
    }
