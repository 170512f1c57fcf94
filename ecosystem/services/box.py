"""What runs on one box: the server in front, the web server, the light worker with the clock, the machine-learning worker."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from ecosystem import env

from . import caddy
from .children import Child
from .files import LONGEST_SOCKET_PATH

KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
)
# The C library asks the kernel for each mebibyte anew and gives it back, unless it is told to keep some:
# zeroing those pages took as long as moving the bytes of a transfer.
MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(32 << 20), "MALLOC_ARENA_MAX": "1"}
SECRETS = ("DATABASE_URL", "SECRET_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY", "EMAIL_URL", "METRICS_TOKEN", "SENTRY_DSN")


def _log_file(name: str) -> Path:
    folder = env.DATA_DIR / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.log"
    if file.exists() and file.stat().st_size > 64 << 20:
        file.replace(folder / f"{name}.log.1")
    return file


def _site_environment() -> dict[str, str]:
    metrics = env.DATA_DIR / "metrics"
    metrics.mkdir(parents=True, exist_ok=True)
    for leftover in metrics.glob("*.db"):
        leftover.unlink()
    addresses = {"DATA_DIR": str(env.DATA_DIR), "HOST": env.HOST, "PORT": str(env.PORT), "PUBLIC_URL": env.PUBLIC_URL}
    return {**os.environ, **addresses, "DJANGO_SETTINGS_MODULE": "ecosystem.settings", "PYTHONUNBUFFERED": "1"}


def has_front() -> bool:
    """Return whether the local stack brings the server in front; with FRONT=none or a WEB_SOCKET it is the operator's own."""
    return env.FRONT == "caddy" and not env.WEB_SOCKET


def web_socket() -> Path:
    """Where the web server listens for the server in front.

    raises  ImproperlyConfigured if the path is too long for a Unix socket
    """
    path = env.DATA_DIR / "run" / "web.sock"
    if len(str(path)) > LONGEST_SOCKET_PATH:
        raise ImproperlyConfigured(f"The path {path} is too long for a Unix socket; choose a shorter DATA_DIR.")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def front() -> Child:
    """Caddy, in front of the web server.

    raises  ImproperlyConfigured if its program is not installed
    """
    program = caddy.binary()
    if program is None:
        raise ImproperlyConfigured("Caddy is not installed. Install it, or set FRONT=none and put a server of your own in front.")
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return Child("front", caddy.command(program), {**kept, **caddy.environment(web_socket())}, _log_file("front"), grace_seconds=8)


def web() -> Child:
    """gunicorn with threads: uploads streamed, hundreds of live viewers."""
    command = [sys.executable, "-m", "gunicorn", "ecosystem.wsgi", "--config", "python:ecosystem.gunicorn"]
    behind = {"WEB_SOCKET": str(web_socket()), "X_ACCEL_REDIRECT": "true"} if has_front() else {}
    environment = {**MEMORY, **_site_environment(), **behind, "PROMETHEUS_MULTIPROC_DIR": str(env.DATA_DIR / "metrics")}
    return Child("web", command, environment, _log_file("web"), grace_seconds=8)


def light() -> Child:
    """The light worker, with the clock inside."""
    beat = env.DATA_DIR / "beat"
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "ecosystem",
        "worker",
        "-Q",
        "light",
        "-c",
        "2",
        "-B",
        "-s",
        str(beat),
        "-n",
        "light@%h",
    ]
    return Child(
        "light worker", [*command, "--without-gossip", "--without-mingle"], _site_environment(), _log_file("light"), comes_later=True
    )


def ml(worker_token: str) -> Child:
    """The machine-learning worker: two addresses and a token, nothing of the site's secrets."""
    command = [sys.executable, "-m", "celery", "-A", "workers.ml.app", "worker", "-Q", "cpu,gpu", "-P", "threads", "-c", "1", "-n", "ml@%h"]
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {
        "BANYAN_QUEUE_URL": env.redis().celery,
        "BANYAN_HUB_URL": env.PUBLIC_URL,
        "BANYAN_WORKER_TOKEN": worker_token,
        "BANYAN_WORK_DIR": str(env.DATA_DIR / "ml"),
        "PYTHONUNBUFFERED": "1",
    }
    return Child(
        "ml worker", [*command, "--without-gossip", "--without-mingle"], environment, _log_file("ml"), grace_seconds=15, comes_later=True
    )


def has_ml() -> bool:
    """Return whether this installation can load models: a web-only install runs without that worker."""
    return find_spec("torch") is not None and find_spec("workers.ml.app") is not None
