"""Starting and stopping the embedded services, shared by `up` and other commands."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ecosystem import env

from .postgres import Postgres
from .valkey import Valkey, workers_queue

WITHOUT_SERVICES = {
    "up",
    "demo",
    "help",
    "version",
    "makemessages",
    "compilemessages",
    "compile_translations",
    "collectstatic",
    "startapp",
    "verify_receipt",
    "spectacular",
    "check_advisories",
}


def embedded() -> list[Postgres | Valkey]:
    """Return the services that are not configured externally."""
    services: list[Postgres | Valkey] = []
    if not env.DATABASE_URL:
        binaries = Path(env.EMBEDDED_POSTGRES_BIN) if env.EMBEDDED_POSTGRES_BIN else None
        services.append(Postgres(env.postgres_root(), binaries=binaries, is_durable=not env.TESTING))
    if not env.REDIS_URL:
        services.append(Valkey(env.valkey_root(), env.redis_password()))
    if not env.QUEUE_URL:
        services.append(
            workers_queue(env.queue_root(), env.queue_password("site"), worker=env.queue_password("worker"))
        )
    return services


@contextlib.contextmanager
def embedded_services() -> Iterator[list[Postgres | Valkey]]:
    """Run the embedded services; the last process that uses them stops them."""
    services = embedded()
    env.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (env.DATA_DIR / "services.lock").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with ThreadPoolExecutor(max_workers=3) as pool:
            list(pool.map(lambda service: service.start(), services))
        try:
            yield services
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for service in reversed(services):
                    service.stop()


@contextlib.contextmanager
def services_for(arguments: list[str]) -> Iterator[None]:
    """Run the services while a management command runs, if it needs them."""
    is_help = "--help" in arguments or "-h" in arguments
    if not arguments or arguments[0] in WITHOUT_SERVICES or is_help or arguments[0].startswith("-"):
        yield
        return
    with embedded_services():
        yield
