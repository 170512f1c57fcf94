"""The processes of the local stack: reverse proxy, web server, light worker with scheduler, ML worker."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from ecosystem import env

from . import caddy
from .files import SOCKET_PATH_LIMIT
from .stack import Child

# Passed on to the machine-learning worker (docs/settings.md); its URLs and token are set below.
WORKER_SETTINGS = (
    "BANYAN_WORK_DIR",
    "BANYAN_WORKER_NAME",
    "BANYAN_ISOLATION",
    "BANYAN_JOB_MEMORY_GIB",
    "BANYAN_MEMORY_RESERVE_GIB",
    "BANYAN_JOB_FILE_GIB",
    "BANYAN_JOB_DISK_GIB",
    "BANYAN_DISK_RESERVE_MIB",
    "BANYAN_KEEP_HOURS",
    "BANYAN_RECIPES",
    "BANYAN_CACHE_GIB",
    "BANYAN_DEVICES",
    "BANYAN_SPARE_RUNNER",
    "BANYAN_STORE_CHECKPOINTS",
    "CUDA_VISIBLE_DEVICES",
)
INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "LD_LIBRARY_PATH",
    "NVIDIA_VISIBLE_DEVICES",
)
# glibc would keep an arena per thread (mallopt(3)); see docs/settings.md
MEMORY = {"MALLOC_ARENA_MAX": "2"}
SECRETS = (
    "DATABASE_URL",
    "REDIS_URL",
    "QUEUE_URL",
    "SECRET_KEY",
    "METRICS_TOKEN",
    "SENTRY_DSN",
    "EMAIL_URL",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "MAIL_WEBHOOK_SECRET",
    "MAIL_PROVIDER",
)


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
    addresses = {
        "DATA_DIR": str(env.DATA_DIR),
        "HOST": env.HOST,
        "PORT": str(env.PORT),
        "PUBLIC_URL": env.PUBLIC_URL,
    }
    return {
        **os.environ,
        **addresses,
        "DJANGO_SETTINGS_MODULE": "ecosystem.settings",
        "PYTHONUNBUFFERED": "1",
    }


def has_front() -> bool:
    """Return whether the local stack includes the reverse proxy: not with FRONT=none or WEB_SOCKET."""
    return env.FRONT == "caddy" and not env.WEB_SOCKET


def web_socket() -> Path:
    """Return the socket on which the web server listens for the reverse proxy.

    raises  ImproperlyConfigured if the path is too long for a Unix socket
    """
    path = env.DATA_DIR / "run" / "web.sock"
    if len(str(path)) > SOCKET_PATH_LIMIT:
        raise ImproperlyConfigured(
            f"The path {path} is too long for a Unix socket; choose a shorter DATA_DIR."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def front() -> Child:
    """Caddy as reverse proxy.

    raises  ImproperlyConfigured if it is not installed
    """
    binary = caddy.binary()
    if binary is None:
        raise ImproperlyConfigured(
            "Caddy is not installed. Install it, or set FRONT=none and run your own reverse proxy."
        )
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return Child(
        "front",
        caddy.command(binary),
        {**inherited, **caddy.environment(web_socket())},
        _log_file("front"),
        grace_seconds=8,
    )


def web(**settings: str) -> Child:
    """gunicorn with threads, for streamed uploads and hundreds of live viewers.

    settings  environment overrides determined at startup
    """
    command = [sys.executable, "-m", "gunicorn", "ecosystem.wsgi", "--config", "python:ecosystem.gunicorn"]
    behind = {"WEB_SOCKET": str(web_socket()), "X_ACCEL_REDIRECT": "true"} if has_front() else {}
    environment = {
        **MEMORY,
        **_site_environment(),
        **behind,
        **settings,
        "PROMETHEUS_MULTIPROC_DIR": str(env.DATA_DIR / "metrics"),
    }
    return Child("web", command, environment, _log_file("web"), grace_seconds=8)


def light() -> Child:
    """The light worker with the embedded scheduler."""
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
        "light worker",
        [*command, "--without-gossip", "--without-mingle"],
        _site_environment(),
        _log_file("light"),
        starts_late=True,
    )


def _shared_machine_reserves() -> dict[str, str]:
    """Return the memory and disk that a worker on the site's machine leaves to the site."""
    return {
        "BANYAN_MEMORY_RESERVE_GIB": "2",
        "BANYAN_DISK_RESERVE_MIB": str(max(512, 2 * env.DISK_RESERVE_MIB)),
    }


def worker_environment() -> dict[str, str]:
    """Return the machine-learning worker's environment, without the site's secrets."""
    inherited = {name: os.environ[name] for name in (*INHERITED, *WORKER_SETTINGS) if name in os.environ}
    return {
        "BANYAN_WORK_DIR": str(env.DATA_DIR / "ml"),
        **_shared_machine_reserves(),
        **inherited,
        "PYTHONUNBUFFERED": "1",
    }


def start_sandbox_trial() -> subprocess.Popen[str]:
    """Start the worker's sandbox self-test; `sandbox_problem` returns its result."""
    return subprocess.Popen(
        [sys.executable, "-m", "workers.ml.sandbox"],
        cwd=env.ROOT,
        env=worker_environment(),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def sandbox_problem(trial: subprocess.Popen[str]) -> str:
    """Return why jobs cannot be isolated here; empty if they can or need not be.

    raises  RuntimeError if the worker's settings are invalid
    """
    output, errors = trial.communicate()
    if trial.returncode:
        raise RuntimeError((errors.strip().splitlines() or ["The sandbox self-test failed."])[-1])
    return output.strip()


def ml(worker_token: str) -> Child:
    """The machine-learning worker, configured by two URLs and a token.

    It consumes the queue that its hardware can serve.
    """
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "workers.ml.app",
        "worker",
        "-P",
        "threads",
        "-c",
        "1",
        "-n",
        "ml@%h",
    ]
    own = {
        "BANYAN_QUEUE_URL": env.queue().worker,
        "BANYAN_HUB_URL": env.PUBLIC_URL,
        "BANYAN_WORKER_TOKEN": worker_token,
    }
    environment = worker_environment() | own
    silent = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Child(
        "ml worker", [*command, *silent], environment, _log_file("ml"), grace_seconds=15, starts_late=True
    )


def has_ml_dependencies() -> bool:
    """Return whether the machine-learning worker's dependencies are installed."""
    return find_spec("torch") is not None and find_spec("workers.ml.app") is not None
