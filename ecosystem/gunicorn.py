"""gunicorn's settings: threads for long streams, few processes, access logged by the site itself."""

import gc
from typing import Any

from prometheus_client import multiprocess

from ecosystem import env

bind = f"unix:{env.WEB_SOCKET}" if env.WEB_SOCKET else f"{env.HOST}:{env.PORT}"
umask = 0o077
worker_class = "gthread"
workers = env.WEB_WORKERS
threads = env.WEB_THREADS
timeout = 120
graceful_timeout = 5
keepalive = 15
# Loaded once: the workers share what does not change, and one that died is back at once.
preload_app = True
worker_tmp_dir = "/dev/shm"  # noqa: S108
forwarded_allow_ips = "*" if env.TRUSTED_PROXY_COUNT else "127.0.0.1"
limit_request_line = 8190
accesslog = None
errorlog = "-"
proc_name = "banyan-web"


def when_ready(server: object) -> None:
    """Keep the collector from what was loaded before the fork: to walk over it would make each worker's own copy of it."""
    gc.collect()
    gc.freeze()


def child_exit(server: object, worker: Any) -> None:
    """Forget the live gauges of a worker that ended."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
