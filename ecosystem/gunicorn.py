"""gunicorn settings: few processes with many threads for long streams; the site logs requests itself."""

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
# Workers share the loaded code and restart quickly.
preload_app = True
worker_tmp_dir = "/dev/shm"  # noqa: S108
forwarded_allow_ips = "*" if env.TRUSTED_PROXY_COUNT else "127.0.0.1"
limit_request_line = 8190
accesslog = None
errorlog = "-"
proc_name = "banyan-web"


def when_ready(server: object) -> None:
    """Exclude preloaded objects from garbage collection, which would copy their pages in each worker."""
    gc.collect()
    gc.freeze()


def child_exit(server: object, worker: Any) -> None:
    """Drop the live gauges of a worker that exited."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
